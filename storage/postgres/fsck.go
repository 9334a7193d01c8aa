package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/party"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/sm"
	"sunbid/crypto/tlog"
	"sunbid/storage/objects"
)

// Report is what Fsck found. The database is sound iff Faults is empty. It is for who may count bids anyway
// (the database's administrator): nothing of it is logged or published.
type Report struct {
	Aggregates int64 // rows re-derived from their events
	Events     int64 // events read
	Erased     int64 // rows whose personal events were erased, so that they cannot be derived any more
	Objects    int64 // objects of admitted bids that were looked at
	Faults     []string
}

func (r *Report) fault(format string, args ...any) {
	if len(r.Faults) < 100 {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}

// Fsck derives every row again from its events and looks for every object of every admitted bid. With a nil store the
// objects are not looked for. The error is only for a world that does not answer. The log itself is translog's to derive.
func (db *DB) Fsck(ctx context.Context, store objects.Store) (Report, error) {
	var r Report
	err := pgx.BeginTxFunc(ctx, db.app, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		for _, k := range kinds() {
			if err := k.check(ctx, tx, &r); err != nil {
				return err
			}
		}
		if err := checkColumns(ctx, tx, &r); err != nil {
			return err
		}
		if err := checkPayloads(ctx, tx, &r); err != nil {
			return err
		}
		if store == nil {
			return nil
		}
		return checkObjects(ctx, tx, store, &r)
	})
	if err != nil {
		return Report{}, fmt.Errorf("fsck: %w", err)
	}
	return r, nil
}

// kind is one aggregate as rows and as a fold over events.
type kind struct {
	name   string
	rows   string // id, stream, version, state after $1 in order of id, at most $2
	decode func(kind string, body []byte) (bidding.Event, error)
	replay func(iter.Seq[bidding.Event]) (state any, version int)
}

func kinds() []kind {
	return []kind{
		{"organisation", `SELECT org, org, version, state FROM organisation WHERE org > $1 ORDER BY org LIMIT $2`, party.DecodeEvent,
			func(h iter.Seq[bidding.Event]) (any, int) { x := party.Replay(h); return x.Snapshot(), x.Version() }},
		{"tender", `SELECT tender, tender, version, state FROM tender WHERE tender > $1 ORDER BY tender LIMIT $2`, tender.DecodeEvent,
			func(h iter.Seq[bidding.Event]) (any, int) { x := tender.Replay(h); return x.Snapshot(), x.Version() }},
		{"lot", `SELECT lot, lot, version, state FROM lot WHERE lot > $1 ORDER BY lot LIMIT $2`, tender.DecodeEvent,
			func(h iter.Seq[bidding.Event]) (any, int) { x := tender.ReplayLot(h); return x.Snapshot(), x.Version() }},
		{"notice", `SELECT notice, notice, version, state FROM notice WHERE notice > $1 ORDER BY notice LIMIT $2`, notice.DecodeEvent,
			func(h iter.Seq[bidding.Event]) (any, int) { x := notice.Replay(h); return x.Snapshot(), x.Version() }},
		{"bid", `SELECT bid, bid, version, state FROM bid WHERE bid > $1 ORDER BY bid LIMIT $2`, bid.DecodeEvent,
			func(h iter.Seq[bidding.Event]) (any, int) { x := bid.Replay(h); return x.Snapshot(), x.Version() }},
		{"opening", `SELECT lot, 'ev' || substr(lot, 3), version, state FROM opening WHERE lot > $1 ORDER BY lot LIMIT $2`, opening.DecodeEvent,
			func(h iter.Seq[bidding.Event]) (any, int) { x := opening.Replay(h); return x.Snapshot(), x.Version() }},
	}
}

type row struct {
	id, stream string
	version    int
	state      []byte
}

// check derives all rows of a kind, a few hundred at a time.
func (k kind) check(ctx context.Context, tx pgx.Tx, r *Report) error {
	after := ""
	for {
		found, err := tx.Query(ctx, k.rows, after, 300)
		if err != nil {
			return err
		}
		rows, err := pgx.CollectRows(found, func(c pgx.CollectableRow) (x row, err error) {
			return x, c.Scan(&x.id, &x.stream, &x.version, &x.state)
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].id
		streams := make([]string, len(rows))
		for i, x := range rows {
			streams[i] = x.stream
		}
		histories, err := k.histories(ctx, tx, streams, r)
		if err != nil {
			return err
		}
		for _, x := range rows {
			k.compare(x, histories[x.stream], r)
		}
	}
}

// history is a stream's events; erased when the payload of one is gone.
type history struct {
	events []bidding.Event
	erased bool
	broken string
}

const selectHistories = `SELECT e.stream, e.seq, e.type, e.envelope, e.payload IS NOT NULL, p.bytes
	FROM event e LEFT JOIN payload p ON p.digest = e.payload WHERE e.stream = ANY($1) ORDER BY e.stream, e.seq`

func (k kind) histories(ctx context.Context, tx pgx.Tx, streams []string, r *Report) (map[string]*history, error) {
	rows, err := tx.Query(ctx, selectHistories, streams)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	histories := map[string]*history{}
	for rows.Next() {
		var stream, kind string
		var seq int
		var raw, payload []byte
		var personal bool
		if err := rows.Scan(&stream, &seq, &kind, &raw, &personal, &payload); err != nil {
			return nil, err
		}
		r.Events++
		h := histories[stream]
		if h == nil {
			h = &history{}
			histories[stream] = h
		}
		h.add(k, stream, seq, kind, raw, personal, payload)
	}
	return histories, rows.Err()
}

func (h *history) add(k kind, stream string, seq int, kind string, raw []byte, personal bool, payload []byte) {
	envelope, err := tlog.ParseEnvelope(raw)
	switch {
	case err != nil:
		h.broken = fmt.Sprintf("event %d: %v", seq, err)
		return
	case envelope.Stream != stream || envelope.Seq != int64(seq) || envelope.Event != kind:
		h.broken = fmt.Sprintf("event %d says of itself that it is %s %d", seq, envelope.Stream, envelope.Seq)
		return
	case seq != len(h.events)+1 && !h.erased:
		h.broken = fmt.Sprintf("event %d stands where %d is due", seq, len(h.events)+1)
		return
	}
	body := []byte(envelope.Body)
	if personal {
		if payload == nil {
			h.erased = true
			return
		}
		body = payload
	}
	e, err := k.decode(kind, body)
	if err != nil {
		h.broken = fmt.Sprintf("event %d: %v", seq, err)
		return
	}
	h.events = append(h.events, e)
}

func (k kind) compare(x row, h *history, r *Report) {
	r.Aggregates++
	switch {
	case h == nil:
		r.fault("%s %s has no events", k.name, x.id)
		return
	case h.broken != "":
		r.fault("%s %s: %s", k.name, x.id, h.broken)
		return
	case h.erased:
		r.Erased++
		return
	}
	state, version := k.replay(slices.Values(h.events))
	want, err := canon.Marshal(state)
	if err != nil {
		r.fault("%s %s: %v", k.name, x.id, err)
		return
	}
	if version != x.version {
		r.fault("%s %s has version %d and %d events", k.name, x.id, x.version, version)
	}
	if !bytes.Equal(want, x.state) {
		r.fault("%s %s is not what its events make of it", k.name, x.id)
	}
}

// columns are statements that find rows whose queried columns, or whose neighbours, contradict them.
func columns() map[string]string {
	return map[string]string{
		"lot with a column that is not its state's": `SELECT lot FROM lot WHERE stage <> state->>'stage' OR tender <> state->>'tender'
			OR suspended <> (state->>'suspended')::boolean OR number <> (state->>'number')::integer`,
		"bid with a column that is not its state's": `SELECT bid FROM bid WHERE standing <> state->>'standing' OR lot <> state->>'lot'
			OR org <> state->>'bidder' OR encode(statement, 'hex') <> state->>'statement'`,
		"opening with a column that is not its state's": `SELECT lot FROM opening WHERE stage <> state->>'stage'`,
		"organisation with a column that is not its state's": `SELECT org FROM organisation WHERE code <> state->>'code'
			OR standing <> state->>'standing'`,
		"bid without its statement": `SELECT bid FROM bid WHERE NOT EXISTS (SELECT FROM statement s WHERE s.statement = bid.statement)`,
		"statement without a receipt": `SELECT encode(statement, 'hex') FROM statement s
			WHERE NOT EXISTS (SELECT FROM receipt r WHERE r.statement = s.statement AND r.accepted)`,
		"receipt without its event": `SELECT receipt FROM receipt r WHERE NOT EXISTS (SELECT FROM event e WHERE e.stream = r.stream AND e.seq = r.seq)`,
		"attempt without its event": `SELECT stream FROM attempt a WHERE NOT EXISTS (SELECT FROM event e WHERE e.stream = a.stream)`,
		"opening that counts otherwise": `SELECT lot FROM opening o
			WHERE (o.state->>'count')::bigint <> (SELECT count(*) FROM bid WHERE bid.lot = o.lot AND admitted)`,
		"record with other rows": `SELECT lot FROM opening_status s WHERE published_at IS NOT NULL
			AND opened + not_opened <> (SELECT count(*) FROM opening_row r WHERE r.lot = s.lot)`,
		"rows before their publication": `SELECT DISTINCT lot FROM opening_row r
			WHERE NOT EXISTS (SELECT FROM opening_status s WHERE s.lot = r.lot AND published_at IS NOT NULL)`,
		"part of an admitted bid that is missing": `SELECT p->>'digest' FROM bid, json_array_elements(bid.state->'parts') p
			WHERE admitted AND NOT EXISTS (SELECT FROM sealed_part s WHERE s.lot = bid.lot AND encode(s.digest, 'hex') = p->>'digest')`,
		"event of a stream that has no row": `SELECT DISTINCT stream FROM event e WHERE
			substr(stream, 1, 2) = 'bd' AND NOT EXISTS (SELECT FROM bid WHERE bid = stream)
			OR substr(stream, 1, 2) = 'lt' AND NOT EXISTS (SELECT FROM lot WHERE lot = stream)
			OR substr(stream, 1, 2) = 'td' AND NOT EXISTS (SELECT FROM tender WHERE tender = stream)
			OR substr(stream, 1, 2) = 'og' AND NOT EXISTS (SELECT FROM organisation WHERE org = stream)
			OR substr(stream, 1, 2) = 'nt' AND NOT EXISTS (SELECT FROM notice WHERE notice = stream)
			OR substr(stream, 1, 2) = 'ev' AND NOT EXISTS (SELECT FROM opening WHERE 'ev' || substr(lot, 3) = stream)
				AND NOT EXISTS (SELECT FROM attempt a WHERE a.stream = e.stream) AND NOT EXISTS (SELECT FROM key_release k WHERE k.stream = e.stream)`,
	}
}

func checkColumns(ctx context.Context, tx pgx.Tx, r *Report) error {
	for what, sql := range columns() {
		rows, err := tx.Query(ctx, sql+` LIMIT 20`)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		for _, id := range ids {
			r.fault("%s: %s", what, id)
		}
	}
	return nil
}

// checkPayloads wants payloads and documents to have the digest they stand under.
func checkPayloads(ctx context.Context, tx pgx.Tx, r *Report) error {
	rows, err := tx.Query(ctx, `SELECT digest, coalesce(salt, ''), bytes FROM payload
		UNION ALL SELECT hash, '', convert_to((signed->'body')::text, 'UTF8') FROM document`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, salt, body []byte
		if err := rows.Scan(&name, &salt, &body); err != nil {
			return err
		}
		if canon.Hash(sm.Sum(salt, body)) != digest(name) {
			r.fault("payload or document %x does not have its digest", name)
		}
	}
	return rows.Err()
}

const selectAdmittedObjects = `SELECT DISTINCT ON (s.upload) s.objects FROM bid, json_array_elements(bid.state->'parts') p
	JOIN sealed_part s ON encode(s.digest, 'hex') = p->>'digest' JOIN upload USING (upload)
	WHERE s.lot = bid.lot AND upload.used AND (bid.admitted OR bid.standing = 'submitted')`

// checkObjects wants every object of every bid that stands to be there, whole and under retention.
func checkObjects(ctx context.Context, tx pgx.Tx, store objects.Store, r *Report) error {
	rows, err := tx.Query(ctx, selectAdmittedObjects)
	if err != nil {
		return err
	}
	lists, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return err
	}
	for _, raw := range lists {
		var list []bid.Object
		if err := json.Unmarshal(raw, &list); err != nil {
			return err
		}
		for _, o := range list {
			r.Objects++
			info, err := store.Stat(ctx, objects.Ref{Name: objects.Name(o.Name), Version: o.Version})
			switch {
			case errors.Is(err, objects.ErrNotFound), errors.Is(err, objects.ErrDamaged):
				r.fault("object %s: %v", o.Name, err)
			case err != nil:
				return err
			case info.Size != o.Size:
				r.fault("object %s has %d octets, not %d", o.Name, info.Size, o.Size)
			case info.RetainUntil.IsZero():
				r.fault("object %s is not under retention", o.Name)
			}
		}
	}
	return nil
}

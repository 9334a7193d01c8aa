package postgres

import (
	"bytes"
	"context"
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

// Fsck derives every aggregate again from its events, with the columns and public rows that hang on it, and looks for every object of every
// admitted bid. It does not compare the text of statements, receipts and sealed fronts with the digests they stand under. With a nil store the
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
			if err := checkDerived(ctx, tx, k.compare(x, histories[x.stream], r), r); err != nil {
				return err
			}
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

// compare gives the state that the events make, nil when they make none.
func (k kind) compare(x row, h *history, r *Report) any {
	r.Aggregates++
	switch {
	case h == nil:
		r.fault("%s %s has no events", k.name, x.id)
		return nil
	case h.broken != "":
		r.fault("%s %s: %s", k.name, x.id, h.broken)
		return nil
	case h.erased:
		r.Erased++
		return nil
	}
	state, version := k.replay(slices.Values(h.events))
	want, err := canon.Marshal(state)
	if err != nil {
		r.fault("%s %s: %v", k.name, x.id, err)
		return nil
	}
	if version != x.version {
		r.fault("%s %s has version %d and %d events", k.name, x.id, x.version, version)
	}
	if !bytes.Equal(want, x.state) {
		r.fault("%s %s is not what its events make of it", k.name, x.id)
	}
	return state
}

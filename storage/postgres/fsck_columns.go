package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding/bid"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/party"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/sm"
	"sunbid/storage/objects"
)

// checkDerived compares the queried columns of an aggregate's rows with what its derived state makes of them.
func checkDerived(ctx context.Context, tx pgx.Tx, state any, r *Report) error {
	b := &pgx.Batch{}
	switch s := state.(type) {
	case tender.State:
		return sameColumns(ctx, tx, r, "tender", "tender class number title region regime tenderer", s.ID.String(), string(s.Class), s.Number,
			s.Title, s.Region, string(s.Regime), s.Tenderer.Name)
	case tender.LotState:
		var dueAt, openingAt *time.Time
		due, ok := s.NextDue()
		if ok {
			dueAt = &due.At
		} else {
			due.What = ""
		}
		if !s.OpeningAt.IsZero() {
			openingAt = &s.OpeningAt.Time
		}
		return sameColumns(ctx, tx, r, "lot", "lot tender number stage suspended opening_at due_at due_what", s.ID.String(), s.Tender.String(),
			s.Number, string(s.Stage), s.Suspended, openingAt, dueAt, due.What)
	case notice.State:
		lot := ""
		if s.Record.Lot != nil {
			lot = s.Record.Lot.String()
		}
		err := sameColumns(ctx, tx, r, "notice", "notice tender coalesce(lot,'') number kind hash published_at", s.ID.String(),
			s.Record.Tender.String(), lot, s.Record.Number, string(s.Record.Kind), s.Hash[:], s.PublishedAt.Time)
		if err != nil {
			return err
		}
		return checkContacts(ctx, tx, s, r)
	case opening.State:
		queueStatus(b, s)
		err := sameColumns(ctx, tx, r, "opening_status", "lot stage suspended window_end published_at opened not_opened record signers",
			b.QueuedQueries[0].Arguments...)
		if err != nil || s.Published.IsZero() {
			return err
		}
		if err := checkCauses(ctx, tx, s, r); err != nil {
			return err
		}
		return checkRows(ctx, tx, s, r)
	case party.State:
		for _, p := range s.People {
			for _, c := range p.Certificates {
				err := sameColumns(ctx, tx, r, "certificate", "fingerprint org person der", c.Fingerprint[:], s.ID.String(), p.ID.String(), c.DER)
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// sameColumns wants the row whose first column has the first value to have the other values too.
func sameColumns(ctx context.Context, tx pgx.Tx, r *Report, table, columns string, values ...any) error {
	names := strings.Fields(columns)
	same := make([]string, len(names))
	for i, name := range names {
		same[i] = fmt.Sprintf("%s IS NOT DISTINCT FROM $%d", name, i+1)
	}
	var found bool
	sql := "SELECT EXISTS (SELECT FROM " + table + " WHERE " + names[0] + " = $1 AND " + strings.Join(same[1:], " AND ") + ")"
	if err := tx.QueryRow(ctx, sql, values...).Scan(&found); err != nil {
		return fmt.Errorf("columns of %s: %w", table, err)
	}
	if !found {
		r.fault("%s with a column that is not its events': %v", table, values[0])
	}
	return nil
}

// checkRows compares the public rows with the record that the events name. checkPayloads wants the record to have its hash, so
// one that is no opening record was published so: nothing in this database can make it one or unmake it unseen.
func checkRows(ctx context.Context, tx pgx.Tx, o opening.State, r *Report) error {
	var body []byte
	err := tx.QueryRow(ctx, `SELECT signed->'body' FROM document WHERE hash = $1`, o.Record[:]).Scan(&body)
	if errors.Is(err, pgx.ErrNoRows) {
		r.fault("opening of %s without its record", o.Lot)
		return nil
	}
	if err != nil {
		return err
	}
	var record custody.OpeningRecord
	if canon.Unmarshal(body, &record) != nil {
		return nil
	}
	found, err := tx.Query(ctx, `SELECT body FROM opening_row WHERE lot = $1 ORDER BY bid COLLATE "C"`, o.Lot.String())
	if err != nil {
		return err
	}
	rows, err := pgx.CollectRows(found, pgx.RowTo[[]byte])
	if err != nil {
		return err
	}
	if len(rows) != len(record.Rows) {
		r.fault("opening of %s has %d rows and its record %d", o.Lot, len(rows), len(record.Rows))
		return nil
	}
	for i, x := range record.Rows {
		if want, err := canon.Marshal(x); err != nil || !bytes.Equal(want, rows[i]) {
			r.fault("row %s of %s is not its record's", x.Bid, o.Lot)
		}
	}
	return nil
}

// columns are statements that find rows whose queried columns, or whose neighbours, contradict them.
func columns() map[string]string {
	return map[string]string{
		"lot with a column that is not its state's": `SELECT lot FROM lot WHERE stage <> state->>'stage' OR tender <> state->>'tender'
			OR suspended <> (state->>'suspended')::boolean OR number <> (state->>'number')::integer`,
		"tender published at another time": `SELECT tender FROM tender t WHERE published_at IS DISTINCT FROM
			(SELECT min(at) FROM event e WHERE e.tender = t.tender AND e.type = 'lot.announced.v1')`,
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

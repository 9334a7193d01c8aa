package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
)

const selectLot = `SELECT tender.state, lot.version, lot.state FROM lot JOIN tender USING (tender) WHERE lot.lot = $1`

// storedLot is a lot with its tender as rows.
type storedLot struct {
	tender, lot []byte
	version     int
}

func (s *storedLot) queue(b *pgx.Batch, lot bidding.LotID) {
	b.Queue(selectLot, lot.String()).QueryRow(func(row pgx.Row) error { return row.Scan(&s.tender, &s.version, &s.lot) })
}

func (s *storedLot) thaw() (tender.State, *tender.Lot, error) {
	t, err := thaw[tender.State](s.tender)
	if err != nil {
		return tender.State{}, nil, err
	}
	l, err := revive(tender.RestoreLot, s.lot, s.version)
	return t, l, err
}

func findLot(ctx context.Context, db *DB, lot bidding.LotID) (storedLot, error) {
	var s storedLot
	if err := db.app.QueryRow(ctx, selectLot, lot.String()).Scan(&s.tender, &s.version, &s.lot); err != nil {
		return s, fmt.Errorf("lot %s: %w", lot, missing(err))
	}
	return s, nil
}

const upsertLot = `INSERT INTO lot (lot, tender, number, stage, suspended, opening_at, due_at, due_what, version, state)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
	ON CONFLICT (lot) DO UPDATE SET stage = excluded.stage, suspended = excluded.suspended, opening_at = excluded.opening_at,
		due_at = excluded.due_at, due_what = excluded.due_what, version = excluded.version, state = excluded.state
	WHERE lot.version < excluded.version`

const firstAnnounced = `UPDATE tender SET published_at = $2 WHERE tender = $1 AND published_at IS NULL`

// saveLot queues a lot's row with its pending events, its due moment, and what becomes public with its stage. Nothing is queued when nothing
// happened to it, except for documents that join an announced lot.
func saveLot(b *pgx.Batch, by bidding.Actor, at time.Time, l *tender.Lot, documents []bidding.Document) ([]entry, error) {
	state := l.Snapshot()
	if len(l.Pending()) == 0 && len(documents) == 0 {
		return nil, nil
	}
	if state.Stage != tender.Draft {
		publishDocuments(b, state.ID, state.Stage, certificatesOf(state))
		b.Queue(firstAnnounced, state.Tender.String(), at)
	}
	if len(l.Pending()) == 0 {
		return nil, nil
	}
	raw, err := snapshot(state)
	if err != nil {
		return nil, err
	}
	entries, err := compose(by, at, story{
		tender: state.Tender.String(), lot: state.ID.String(), stream: state.ID.String(), version: l.Version(), pending: l.Pending(),
	})
	if err != nil {
		return nil, err
	}
	appendEvents(b, entries)
	var dueAt, openingAt *time.Time
	due, ok := state.NextDue()
	if ok {
		dueAt = &due.At
	} else {
		due.What = ""
	}
	if !state.OpeningAt.IsZero() {
		openingAt = &state.OpeningAt.Time
	}
	b.Queue(upsertLot, state.ID.String(), state.Tender.String(), state.Number, string(state.Stage), state.Suspended, openingAt, dueAt, due.What,
		l.Version(), raw)
	b.Queue(`SELECT pg_notify('sunbid_due', '')`)
	b.Queue(`SELECT pg_notify('sunbid_stage', $1)`, state.ID.String())
	return entries, nil
}

// certificatesOf are the certificates that everybody needs who checks the lot's keys.
func certificatesOf(l tender.LotState) []canon.Hash {
	var list []canon.Hash
	for _, lock := range []*tender.Lock{l.Keyholders, l.Officers} {
		if lock != nil {
			for _, seat := range lock.Holders {
				list = append(list, seat.Certificate)
			}
		}
	}
	for _, a := range l.Authorities {
		list = append(list, a.Certificate)
	}
	return list
}

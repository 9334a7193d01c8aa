package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/storage/jobs"
)

// Tenders implements tender.Tenders.
type Tenders struct{ db *DB }

// NewTenders makes the store.
func NewTenders(db *DB) *Tenders { return &Tenders{db} }

const insertTender = `INSERT INTO tender (tender, class, number, title, region, regime, tenderer, version, state)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

// Create implements tender.Tenders.
func (s *Tenders) Create(ctx context.Context, by bidding.Actor, at time.Time, t *tender.Tender) (done bidding.Recorded, err error) {
	err = s.db.inTx(ctx, func(tx pgx.Tx) error {
		state := t.Snapshot()
		raw, err := snapshot(state)
		if err != nil {
			return err
		}
		entries, err := compose(by, at, story{tender: state.ID.String(), stream: state.ID.String(), version: t.Version(), pending: t.Pending()})
		if err != nil {
			return err
		}
		b := &pgx.Batch{}
		appendEvents(b, entries)
		b.Queue(insertTender, state.ID.String(), string(state.Class), state.Number, state.Title, state.Region, string(state.Regime),
			state.Tenderer.Name, t.Version(), raw)
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("create tender: %w", err)
		}
		done = recorded(entries)
		return nil
	})
	return done, err
}

// Draft implements tender.Tenders.
func (s *Tenders) Draft(ctx context.Context, by bidding.Actor, at time.Time, id bidding.TenderID, fn func(t tender.State, number int) (*tender.Lot, error)) (done bidding.Recorded, err error) {
	const next = `SELECT state, (SELECT coalesce(max(number), 0) + 1 FROM lot WHERE lot.tender = tender.tender) FROM tender WHERE tender = $1`
	err = s.db.inTx(ctx, func(tx pgx.Tx) error {
		var raw []byte
		var number int
		b := &pgx.Batch{}
		b.Queue(numberLock, noticeLock, id.String())
		b.Queue(next, id.String()).QueryRow(func(row pgx.Row) error { return row.Scan(&raw, &number) })
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("draft lot of %s: %w", id, missing(err))
		}
		t, err := thaw[tender.State](raw)
		if err != nil {
			return err
		}
		l, err := fn(t, number)
		if err != nil {
			return err
		}
		b = &pgx.Batch{}
		entries, err := saveLot(b, by, at, l, nil)
		if err != nil {
			return err
		}
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("draft lot of %s: %w", id, err)
		}
		done = recorded(entries)
		return nil
	})
	return done, err
}

// Update implements tender.Tenders.
func (s *Tenders) Update(ctx context.Context, by bidding.Actor, at time.Time, lot bidding.LotID, fn func(t tender.State, notices int, l *tender.Lot) (tender.Side, error)) (done bidding.Recorded, err error) {
	const count = `SELECT count(*) FROM notice JOIN lot USING (tender) WHERE lot.lot = $1`
	err = s.db.inTx(ctx, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		exclude(b, lot)
		b.Queue(`SELECT pg_advisory_xact_lock($1, hashtext(tender)) FROM lot WHERE lot = $2`, noticeLock, lot.String())
		var stored storedLot
		stored.queue(b, lot)
		var notices int
		b.Queue(count, lot.String()).QueryRow(func(row pgx.Row) error { return row.Scan(&notices) })
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("lot %s: %w", lot, missing(err))
		}
		t, l, err := stored.thaw()
		if err != nil {
			return err
		}
		side, err := fn(t, notices, l)
		if err != nil {
			return err
		}
		b = &pgx.Batch{}
		putDocuments(b, at, false, side.Documents...)
		entries, err := saveLot(b, by, at, l, side.Documents)
		if err != nil {
			return err
		}
		if side.Notice != nil {
			more, err := saveNotice(b, by, at, side.Notice)
			if err != nil {
				return err
			}
			entries = append(entries, more...)
		}
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("save lot %s: %w", lot, err)
		}
		if side.Erase {
			if err := s.db.jobs.EraseKeys(ctx, tx, jobs.EraseKeys{Lot: lot}); err != nil {
				return err
			}
		}
		done = recorded(entries)
		return nil
	})
	return done, err
}

const selectTenderLots = `SELECT lot.state FROM lot WHERE tender = $1 ORDER BY number`

// Lot implements tender.Tenders.
func (s *Tenders) Lot(ctx context.Context, lot bidding.LotID) (tender.State, tender.LotState, error) {
	stored, err := findLot(ctx, s.db, lot)
	if err != nil {
		return tender.State{}, tender.LotState{}, err
	}
	t, l, err := stored.thaw()
	if err != nil {
		return tender.State{}, tender.LotState{}, err
	}
	return t, l.Snapshot(), nil
}

// Tender implements tender.Tenders.
func (s *Tenders) Tender(ctx context.Context, id bidding.TenderID) (tender.State, []tender.LotState, error) {
	var raw []byte
	if err := s.db.app.QueryRow(ctx, `SELECT state FROM tender WHERE tender = $1`, id.String()).Scan(&raw); err != nil {
		return tender.State{}, nil, fmt.Errorf("tender %s: %w", id, missing(err))
	}
	t, err := thaw[tender.State](raw)
	if err != nil {
		return tender.State{}, nil, err
	}
	rows, err := s.db.app.Query(ctx, selectTenderLots, id.String())
	if err != nil {
		return tender.State{}, nil, fmt.Errorf("lots of %s: %w", id, err)
	}
	lots, err := collect[tender.LotState](rows)
	return t, lots, err
}

// Document implements tender.Tenders.
func (s *Tenders) Document(ctx context.Context, hash canon.Hash) (bidding.Document, error) {
	return s.db.Document(ctx, hash)
}

// SaveDocument implements tender.Tenders.
func (s *Tenders) SaveDocument(ctx context.Context, d bidding.Document) error {
	return s.db.SaveDocument(ctx, d)
}

// Due implements tender.Tenders.
func (s *Tenders) Due(ctx context.Context, at time.Time, limit int) ([]bidding.LotID, error) {
	rows, err := s.db.app.Query(ctx, `SELECT lot FROM lot WHERE due_at <= $1 ORDER BY due_at LIMIT $2`, at, limit)
	if err != nil {
		return nil, fmt.Errorf("due lots: %w", err)
	}
	return collectLots(rows)
}

func collectLots(rows pgx.Rows) ([]bidding.LotID, error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (bidding.LotID, error) {
		var id string
		if err := row.Scan(&id); err != nil {
			return bidding.LotID{}, err
		}
		return bidding.ParseLotID(id)
	})
}

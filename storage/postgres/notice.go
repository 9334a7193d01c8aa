package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/notice"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
)

// Notices implements notice.Notices.
type Notices struct{ db *DB }

// NewNotices makes the store.
func NewNotices(db *DB) *Notices { return &Notices{db} }

// noticeLock serialises the numbering of a tender's notices and lots ("SBNO"). It is taken after a lot's gate, never before one.
const noticeLock int32 = 0x53424e4f

const numberLock = `SELECT pg_advisory_xact_lock($1, hashtext($2))`

const selectSubject = `SELECT tender.state, (SELECT count(*) FROM notice WHERE notice.tender = tender.tender),
	coalesce((SELECT array_agg(lot ORDER BY number) FROM lot WHERE lot.tender = tender.tender), '{}'),
	(SELECT min(opening_at) FROM lot WHERE lot.tender = tender.tender AND ($2 = '' OR lot = $2) AND stage IN ('announced', 'submitting'))
	FROM tender WHERE tender.tender = $1`

// Publish implements notice.Notices.
func (s *Notices) Publish(ctx context.Context, by bidding.Actor, at time.Time, id bidding.TenderID, lot bidding.LotID, fn func(notice.Subject) (*notice.Notice, bidding.Document, error)) (done bidding.Recorded, err error) {
	err = s.db.inTx(ctx, func(tx pgx.Tx) error {
		subject, err := loadSubject(ctx, tx, id, lot)
		if err != nil {
			return fmt.Errorf("notice of %s: %w", id, err)
		}
		n, document, err := fn(subject)
		if err != nil {
			return err
		}
		b := &pgx.Batch{}
		putDocuments(b, at, true, document)
		entries, err := saveNotice(b, by, at, n)
		if err != nil {
			return err
		}
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("save notice: %w", err)
		}
		done = recorded(entries)
		return nil
	})
	return done, err
}

func loadSubject(ctx context.Context, tx pgx.Tx, id bidding.TenderID, lot bidding.LotID) (notice.Subject, error) {
	var raw []byte
	var lots []string
	var opening *time.Time
	var numbers int
	b := &pgx.Batch{}
	b.Queue(numberLock, noticeLock, id.String())
	b.Queue(selectSubject, id.String(), text(lot)).QueryRow(func(row pgx.Row) error { return row.Scan(&raw, &numbers, &lots, &opening) })
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return notice.Subject{}, missing(err)
	}
	t, err := thaw[tender.State](raw)
	if err != nil {
		return notice.Subject{}, err
	}
	subject := notice.Subject{Tender: t.ID, Class: t.Class, Tenderer: t.Tenderer.Org, Numbers: numbers}
	if t.Agency != nil {
		subject.Agency = t.Agency.Org
	}
	if opening != nil {
		subject.Opening = opening.UTC()
	}
	found := lot.IsZero()
	for _, l := range lots {
		x, err := bidding.ParseLotID(l)
		if err != nil {
			return notice.Subject{}, err
		}
		subject.Lots, found = append(subject.Lots, x), found || x == lot
	}
	if !found {
		return notice.Subject{}, bidding.ErrMissing
	}
	subject.RuleSet, err = law.Find(t.RuleSet, t.Class)
	return subject, err
}

const insertNotice = `INSERT INTO notice (notice, tender, lot, number, kind, hash, published_at, version, state)
	VALUES ($1, $2, nullif($3, ''), $4, $5, $6, $7, $8, $9)`

const insertContact = `INSERT INTO notice_contact (notice, salt, block) VALUES ($1, $2, $3)`

// saveNotice queues a notice with its event and its contact block.
func saveNotice(b *pgx.Batch, by bidding.Actor, at time.Time, n *notice.Notice) ([]entry, error) {
	state := n.Snapshot()
	raw, err := snapshot(state)
	if err != nil {
		return nil, err
	}
	lot := ""
	if state.Record.Lot != nil {
		lot = state.Record.Lot.String()
	}
	entries, err := compose(by, at, story{
		tender: state.Record.Tender.String(), lot: lot, stream: state.ID.String(), version: n.Version(), pending: n.Pending(),
	})
	if err != nil {
		return nil, err
	}
	appendEvents(b, entries)
	b.Queue(insertNotice, state.ID.String(), state.Record.Tender.String(), lot, state.Record.Number, string(state.Record.Kind),
		state.Hash[:], state.PublishedAt.Time, n.Version(), raw)
	if c := n.Contacts(); c != nil {
		block, err := canon.Marshal(c.Block)
		if err != nil {
			return nil, err
		}
		b.Queue(insertContact, state.ID.String(), c.Salt[:], block)
	}
	return entries, nil
}

// Of implements notice.Notices.
func (s *Notices) Of(ctx context.Context, id bidding.TenderID) ([]notice.State, error) {
	rows, err := s.db.app.Query(ctx, `SELECT state FROM notice WHERE tender = $1 ORDER BY number`, id.String())
	if err != nil {
		return nil, fmt.Errorf("notices of %s: %w", id, err)
	}
	return collect[notice.State](rows)
}

// text is an identity's text form, empty for none.
func text[K bidding.Kind](id bidding.ID[K]) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

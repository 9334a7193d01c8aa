package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/law"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/tdh2"
)

// Bids implements bid.Bids.
type Bids struct{ db *DB }

// NewBids makes the store.
func NewBids(db *DB) *Bids { return &Bids{db} }

// Window implements bid.Bids.
func (s *Bids) Window(ctx context.Context, lot bidding.LotID) (bid.Window, error) {
	var raw []byte
	if err := s.db.app.QueryRow(ctx, selectLotState, lot.String()).Scan(&raw); err != nil {
		return bid.Window{}, fmt.Errorf("window of %s: %w", lot, missing(err))
	}
	return window(raw)
}

const selectLotState = `SELECT state FROM lot WHERE lot = $1 AND stage <> 'draft'`

func window(raw []byte) (bid.Window, error) {
	l, err := thaw[tender.LotState](raw)
	if err != nil {
		return bid.Window{}, err
	}
	rules, err := law.Find(l.RuleSet, l.Class)
	if err != nil {
		return bid.Window{}, err
	}
	w := bid.Window{
		Class: l.Class, Tender: l.Tender, Lot: l.ID, Stage: l.Stage, Suspended: l.Suspended, Binding: l.Binding, SubmitFrom: l.SubmitFrom,
		OpeningAt: l.OpeningAt, OpeningTimes: l.OpeningTimes, Mode: l.Mode, Kinds: l.Kinds, MergeDelayMS: rules.MergeDelay.Milliseconds(),
	}
	if l.Keyholders == nil || l.Officers == nil {
		return bid.Window{}, fmt.Errorf("lot %s is announced without keys", l.ID)
	}
	if w.T, err = tdh2.DecodePoint(l.Keyholders.Point); err != nil {
		return bid.Window{}, fmt.Errorf("keyholders' key of %s: %w", l.ID, err)
	}
	if w.C, err = tdh2.DecodePoint(l.Officers.Point); err != nil {
		return bid.Window{}, fmt.Errorf("officers' key of %s: %w", l.ID, err)
	}
	return w, nil
}

const selectBid = `SELECT version, state FROM bid WHERE lot = $1 AND org = $2`

const selectAccepted = `SELECT true FROM receipt WHERE statement = $1 AND accepted`

// Update implements bid.Bids. Four round trips: begin; gate and reads; writes; commit.
func (s *Bids) Update(ctx context.Context, by bidding.Actor, at time.Time, lot bidding.LotID, st bid.Statement, fn func(bid.Window, *bid.Bid) error, receipt func(bidding.Recorded) (bid.Receipt, error)) (done bid.Receipt, err error) {
	err = s.db.inTx(ctx, func(tx pgx.Tx) error {
		var lotState, bidState []byte
		var version int
		var already bool
		b := &pgx.Batch{}
		share(b, lot)
		b.Queue(selectLotState, lot.String()).QueryRow(optional(&lotState))
		b.Queue(selectBid, lot.String(), by.Org.String()).QueryRow(optional(&version, &bidState))
		b.Queue(selectAccepted, st.Hash[:]).QueryRow(optional(&already))
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return fmt.Errorf("bid for %s: %w", lot, err)
		}
		switch {
		case lotState == nil:
			return bidding.ErrMissing
		case already:
			return bid.ErrAlready
		}
		w, err := window(lotState)
		if err != nil {
			return err
		}
		x := bid.Fresh()
		if bidState != nil {
			if x, err = revive(bid.Restore, bidState, version); err != nil {
				return err
			}
		}
		if err := fn(w, x); err != nil {
			return err
		}
		done, err = s.save(ctx, tx, by, at, st, x, receipt)
		return err
	})
	if err != nil {
		return bid.Receipt{}, err
	}
	// From here the bid is recorded: what is lost now is at most the answer, and the same statement brings it again.
	return done, nil
}

const insertBid = `INSERT INTO bid (bid, lot, org, standing, statement, version, state) VALUES ($1, $2, $3, $4, $5, $6, $7)`

const updateBid = `UPDATE bid SET standing = $2, statement = $3, version = $4, state = $5 WHERE bid = $1 AND version = $6`

const insertStatement = `INSERT INTO statement (statement, bid, lot, signed, at) VALUES ($1, $2, $3, $4, $5)`

const useUploads = `UPDATE upload SET used = true WHERE upload = ANY($1) AND digest IS NOT NULL`

const insertReceipt = `INSERT INTO receipt (receipt, org, statement, accepted, signed, stream, seq) VALUES ($1, $2, $3, $4, $5, $6, $7)`

func (s *Bids) save(ctx context.Context, tx pgx.Tx, by bidding.Actor, at time.Time, st bid.Statement, x *bid.Bid, receipt func(bidding.Recorded) (bid.Receipt, error)) (bid.Receipt, error) {
	state := x.Snapshot()
	raw, err := snapshot(state)
	if err != nil {
		return bid.Receipt{}, err
	}
	entries, err := compose(by, at, story{
		tender: state.Tender.String(), lot: state.Lot.String(), stream: state.ID.String(), version: x.Version(), pending: x.Pending(),
	})
	if err != nil {
		return bid.Receipt{}, err
	}
	r, err := receipt(recorded(entries))
	if err != nil {
		return bid.Receipt{}, err
	}
	r.Recorded = recorded(entries)
	b := &pgx.Batch{}
	b.Queue(insertStatement, st.Hash[:], state.ID.String(), state.Lot.String(), st.Signed, at) // first: two of the same meet here
	if before := x.Version() - len(entries); before == 0 {
		b.Queue(insertBid, state.ID.String(), state.Lot.String(), state.Bidder.String(), string(state.Standing), state.Statement[:], x.Version(), raw)
	} else {
		b.Queue(updateBid, state.ID.String(), string(state.Standing), state.Statement[:], x.Version(), raw, before).Exec(moved(1))
	}
	appendEvents(b, entries)
	if len(st.Parts) > 0 {
		uploads := make([]string, len(st.Parts))
		for i, p := range st.Parts {
			uploads[i] = p.Upload.String()
		}
		b.Queue(useUploads, uploads).Exec(moved(len(uploads)))
	}
	queueReceipt(b, by.Org, true, r)
	err = tx.SendBatch(ctx, b).Close()
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) && pg.ConstraintName == "statement_pkey" {
		return bid.Receipt{}, bid.ErrAlready
	}
	if err != nil {
		return bid.Receipt{}, fmt.Errorf("save bid: %w", err)
	}
	return r, nil
}

func queueReceipt(b *pgx.Batch, org bidding.OrgID, accepted bool, r bid.Receipt) {
	e := r.Recorded.Events[0]
	b.Queue(insertReceipt, r.ID.String(), org.String(), r.Statement[:], accepted, r.Signed, e.Stream, e.Seq)
}

const insertAttempt = `INSERT INTO attempt (stream, lot, org, code, signed, at) VALUES ($1, $2, $3, $4, $5, $6)`

// Refused implements bid.Bids.
func (s *Bids) Refused(ctx context.Context, by bidding.Actor, at time.Time, a bid.Attempt, receipt func(bidding.Recorded) (bid.Receipt, error)) (done bid.Receipt, err error) {
	err = s.db.inTx(ctx, func(tx pgx.Tx) error {
		done, err = refuse(ctx, tx, by, at, a, receipt)
		return err
	})
	if err != nil {
		return bid.Receipt{}, err
	}
	return done, nil
}

// refuse writes a refused attempt. Without a receipt it counts against the day's number, and beyond that it is counted only.
func refuse(ctx context.Context, tx pgx.Tx, by bidding.Actor, at time.Time, a bid.Attempt, receipt func(bidding.Recorded) (bid.Receipt, error)) (done bid.Receipt, err error) {
	stream := bidding.NewStreamID().String()
	entries, err := compose(by, at, story{
		tender: text(a.Event.Tender), lot: text(a.Event.Lot), stream: stream, version: 1, pending: []bidding.Event{a.Event},
	})
	if err != nil {
		return bid.Receipt{}, err
	}
	b := &pgx.Batch{}
	appendEvents(b, entries)
	b.Queue(insertAttempt, stream, text(a.Event.Lot), text(a.Event.Bidder), a.Event.Code, a.Signed, at)
	if !a.Receipt.IsZero() {
		if done, err = receipt(recorded(entries)); err != nil {
			return bid.Receipt{}, err
		}
		done.Recorded = recorded(entries)
		queueReceipt(b, by.Org, false, done)
	}
	if a.Receipt.IsZero() {
		keep, err := within(ctx, tx, dayOfAttempts, text(a.Event.Bidder), text(a.Event.Lot), at)
		if err != nil || !keep {
			return bid.Receipt{}, err
		}
		done.Recorded = recorded(entries)
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return bid.Receipt{}, fmt.Errorf("record a refusal: %w", err)
	}
	return done, nil
}

const receiptOf = `SELECT r.receipt, r.statement, r.signed, r.stream, r.seq, e.at, e.type, e.salt, e.envelope
	FROM receipt r JOIN event e USING (stream, seq) `

// ReceiptFor implements bid.Bids.
func (s *Bids) ReceiptFor(ctx context.Context, by bidding.OrgID, statement canon.Hash) (bid.Receipt, error) {
	const find = receiptOf + `WHERE r.statement = $1 AND r.org = $2 AND r.accepted`
	return s.receipt(ctx, find, statement[:], by.String())
}

// Receipt implements bid.Bids.
func (s *Bids) Receipt(ctx context.Context, by bidding.OrgID, id bidding.ReceiptID) (bid.Receipt, error) {
	const find = receiptOf + `WHERE r.receipt = $1 AND r.org = $2`
	return s.receipt(ctx, find, id.String(), by.String())
}

func (s *Bids) receipt(ctx context.Context, sql string, args ...any) (bid.Receipt, error) {
	var r bid.Receipt
	var e bidding.RecordedEvent
	var id string
	var statement, salt []byte
	err := s.db.app.QueryRow(ctx, sql, args...).Scan(&id, &statement, &r.Signed, &e.Stream, &e.Seq, &e.At, &e.Type, &salt, &e.Envelope)
	if err != nil {
		return bid.Receipt{}, fmt.Errorf("receipt: %w", missing(err))
	}
	if r.ID, err = bidding.ParseReceiptID(id); err != nil {
		return bid.Receipt{}, err
	}
	e.At, e.Salt = e.At.UTC(), salt
	r.Statement, r.Recorded = digest(statement), bidding.Recorded{Events: []bidding.RecordedEvent{e}}
	return r, nil
}

// Own implements bid.Bids.
func (s *Bids) Own(ctx context.Context, by bidding.OrgID, lot bidding.LotID) (bid.State, error) {
	var raw []byte
	const find = `SELECT state FROM bid WHERE lot = $1 AND org = $2`
	if err := s.db.app.QueryRow(ctx, find, lot.String(), by.String()).Scan(&raw); err != nil {
		return bid.State{}, fmt.Errorf("bid: %w", missing(err))
	}
	return thaw[bid.State](raw)
}

// optional scans a row that need not be there.
func optional(into ...any) func(pgx.Row) error {
	return func(row pgx.Row) error {
		if err := row.Scan(into...); err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		return nil
	}
}

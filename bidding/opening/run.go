package opening

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// lastKeys after the window's end are left to keys that were stamped in time and are still being stored; one slower than that is refused.
const lastKeys = 500 * time.Millisecond

// cursors remember how far the store was read.
type cursors struct {
	batches int64
	keys    []int64
}

// run gathers, decrypts and publishes the read-outs of a lot whose opening has started.
func (s *Service) run(ctx context.Context, lot bidding.LotID, p *progress) error {
	b, state, err := s.book(ctx, lot, seal.KindReadout)
	if err != nil {
		return err
	}
	pl, at := newPool(), cursors{}
	rows := make(map[bidding.BidID]Row, len(b.items))
	bell := s.bell(lot)
	for {
		_, fresh, err := s.store.Load(ctx, lot)
		if err != nil {
			return fmt.Errorf("open %v: %w", lot, err)
		}
		if fresh.Suspended {
			return ErrSuspended
		}
		state.WindowEnd = fresh.WindowEnd
		if err := s.step(ctx, b, state, pl, p, &at, rows); err != nil {
			if errors.Is(err, ErrPlatform) || ctx.Err() != nil {
				return s.waiting(ctx, lot, err)
			}
			s.settings.Report(ctx, lot, err)
		} else if len(rows) == len(b.items) {
			return s.publish(ctx, b, state, rows)
		}
		pause := time.NewTimer(s.settings.Poll)
		select {
		case <-ctx.Done():
			pause.Stop()
			return s.waiting(context.WithoutCancel(ctx), lot, ctx.Err())
		case <-bell:
		case <-pause.C:
		}
		pause.Stop()
	}
}

// waiting says what is missing when an opening must stop before its end.
func (s *Service) waiting(ctx context.Context, lot bidding.LotID, cause error) error {
	if errors.Is(cause, ErrPlatform) {
		return cause
	}
	status, err := s.Status(ctx, bidding.SystemActor(), lot)
	if err != nil {
		return cause
	}
	return ErrWaiting.With(status.Missing())
}

// step takes in what has come, asks for what is missing, and decrypts what can be.
func (s *Service) step(ctx context.Context, b *book, state State, pl *pool, p *progress, at *cursors, rows map[bidding.BidID]Row) error {
	modeB := state.Mode == law.BidderKey
	closed := modeB && !s.clock.Now().Before(state.WindowEnd.Add(lastKeys)) // asked before the last look
	if err := s.takeIn(ctx, b, state, pl, at); err != nil {
		return err
	}
	var wanted []*item
	for _, it := range b.items {
		if _, done := rows[it.admitted.Bid]; done {
			continue
		}
		if _, released := pl.kb[it.part.Digest]; modeB && !released {
			if closed {
				rows[it.admitted.Bid] = it.row(nil, NoKeyRelease)
			}
			continue
		}
		wanted = append(wanted, it)
	}
	if lacking := pl.lacking(wanted, b.keyholders.Threshold); len(lacking) > 0 {
		if err := s.askKeyholders(ctx, b, state, pl, p, lacking); err != nil {
			return err
		}
		// Officers may have answered meanwhile.
		if err := s.takeIn(ctx, b, state, pl, at); err != nil {
			return err
		}
	}
	return s.decryptAll(ctx, b, state, pl, wanted, rows)
}

func (pl *pool) lacking(items []*item, threshold int) []*item {
	var list []*item
	for _, it := range items {
		if len(pl.t[it.part.Digest]) < threshold {
			list = append(list, it)
		}
	}
	return list
}

// takeIn reads the batches and keys that came since.
func (s *Service) takeIn(ctx context.Context, b *book, state State, pl *pool, at *cursors) error {
	batches, next, err := s.store.Batches(ctx, b.lot.ID, b.kind, at.batches)
	if err != nil {
		return fmt.Errorf("batches: %w", err)
	}
	for _, stored := range batches {
		if err := s.takeBatch(ctx, b, pl, stored); err != nil {
			return err
		}
	}
	at.batches = next
	if state.Mode != law.BidderKey {
		return nil
	}
	keys, err := s.store.KeyReleases(ctx, b.lot.ID, at.keys)
	if err != nil {
		return fmt.Errorf("released keys: %w", err)
	}
	for _, k := range keys {
		at.keys = append(at.keys, k.ID)
		if _, ours := b.byDigest[k.Digest]; !ours {
			continue
		}
		r, err := pki.ParseSigned[custody.KeyRelease](k.Signed)
		if err != nil || len(r.Body.KB) != 32 {
			return fmt.Errorf("released key of %v: %w", k.Bid, err)
		}
		pl.kb[k.Digest] = [32]byte(r.Body.KB)
	}
	return nil
}

func (s *Service) takeBatch(ctx context.Context, b *book, pl *pool, stored Batch) error {
	lock, seats := pl.t, b.lot.Keyholders.Holders
	if stored.Lock == custody.LockC {
		lock, seats = pl.c, b.lot.Officers.Holders
	}
	batch, err := pki.ParseSigned[custody.PartialsBatch](stored.Signed)
	if err != nil {
		return fmt.Errorf("stored batch %v: %w", stored.Hash, err)
	}
	if lock.covers(stored.Index, batch.Body) { // it came through this very process
		return nil
	}
	if stored.Index < 1 || stored.Index > len(seats) {
		return fmt.Errorf("stored batch %v: no such holder", stored.Hash)
	}
	got, err := s.verifyBatch(ctx, b, batch, stored.Lock, stored.Index, seats[stored.Index-1].Certificate)
	if err != nil {
		return fmt.Errorf("stored batch %v: %w", stored.Hash, err)
	}
	lock.add(stored.Index, got)
	return nil
}

func (p points) covers(index int, b custody.PartialsBatch) bool {
	for _, it := range b.Items {
		if _, ok := p[it.Digest][index]; !ok {
			return false
		}
	}
	return true
}

// row of the opening record; a nil read-out is not decrypted, for the reason given.
func (it *item) row(readout *seal.Readout, reason string) Row {
	a := it.admitted
	r := Row{Bid: a.Bid.String(), Bidder: custody.NamedBidder{Name: a.Name, Code: a.Code}, Statement: a.Statement, Arrival: a.Arrival, Status: custody.Opened, Readout: readout}
	if readout == nil {
		r.Status, r.Reason = custody.NotDecrypted, reason
	}
	return r
}

// publish puts out all rows at once.
func (s *Service) publish(ctx context.Context, b *book, state State, rows map[bidding.BidID]Row) error {
	now := s.clock.Now()
	body := custody.OpeningRecord{Type: custody.TypeOpeningRecord, Class: string(b.lot.Class), Tender: b.lot.Tender.String(), Lot: b.lot.ID.String(), Mode: string(b.lot.Mode),
		Binding: b.lot.Binding, Freeze: state.Freeze, OpeningAt: state.OpeningAt, PublishedAt: canon.At(now), Rows: make([]Row, 0, len(rows))}
	for _, it := range b.items { // ascending by bid
		body.Rows = append(body.Rows, rows[it.admitted.Bid])
	}
	if err := body.Check(); err != nil {
		return fmt.Errorf("opening record: %w", err)
	}
	return s.commit(ctx, b, body, now)
}

package opening

import (
	"context"
	"fmt"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// TaskPage is what an officer's client is asked to release, page by page; Next is empty on the last.
type TaskPage struct {
	Request custody.ReleaseRequest
	Kind    seal.Kind
	Moment  string
	Next    string
}

// Task gives an officer of the lot a page of parts of one kind, in order of bid. The first page carries the whole evidence (freeze, its
// log proof, the frozen set), linked to the last checkpoint the officer saw (0: none); the others carry the freeze alone.
func (s *Service) Task(ctx context.Context, by bidding.Actor, lot bidding.LotID, kind seal.Kind, cursor string, seen int64) (TaskPage, error) {
	if !by.Is(bidding.Officer) {
		return TaskPage{}, ErrOfficer
	}
	ctx, cancel := within(ctx, 10*time.Second)
	defer cancel()
	b, state, err := s.book(ctx, lot, kind)
	if err != nil {
		return TaskPage{}, err
	}
	if _, err := seat(b.lot, by); err != nil {
		return TaskPage{}, err
	}
	if err := mayOpen(state, b); err != nil {
		return TaskPage{}, err
	}
	from := 0
	if cursor != "" {
		for from < len(b.items) && b.items[from].admitted.Bid.String() <= cursor {
			from++
		}
	}
	to := min(from+s.settings.Batch, len(b.items))
	page := TaskPage{Kind: b.kind, Moment: b.moment}
	if to < len(b.items) {
		page.Next = b.items[to-1].admitted.Bid.String()
	}
	if page.Request, err = s.request(ctx, b, state, b.items[from:to], cursor == "", seen); err != nil {
		return TaskPage{}, err
	}
	return page, nil
}

// mayOpen: parts of the opening from the freeze on, of a later moment once it is released; nothing while suspended.
func mayOpen(state State, b *book) error {
	switch {
	case state.Suspended:
		return ErrSuspended
	case b.moment == tender.OpeningMoment && b.kind == seal.KindReadout:
		return nil
	case !state.Released(b.moment):
		return ErrKind.With(b.moment)
	}
	return nil
}

// seat of an officer of this lot, by certificate.
func seat(l tender.LotState, by bidding.Actor) (tender.Seat, error) {
	if by.Is(bidding.Officer) && l.Officers != nil {
		for _, o := range l.Officers.Holders {
			if o.Certificate == by.Certificate {
				return o, nil
			}
		}
	}
	return tender.Seat{}, ErrOfficer
}

// AcceptPartials takes an officer's batch: its own, about this lot's frozen bids, proven. A false one is refused and named.
func (s *Service) AcceptPartials(ctx context.Context, by bidding.Actor, lot bidding.LotID, batch pki.Signed[custody.PartialsBatch]) error {
	if !by.Is(bidding.Officer) {
		return ErrOfficer
	}
	b, state, err := s.book(ctx, lot, seal.Kind(batch.Body.Kind))
	if err != nil {
		return err
	}
	officer, err := seat(b.lot, by)
	if err != nil {
		return err
	}
	if err := mayOpen(state, b); err != nil {
		return err
	}
	if _, err := s.verifyBatch(ctx, b, batch, custody.LockC, officer.Index, officer.Certificate); err != nil {
		return err
	}
	if err := s.saveBatch(ctx, b, batch); err != nil {
		return err
	}
	s.ring(lot)
	return nil
}

// ReleaseMoment takes the officers' release of a later moment (双信封), signed by at least k of them, and opens its parts as jobs.
func (s *Service) ReleaseMoment(ctx context.Context, by bidding.Actor, lot bidding.LotID, release pki.Signed[custody.MomentRelease]) error {
	l, state, err := s.store.Load(ctx, lot)
	if err != nil {
		return wrap("release moment", lot, err)
	}
	if _, err := seat(l, by); err != nil {
		return err
	}
	if err := ToReleaseMoment.In(state.Stage); err != nil {
		return err
	}
	officers, err := record[custody.OfficerKey](ctx, s.store, l.Officers.Record)
	if err != nil {
		return err
	}
	certificates := map[canon.Hash]*pki.Certificate{}
	for _, o := range officers.Body.Officers {
		c, err := s.certificates.Find(ctx, o.Certificate)
		if err != nil {
			return fmt.Errorf("officer %d: %w", o.Index, err)
		}
		certificates[o.Certificate] = c
	}
	if err := custody.VerifyMomentRelease(release, officers.Body, func(f canon.Hash) *pki.Certificate { return certificates[f] }); err != nil {
		return bidding.FromCode(err)
	}
	document, err := bidding.NewDocument(custody.TypeRelease, lot, release.Body, release)
	if err != nil {
		return bidding.FromCode(err)
	}
	_, err = s.store.Update(ctx, by, s.clock.Now(), lot, func(_ *tender.Lot, o *Opening) (Outcome, error) {
		return Outcome{Documents: []bidding.Document{document}, Kinds: others(l, release.Body.Moment)}, o.ReleaseMoment(l, release.Body, document.Hash)
	})
	return wrap("release moment", lot, err)
}

package opening

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// latenessForgiven after the opening time does not move mode B's window; a freeze later than that gives bidders the whole window.
const latenessForgiven = 5 * time.Second

// Freeze (封标) fixes the set: every bid that stands and arrived before the opening time. With fewer than the rule set's least number
// the opening fails at once: nothing is ever opened, and the platform orders the keys erased (招标投标法 art. 28, 实施条例 art. 44).
func Freeze(t tender.State, l *tender.Lot, standing []Admitted, platform pki.Signer, at time.Time) (*Opening, Outcome, error) {
	s := l.Snapshot()
	if err := l.MaySeal(at); err != nil {
		return nil, Outcome{}, err
	}
	rs, err := law.Find(s.RuleSet, s.Class)
	if err != nil {
		return nil, Outcome{}, err
	}
	statements := make([]canon.Hash, 0, len(standing))
	for _, a := range standing {
		if !a.Arrival.Before(s.OpeningAt.Time) {
			return nil, Outcome{}, fmt.Errorf("freeze %v: bid %v stands but arrived at %v", s.ID, a.Bid, a.Arrival)
		}
		statements = append(statements, a.Statement)
	}
	freeze := custody.Freeze{Type: custody.TypeFreezeBlind, Blind: blind(), Class: string(s.Class), Tender: s.Tender.String(), Lot: s.ID.String(), Binding: s.Binding,
		OpeningAt: s.OpeningAt, FrozenAt: canon.At(at), Count: len(statements), Root: custody.FreezeRoot(statements)}
	document, err := signed(custody.TypeFreezeBlind, s.ID, freeze, platform)
	if err != nil {
		return nil, Outcome{}, err
	}
	if err := l.Seal(document.Hash, at); err != nil {
		return nil, Outcome{}, err
	}
	end := s.OpeningAt.Time
	if s.Mode == law.BidderKey {
		if at.Sub(end) > latenessForgiven {
			end = at
		}
		end = end.Add(time.Duration(s.DecryptWindowMS) * time.Millisecond)
	}
	o := &Opening{}
	o.record(BidsFrozen{Lot: s.ID, Tender: s.Tender, Tenderer: s.Tenderer, Agency: s.Agency, Class: s.Class, Mode: s.Mode, Freeze: document.Hash,
		FrozenAt: freeze.FrozenAt, Count: freeze.Count, Root: freeze.Root, OpeningAt: s.OpeningAt, WindowEnd: canon.At(end)})
	out := Outcome{Documents: []bidding.Document{document}}
	if freeze.Count >= rs.MinBids {
		return o, out, nil
	}
	order, err := signed(custody.TypeErasureOrder, s.ID, custody.ErasureOrder{Type: custody.TypeErasureOrder, Class: string(s.Class), Tender: s.Tender.String(),
		Lot: s.ID.String(), Binding: s.Binding, Reason: custody.FewerThanThree, Ground: document.Hash}, platform)
	if err != nil {
		return nil, Outcome{}, err
	}
	o.record(OpeningFailed{Lot: s.ID, Count: freeze.Count, Order: order.Hash})
	if err := l.Fail(document.Hash, at); err != nil {
		return nil, Outcome{}, err
	}
	out.Documents, out.Erase = append(out.Documents, order), true
	return o, out, nil
}

// blind keeps whoever has only the hash of a freeze record from trying out how many bids it counts: of none, all other fields are known.
func blind() (b canon.Hash) {
	_, _ = rand.Read(b[:]) // documented never to return an error
	return b
}

func signed[T any](kind string, lot bidding.LotID, body T, by pki.Signer) (bidding.Document, error) {
	record, err := pki.Sign(body, by)
	if err != nil {
		return bidding.Document{}, fmt.Errorf("sign %s: %w", kind, err)
	}
	return bidding.NewDocument(kind, lot, record.Body, record)
}

// freeze waits for the submits under way that were stamped before the opening time, then fixes the set.
func (s *Service) freeze(ctx context.Context, lot bidding.LotID) error {
	waiting, cancel := context.WithTimeout(ctx, s.settings.Drain)
	s.submissions.Drain(waiting, lot)
	cancel()
	now := s.clock.Now()
	_, err := s.store.Freeze(ctx, bidding.SystemActor(), now, lot, func(t tender.State, l *tender.Lot, standing []Admitted) (*Opening, Outcome, error) {
		return Freeze(t, l, standing, s.platform, now)
	})
	if err != nil && !errors.Is(err, ErrFrozenAlready) {
		return fmt.Errorf("freeze %v: %w", lot, err)
	}
	return nil
}

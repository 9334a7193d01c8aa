package opening

import (
	"context"
	"fmt"
	"slices"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// StanzaB is what a mode-B bidder needs to release its key: the front of its own part as frozen.
type StanzaB struct {
	Bid       bidding.BidID `json:"bid"`
	Digest    canon.Hash    `json:"digest"`
	Kind      seal.Kind     `json:"kind"`
	Front     []byte        `json:"front"`
	WindowEnd canon.Time    `json:"window_end"`
}

// Stanza gives a bidder its own part, from the freeze to the window's end.
func (s *Service) Stanza(ctx context.Context, by bidding.Actor, lot bidding.LotID, kind seal.Kind) (StanzaB, error) {
	if !by.Is(bidding.Bidder) {
		return StanzaB{}, ErrNotInSet
	}
	b, state, err := s.book(ctx, lot, kind)
	if err != nil {
		return StanzaB{}, err
	}
	if err := state.TakesKey(s.clock.Now()); err != nil {
		return StanzaB{}, err
	}
	for _, it := range b.items {
		if it.admitted.Bidder == by.Org {
			return StanzaB{Bid: it.admitted.Bid, Digest: it.part.Digest, Kind: kind, Front: it.part.Front, WindowEnd: state.WindowEnd}, nil
		}
	}
	return StanzaB{}, ErrNotInSet
}

// KeyRelease takes a mode-B bidder's key of one part (限时解密): signed with the certificate of its bid, in the window. Sent again, the newest
// counts until the part is open: a wrong one can be mended.
func (s *Service) KeyRelease(ctx context.Context, by bidding.Actor, lot bidding.LotID, release pki.Signed[custody.KeyRelease]) error {
	now := s.clock.Now()
	if !by.Is(bidding.Bidder) {
		return ErrNotInSet
	}
	b, state, err := s.book(ctx, lot, seal.KindReadout)
	if err != nil {
		return err
	}
	if err := state.TakesKey(now); err != nil {
		return err
	}
	i := slices.IndexFunc(b.items, func(it *item) bool { return it.admitted.Bidder == by.Org })
	if i < 0 {
		return ErrNotInSet
	}
	a, r := b.items[i].admitted, release.Body
	switch {
	case r.Check() != nil || r.Lot != lot.String() || r.Bid != a.Bid.String():
		return ErrKeyRelease
	case r.Class != string(b.lot.Class):
		return bidding.ErrClass
	case !slices.ContainsFunc(a.Parts, func(p bid.Part) bool { return p.Digest == r.Digest }):
		return ErrKeyRelease.With("no such part")
	}
	c, err := s.certificates.Find(ctx, a.Certificate)
	if err != nil {
		return fmt.Errorf("bidder's certificate: %w", err)
	}
	if err := release.VerifyAll(c); err != nil {
		return ErrKeyRelease.With(err.Error())
	}
	hash, err := release.Hash()
	if err != nil {
		return bidding.FromCode(err)
	}
	raw, err := release.Marshal()
	if err != nil {
		return bidding.FromCode(err)
	}
	_, err = s.store.SaveKeyRelease(ctx, by, now, lot, KeyRelease{Bid: a.Bid, Digest: r.Digest, Signed: raw},
		KeyReceived{Lot: lot, Bid: a.Bid, Digest: r.Digest, Record: hash, At: canon.At(now)}, func(state State) error {
			if state.Stage != Frozen && state.Stage != Releasing && r.Digest == b.items[i].part.Digest {
				return ErrWindow // the read-outs are published: this key would change nothing any more
			}
			return state.TakesKey(now)
		})
	if err != nil {
		return wrap("key release", lot, err)
	}
	s.ring(lot)
	return nil
}

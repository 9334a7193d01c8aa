package bid

import (
	"iter"
	"slices"

	"sunbid/bidding"
)

// Restore makes a bid of its row.
func Restore(s State, version int) *Bid {
	b := &Bid{s: s}
	b.Loaded(version)
	return b
}

// Fresh is the bid of a bidder that has none yet for the lot.
func Fresh() *Bid { return &Bid{s: State{Standing: None}} }

// Replay makes a bid of its events.
func Replay(history iter.Seq[bidding.Event]) *Bid {
	b := Fresh()
	b.Relive(history, b.apply)
	return b
}

// Snapshot is a copy of the state; changing it changes nothing here.
func (b *Bid) Snapshot() State {
	s := b.s
	s.Parts = slices.Clone(s.Parts)
	return s
}

func (b *Bid) record(e bidding.Event) { b.apply(e); b.Remember(e) }

func (b *Bid) apply(e bidding.Event) {
	switch e := e.(type) {
	case BidSubmitted:
		b.take(e.Fact, Submitted)
	case BidReplaced:
		b.take(e.Fact, Submitted)
	case BidWithdrawn:
		b.take(e.Fact, Withdrawn)
	default:
		bidding.Panic("bid", e)
	}
}

func (b *Bid) take(f Fact, standing Standing) {
	b.s = State{ID: f.Bid, Lot: f.Lot, Tender: f.Tender, Bidder: f.Bidder, BidderName: f.BidderName, Code: f.Code, Certificate: f.Certificate,
		Standing: standing, Version: f.Version, Statement: f.Statement, Parts: f.Parts, Arrival: f.Arrival}
}

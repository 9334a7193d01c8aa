package api

import (
	"time"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/opening"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
)

// Stage (阶段) of a lot as its endpoints meet it: the lot's own, and its opening's from the freeze on.
type Stage struct {
	Name    string
	Lot     tender.Stage
	Opening opening.Stage // "": nothing is frozen
}

// Stages lists them, in the order a lot goes through them; the last three are its other ends.
func Stages() []Stage {
	return []Stage{
		{"draft", tender.Draft, ""},
		{"announced", tender.Announced, ""},
		{"submitting", tender.Submitting, ""},
		{"sealed", tender.Sealed, opening.Frozen},
		{"opening", tender.Opening, opening.Releasing},
		{"opened", tender.Opened, opening.Published},
		{"recorded", tender.Opened, opening.Recorded},
		{"failed", tender.Failed, opening.Failed},
		{"terminated", tender.Terminated, ""},
		{"terminated-sealed", tender.Terminated, opening.Frozen},
	}
}

// During asks the rule of the domain whether a row's command is for a stage: nil, or the refusal. It decides nothing here; the domain asks
// itself. A row without one answers at every stage what is there then.
type During func(Stage) error

func (r Row) when(d During) Row {
	r.During = d
	return r
}

func lotIn(c tender.Command) During {
	return func(s Stage) error { return c.In(s.Lot) }
}

func openingIn(c opening.Command) During {
	return func(s Stage) error { return c.Of(s.Lot, s.Opening) }
}

// takesBids asks the rule of bids a moment before the deadline, and at it once the lot was sealed. No bidder is told of a draft.
func takesBids() During {
	return func(s Stage) error {
		if s.Lot == tender.Draft {
			return bidding.ErrMissing
		}
		deadline := time.Unix(1, 0)
		arrival := deadline
		if s.Opening == "" {
			arrival = deadline.Add(-time.Millisecond)
		}
		return bid.Window{Stage: s.Lot, OpeningAt: canon.At(deadline)}.Open(arrival)
	}
}

package bid

import (
	"slices"
	"time"

	"sunbid/bidding/law"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
)

// Open tells whether something that arrived then is in time: submit-from ≤ arrival < opening time, in an announced lot.
// A suspension does not stop bidders; it stops the opening.
func (w Window) Open(arrival time.Time) error {
	switch {
	case !arrival.Before(w.OpeningAt.Time):
		return ErrAfterDeadline
	case tender.ToBid.In(w.Stage) != nil:
		return ErrClosed.With(string(w.Stage))
	case arrival.Before(w.SubmitFrom.Time):
		return ErrNotOpen
	}
	return nil
}

// Rule finds what the lot says of a kind of part.
func (w Window) Rule(kind seal.Kind) (tender.PartRule, bool) {
	i := slices.IndexFunc(w.Kinds, func(r tender.PartRule) bool { return r.Kind == kind })
	if i < 0 {
		return tender.PartRule{}, false
	}
	return w.Kinds[i], true
}

// Published tells whether a time is a published opening time of the lot and not after the current one.
func (w Window) Published(t time.Time) bool {
	return !t.After(w.OpeningAt.Time) && slices.ContainsFunc(w.OpeningTimes, func(o canon.Time) bool { return o.Equal(t) })
}

// CheckHeader holds a sealed part's label to the lot, and both stanzas to its keys: what is accepted here can be opened, unless the
// bidder cheated inside the stanza. No secret is touched.
func (w Window) CheckHeader(h seal.Header, kind seal.Kind) error {
	rule, ok := w.Rule(kind)
	switch {
	case !ok || h.Kind != kind || h.Moment != rule.Moment:
		return ErrPartUnasked.With(string(h.Kind) + " at " + h.Moment)
	case h.Class != string(w.Class):
		return ErrSealedTo.With("class")
	case h.Lot != w.Lot.String():
		return ErrSealedTo.With("lot")
	case h.Binding != w.Binding:
		return ErrSealedTo.With("binding")
	case !w.Published(h.NotBefore):
		return ErrSealedTo.With("not-before")
	case h.ModeB() != (w.Mode == law.BidderKey):
		return ErrMode
	}
	label := h.Label()
	if err := tdh2.Check(w.T, h.T, label); err != nil {
		return err
	}
	return tdh2.Check(w.C, h.C, label)
}

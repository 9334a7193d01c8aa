package bid

import (
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
)

// Who a bidder is, as the register has it.
type Who struct {
	Org         bidding.OrgID
	Name, Code  string
	Certificate canon.Hash
}

// Take applies a signed statement: submit, replace or withdraw. The signature and its certificate were checked by the caller; parts are
// the sealed uploads of this bidder for this lot that the statement may name, by digest. arrival is what the platform stamped.
func (b *Bid) Take(by bidding.Actor, who Who, w Window, s seal.Statement, hash canon.Hash, parts map[canon.Hash]SealedPart, arrival time.Time) error {
	if !by.Is(bidding.Bidder) || by.Org != who.Org || by.Certificate != who.Certificate {
		return ErrNotOwn
	}
	// Order matters: what is late is refused as late, whatever else is wrong with it (电子招标投标办法 art. 27).
	if err := w.Open(arrival); err != nil {
		return err
	}
	if err := b.fits(who, w, s); err != nil {
		return err
	}
	list, err := w.parts(who, s, parts)
	if err != nil {
		return err
	}
	id, err := bidding.ParseBidID(s.Bid)
	if err != nil {
		return err
	}
	f := Fact{Bid: id, Lot: w.Lot, Tender: w.Tender, Bidder: who.Org, BidderName: who.Name, Code: who.Code, Certificate: who.Certificate,
		Version: int(s.Version), Statement: hash, Arrival: canon.At(arrival), Parts: list}
	switch s.Action {
	case seal.ActionWithdraw:
		b.record(BidWithdrawn{f})
	case seal.ActionReplace:
		b.record(BidReplaced{f})
	default:
		b.record(BidSubmitted{f})
	}
	return nil
}

// fits holds the statement to lot and history: versions without gaps, each naming the one before.
func (b *Bid) fits(who Who, w Window, s seal.Statement) error {
	switch {
	case s.Class != string(w.Class):
		return bidding.ErrClass
	case s.Tender != w.Tender.String() || s.Lot != w.Lot.String() || s.Binding != w.Binding:
		return ErrOther
	case b.s.Version > 0 && b.s.Bidder != who.Org:
		return ErrNotOwn
	case b.s.Version > 0 && s.Bid != b.s.ID.String():
		return ErrBidID
	case int(s.Version) != b.s.Version+1:
		return ErrVersion
	case s.Previous != b.s.Statement: // both zero before the first
		return ErrPrevious
	}
	submitting := b.s.Standing != Submitted
	if (s.Action == seal.ActionSubmit) != submitting {
		return ErrAction
	}
	return nil
}

// parts holds the statement's parts to the uploads and to what the lot asks for.
func (w Window) parts(who Who, s seal.Statement, uploads map[canon.Hash]SealedPart) ([]Part, error) {
	if s.Action == seal.ActionWithdraw {
		if len(s.Parts) > 0 {
			return nil, ErrPartUnasked
		}
		return nil, nil
	}
	named := map[seal.Kind]bool{}
	var list []Part
	for _, p := range s.Parts {
		u, ok := uploads[p.Digest]
		if !ok || u.By != who.Org || u.Lot != w.Lot {
			return nil, ErrPartMissing.With(string(p.Kind))
		}
		rule, asked := w.Rule(p.Kind)
		switch {
		case !asked || named[p.Kind] || p.Moment != rule.Moment:
			return nil, ErrPartUnasked.With(string(p.Kind))
		case u.Kind != p.Kind || u.Moment != p.Moment || u.Size != p.Size || u.Digest != p.Digest:
			return nil, ErrPartDiffers.With(string(p.Kind))
		case u.Signer != who.Certificate:
			return nil, ErrPartSigner.With(string(p.Kind))
		}
		named[p.Kind] = true
		list = append(list, Part{Kind: p.Kind, Moment: p.Moment, Digest: p.Digest, Size: p.Size})
	}
	for _, r := range w.Kinds {
		if r.Required && !named[r.Kind] {
			return nil, ErrPartMissing.With(string(r.Kind))
		}
	}
	return list, nil
}

// ArrivalOf is the later of the request and the last verified octet of the parts (crypto/SPEC.md section 5).
func ArrivalOf(request time.Time, parts map[canon.Hash]SealedPart) time.Time {
	for _, p := range parts {
		if p.At.After(request) {
			request = p.At.Time
		}
	}
	return request
}

package notice

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// Service publishes the notices that stand alone: addendum, outage, failure. A tender notice, a postponement and a termination go
// out with the lot's own command (package tender).
type Service struct {
	notices      Notices
	certificates Certificates
	clock        bidding.Clock
	class        bidding.Class
}

// NewService makes one.
func NewService(n Notices, c Certificates, clock bidding.Clock, class bidding.Class) *Service {
	return &Service{n, c, clock, class}
}

// Publish lints, checks the signer and publishes, with the contact block of an addendum that brings a new one (else nil).
func (s *Service) Publish(ctx context.Context, by bidding.Actor, signed Signed, contacts *Contacts) (State, error) {
	now := s.clock.Now()
	r := signed.Body
	if r.Kind == TenderNotice || r.Kind == Postponement || r.Kind == Termination {
		return State{}, ErrElsewhere
	}
	if r.Class != s.class {
		return State{}, bidding.ErrClass
	}
	document, err := Sealed(ctx, s.certificates, by, signed, now)
	if err != nil {
		return State{}, err
	}
	lot := bidding.LotID{}
	if r.Lot != nil {
		lot = *r.Lot
	}
	var after State
	_, err = s.notices.Publish(ctx, by, now, r.Tender, lot, func(t Subject) (*Notice, bidding.Document, error) {
		if err := allowed(by, t, r, now); err != nil {
			return nil, bidding.Document{}, err
		}
		if contacts != nil {
			if err := contacts.Fits(!t.Agency.IsZero()); err != nil {
				return nil, bidding.Document{}, err
			}
		}
		n, err := Publish(r, contacts, t.Numbers, document, now)
		if err != nil {
			return nil, bidding.Document{}, err
		}
		after = n.Snapshot()
		return n, document, nil
	})
	if err != nil {
		return State{}, fmt.Errorf("publish notice: %w", err)
	}
	return after, nil
}

// Sealed checks that a notice is signed by the actor's own certificate, alone, and makes its document.
func Sealed(ctx context.Context, certificates Certificates, by bidding.Actor, signed Signed, at time.Time) (bidding.Document, error) {
	c, err := certificates.Find(ctx, by.Certificate)
	if err != nil {
		return bidding.Document{}, fmt.Errorf("signer: %w", err)
	}
	if err := certificates.Judge(c, pki.Signing, at); err != nil {
		return bidding.Document{}, bidding.FromCode(err)
	}
	if err := signed.VerifyAll(c); err != nil {
		return bidding.Document{}, ErrSigner.With(err.Error())
	}
	lot := bidding.LotID{}
	if signed.Body.Lot != nil {
		lot = *signed.Body.Lot
	}
	document, err := bidding.NewDocument(RecordType, lot, signed.Body, signed)
	if err != nil {
		return bidding.Document{}, bidding.FromCode(err)
	}
	return document, nil
}

// allowed: an outage is the operator's to declare, the rest tenderer's and agency's own; an addendum keeps its distance.
func allowed(by bidding.Actor, t Subject, r Record, at time.Time) error {
	own := by.Is(bidding.Tenderer) && by.Org == t.Tenderer || by.Is(bidding.Agency) && !t.Agency.IsZero() && by.Org == t.Agency
	switch {
	case r.Kind == Outage && !by.Is(bidding.Operator), r.Kind != Outage && !own:
		return bidding.ErrForbidden
	case r.Class != t.Class:
		return bidding.ErrClass
	case r.Lot != nil && !slices.Contains(t.Lots, *r.Lot):
		return bidding.ErrMissing
	}
	if r.Kind == Addendum && r.Affects && !t.Opening.IsZero() {
		return law.FirstRefusal([]law.Finding{law.Clarify(t.RuleSet, at, t.Opening)})
	}
	return nil
}

func published(r Record, d bidding.Document, at time.Time) Published {
	return Published{Notice: r.Notice, Tender: r.Tender, Record: r, Hash: d.Hash, At: canon.At(at)}
}

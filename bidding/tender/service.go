package tender

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/notice"
	"sunbid/bidding/party"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// Service is what can be done with tenders and lots, one method for each command.
type Service struct {
	tenders      Tenders
	keyholders   Keyholders
	certificates Certificates
	parties      Parties
	clock        bidding.Clock
	class        bidding.Class
}

// NewService makes one that serves one class.
func NewService(p Ports, clock bidding.Clock, class bidding.Class) *Service {
	return &Service{p.Tenders, p.Keyholders, p.Certificates, p.Parties, clock, class}
}

// Create makes a tender. A tenderer's person makes its own; an agency's names the tenderer.
func (s *Service) Create(ctx context.Context, by bidding.Actor, n New) (State, error) {
	tenderer, err := s.party(ctx, n.Tenderer)
	if err != nil {
		return State{}, fmt.Errorf("tenderer: %w", err)
	}
	var agency *Party
	if !n.Agency.IsZero() {
		a, err := s.party(ctx, n.Agency)
		if err != nil {
			return State{}, fmt.Errorf("agency: %w", err)
		}
		agency = &a
	}
	now := s.clock.Now()
	t, err := Create(by, n, s.class, tenderer, agency, now)
	if err != nil {
		return State{}, err
	}
	if _, err := s.tenders.Create(ctx, by, now, t); err != nil {
		return State{}, fmt.Errorf("create tender: %w", err)
	}
	return t.Snapshot(), nil
}

func (s *Service) party(ctx context.Context, id bidding.OrgID) (Party, error) {
	o, err := s.parties.Get(ctx, id)
	if err != nil {
		return Party{}, err
	}
	if o.Standing != party.Active || o.Class != s.class {
		return Party{}, party.ErrNotActive
	}
	return Party{Org: o.ID, Name: o.Name, Code: o.Code}, nil
}

// Draft makes a lot of a tender.
func (s *Service) Draft(ctx context.Context, by bidding.Actor, tender bidding.TenderID, n NewLot) (LotState, error) {
	now := s.clock.Now()
	var after LotState
	_, err := s.tenders.Draft(ctx, by, now, tender, func(t State, number int) (*Lot, error) {
		l, err := DraftLot(by, t, number, n, now)
		if err != nil {
			return nil, err
		}
		after = l.Snapshot()
		return l, nil
	})
	if err != nil {
		return LotState{}, fmt.Errorf("draft lot: %w", err)
	}
	return after, nil
}

// Check shows what every rule of the law would say if the lot were announced now.
func (s *Service) Check(ctx context.Context, by bidding.Actor, lot bidding.LotID) ([]law.Finding, error) {
	_, l, err := s.tenders.Lot(ctx, lot)
	if err != nil {
		return nil, err
	}
	if err := l.Owned(by); err != nil {
		return nil, err
	}
	rs, err := law.Find(l.RuleSet, l.Class)
	if err != nil {
		return nil, err
	}
	return law.Announce(rs, l.Timetable(s.clock.Now())), nil
}

// DealOfficers takes the officers' key that the tenderer's client dealt and the actor signed. Every officer must be an enrolled person
// with that role and its certificates.
func (s *Service) DealOfficers(ctx context.Context, by bidding.Actor, lot bidding.LotID, signed pki.Signed[custody.OfficerKey]) (LotState, error) {
	now := s.clock.Now()
	dealer, err := s.signer(ctx, by, now)
	if err != nil {
		return LotState{}, err
	}
	if _, err := custody.VerifyOfficerKey(signed, dealer); err != nil {
		return LotState{}, bidding.FromCode(err)
	}
	for _, o := range signed.Body.Officers {
		if err := s.officer(ctx, o, now); err != nil {
			return LotState{}, err
		}
	}
	document, err := bidding.NewDocument(custody.TypeOfficerKey, lot, signed.Body, signed)
	if err != nil {
		return LotState{}, bidding.FromCode(err)
	}
	return s.update(ctx, by, now, lot, func(l *Lot) (Side, error) {
		return Side{Documents: []bidding.Document{document}}, l.DealOfficers(by, signed.Body, document.Hash)
	})
}

func (s *Service) officer(ctx context.Context, o custody.OfficerRef, at time.Time) error {
	holder, err := s.certificates.Holder(ctx, o.Certificate)
	if errors.Is(err, bidding.ErrMissing) {
		return ErrOfficers.With(fmt.Sprintf("officer %d is not enrolled", o.Index))
	}
	if err != nil {
		return fmt.Errorf("officer %d: %w", o.Index, err)
	}
	if _, err := holder.Actor(o.Certificate, bidding.Officer); err != nil {
		return ErrOfficers.With(fmt.Sprintf("officer %d: %v", o.Index, err))
	}
	der, err := holder.Encryption(o.Certificate)
	if err != nil {
		return ErrOfficers.With(fmt.Sprintf("officer %d has no encryption certificate", o.Index))
	}
	encryption, err := pki.ParseCertificate(der)
	if err != nil || encryption.Fingerprint() != o.Encryption {
		return ErrOfficers.With(fmt.Sprintf("officer %d: another encryption certificate", o.Index))
	}
	if err := s.certificates.Judge(encryption, pki.Encryption, at); err != nil {
		return bidding.FromCode(err)
	}
	return nil
}

// Announce publishes the tender notice with its contact block, and with it the lot. All keyholders must be healthy.
func (s *Service) Announce(ctx context.Context, by bidding.Actor, lot bidding.LotID, signed notice.Signed, contacts *notice.Contacts) (LotState, error) {
	now := s.clock.Now()
	if err := s.keyholders.Ready(ctx); err != nil {
		return LotState{}, fmt.Errorf("announce: %w", err)
	}
	document, err := s.notice(ctx, by, lot, signed, notice.TenderNotice, now)
	if err != nil {
		return LotState{}, err
	}
	var after LotState
	_, err = s.tenders.Update(ctx, by, now, lot, func(t State, notices int, l *Lot) (Side, error) {
		if contacts != nil {
			if err := contacts.Fits(t.Agency != nil); err != nil {
				return Side{}, err
			}
		}
		n, err := notice.Publish(signed.Body, contacts, notices, document, now)
		if err != nil {
			return Side{}, err
		}
		if err := l.Announce(by, *signed.Body.Timetable, document.Hash, now); err != nil {
			return Side{}, err
		}
		after = l.Snapshot()
		return Side{Documents: []bidding.Document{document}, Notice: n}, nil
	})
	if err != nil {
		return LotState{}, fmt.Errorf("announce lot: %w", err)
	}
	return after, nil
}

// notice checks a notice that goes out with a command of one lot.
func (s *Service) notice(ctx context.Context, by bidding.Actor, lot bidding.LotID, signed notice.Signed, kind notice.Kind, at time.Time) (bidding.Document, error) {
	r := signed.Body
	if err := notice.Lint(r); err != nil {
		return bidding.Document{}, err
	}
	_, l, err := s.tenders.Lot(ctx, lot)
	if err != nil {
		return bidding.Document{}, err
	}
	switch {
	case r.Kind != kind || r.Lot == nil || *r.Lot != lot || r.Tender != l.Tender:
		return bidding.Document{}, notice.ErrMalformed.With("not of this lot")
	case r.Class != s.class || l.Class != s.class:
		return bidding.Document{}, bidding.ErrClass
	}
	return notice.Sealed(ctx, s.certificates, by, signed, at)
}

// OpenSubmission lets bids come; the watcher calls it when due.
func (s *Service) OpenSubmission(ctx context.Context, lot bidding.LotID) error {
	now := s.clock.Now()
	_, err := s.update(ctx, bidding.SystemActor(), now, lot, func(l *Lot) (Side, error) { return Side{}, l.OpenSubmission(now) })
	return err
}

// RunDue opens submission where it is due. Openings are package opening's.
func (s *Service) RunDue(ctx context.Context) error {
	now := s.clock.Now()
	lots, err := s.tenders.Due(ctx, now, 100)
	if err != nil {
		return fmt.Errorf("due lots: %w", err)
	}
	var all error
	for _, id := range lots {
		_, l, err := s.tenders.Lot(ctx, id)
		if err != nil {
			all = errors.Join(all, err)
			continue
		}
		if due, ok := l.NextDue(); ok && due.What == DueSubmission && !now.Before(due.At) {
			if err := s.OpenSubmission(ctx, id); err != nil && !errors.Is(err, ErrStage) {
				all = errors.Join(all, err)
			}
		}
	}
	return all
}

// Suspend stops a lot.
func (s *Service) Suspend(ctx context.Context, by bidding.Actor, lot bidding.LotID, why string) (LotState, error) {
	now := s.clock.Now()
	return s.update(ctx, by, now, lot, func(l *Lot) (Side, error) { return Side{}, l.Suspend(by, why, now) })
}

// Resume lets it go on.
func (s *Service) Resume(ctx context.Context, by bidding.Actor, lot bidding.LotID, why string) (LotState, error) {
	now := s.clock.Now()
	return s.update(ctx, by, now, lot, func(l *Lot) (Side, error) { return Side{}, l.Resume(by, why, now) })
}

func (s *Service) update(ctx context.Context, by bidding.Actor, at time.Time, lot bidding.LotID, do func(*Lot) (Side, error)) (LotState, error) {
	var after LotState
	_, err := s.tenders.Update(ctx, by, at, lot, func(_ State, _ int, l *Lot) (Side, error) {
		side, err := do(l)
		if err != nil {
			return Side{}, err
		}
		after = l.Snapshot()
		return side, nil
	})
	if err != nil {
		return LotState{}, fmt.Errorf("lot %v: %w", lot, err)
	}
	return after, nil
}

// signer is the actor's own certificate, good now.
func (s *Service) signer(ctx context.Context, by bidding.Actor, at time.Time) (*pki.Certificate, error) {
	c, err := s.certificates.Find(ctx, by.Certificate)
	if err != nil {
		return nil, fmt.Errorf("signer: %w", err)
	}
	if err := s.certificates.Judge(c, pki.Signing, at); err != nil {
		return nil, bidding.FromCode(err)
	}
	return c, nil
}

// found gathers certificates for the checks of package custody; those unknown are absent, and the check says so.
func (s *Service) found(ctx context.Context, prints ...canon.Hash) (custody.Certificates, error) {
	var list []*pki.Certificate
	for _, f := range prints {
		c, err := s.certificates.Find(ctx, f)
		if errors.Is(err, bidding.ErrMissing) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("certificates: %w", err)
		}
		list = append(list, c)
	}
	return custody.CertificatesOf(list...), nil
}

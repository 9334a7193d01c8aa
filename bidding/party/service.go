package party

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/privacy"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// Service is what can be done with organisations.
type Service struct {
	organisations Organisations
	trust         Trust
	clock         bidding.Clock
	class         bidding.Class
	autoApprove   bool
}

// NewService makes one. autoApprove lets parties in without an operator; it works in class rehearsal only and never for operators and supervisors.
func NewService(o Organisations, t Trust, clock bidding.Clock, class bidding.Class, autoApprove bool) *Service {
	return &Service{o, t, clock, class, autoApprove && class == bidding.Rehearsal}
}

// Enrol registers a person by a signed enrolment. The same enrolment again is ErrEnrolled.
func (s *Service) Enrol(ctx context.Context, signed SignedEnrolment) (State, bidding.PersonID, error) {
	now := s.clock.Now()
	e := signed.Body
	if e.Type != EnrolmentType {
		return State{}, bidding.PersonID{}, ErrEnrolment.With("type")
	}
	if e.Class != s.class {
		return State{}, bidding.PersonID{}, bidding.ErrClass
	}
	signing, certificates, err := s.certificates(e.Signing, e.Encryption, e.Organisation.Code, now)
	if err != nil {
		return State{}, bidding.PersonID{}, err
	}
	if err := signed.VerifyAll(signing); err != nil {
		return State{}, bidding.PersonID{}, bidding.FromCode(err)
	}
	switch _, err := s.organisations.ByCertificate(ctx, signing.Fingerprint()); {
	case err == nil:
		return State{}, bidding.PersonID{}, ErrEnrolled
	case !errors.Is(err, bidding.ErrMissing):
		return State{}, bidding.PersonID{}, fmt.Errorf("enrol: %w", err)
	}
	document, err := bidding.NewDocument(EnrolmentType, bidding.LotID{}, e, signed)
	if err != nil {
		return State{}, bidding.PersonID{}, bidding.FromCode(err)
	}
	person := Person{ID: bidding.NewPersonID(), Name: e.Person, Roles: e.Roles, Standing: Pending, Certificates: certificates}
	by := bidding.Actor{Person: person.ID, Role: bidding.Public, Certificate: signing.Fingerprint()}
	var after State
	_, err = s.organisations.Enrol(ctx, by, now, e.Organisation.Code, func(o *Organisation) (bidding.Document, error) {
		if err := o.Enrol(s.class, e.Organisation, person, document.Hash); err != nil {
			return bidding.Document{}, err
		}
		if s.autoApprove && !slices.ContainsFunc(e.Roles, office) {
			if err := o.Approve(bidding.SystemActor(), person.ID, e.Roles); err != nil {
				return bidding.Document{}, err
			}
		}
		after = o.Snapshot()
		return document, nil
	})
	if err != nil {
		return State{}, bidding.PersonID{}, fmt.Errorf("enrol: %w", err)
	}
	return after, person.ID, nil
}

// certificates parses and judges a pair, whose organisation code must be the one claimed.
func (s *Service) certificates(signing, encryption []byte, code string, at time.Time) (*pki.Certificate, []Certificate, error) {
	var first *pki.Certificate
	var list []Certificate
	for _, one := range []struct {
		der   []byte
		usage pki.Usage
		name  Usage
	}{{signing, pki.Signing, Signing}, {encryption, pki.Encryption, Encryption}} {
		c, err := pki.ParseCertificate(one.der)
		if err != nil {
			return nil, nil, bidding.FromCode(err)
		}
		if err := s.trust.Judge(c, one.usage, at); err != nil {
			return nil, nil, bidding.FromCode(err)
		}
		// Certificates go into public bundles: an issuer that writes a person's identity number into them has no place here.
		subject := c.Subject()
		names := []privacy.Text{{Field: "certificate", Value: subject.Name}, {Field: "certificate", Value: subject.Organisation}}
		if !ValidCode(subject.Code) {
			names = append(names, privacy.Text{Field: "certificate", Value: subject.Code})
		}
		if err := privacy.Check(names...); err != nil {
			return nil, nil, err
		}
		if first == nil {
			first = c
		} else if first.Subject() != c.Subject() {
			return nil, nil, ErrEnrolment.With("the two certificates name different subjects")
		}
		if ValidCode(c.Subject().Code) && c.Subject().Code != code {
			return nil, nil, ErrEnrolment.With("the certificate names another organisation")
		}
		list = append(list, Certificate{Fingerprint: c.Fingerprint(), Usage: one.name, DER: c.DER(), Standing: Active})
	}
	return first, list, nil
}

// Approve, Refuse, Grant, Suspend and Resume are the operator's.
func (s *Service) Approve(ctx context.Context, by bidding.Actor, org bidding.OrgID, person bidding.PersonID, roles []bidding.Role) error {
	return s.update(ctx, by, org, func(o *Organisation) error { return o.Approve(by, person, roles) })
}

// Refuse turns a pending person away.
func (s *Service) Refuse(ctx context.Context, by bidding.Actor, org bidding.OrgID, person bidding.PersonID, reason string) error {
	return s.update(ctx, by, org, func(o *Organisation) error { return o.Refuse(by, person, reason) })
}

// Grant replaces an active person's roles.
func (s *Service) Grant(ctx context.Context, by bidding.Actor, org bidding.OrgID, person bidding.PersonID, roles []bidding.Role) error {
	return s.update(ctx, by, org, func(o *Organisation) error { return o.Grant(by, person, roles) })
}

// Suspend stops an organisation.
func (s *Service) Suspend(ctx context.Context, by bidding.Actor, org bidding.OrgID, reason string) error {
	return s.update(ctx, by, org, func(o *Organisation) error { return o.Suspend(by, reason) })
}

// Resume lets it act again.
func (s *Service) Resume(ctx context.Context, by bidding.Actor, org bidding.OrgID, reason string) error {
	return s.update(ctx, by, org, func(o *Organisation) error { return o.Resume(by, reason) })
}

// Renew replaces the actor's own certificates by a record that old and new certificate sign.
func (s *Service) Renew(ctx context.Context, by bidding.Actor, signed SignedRenewal) error {
	now := s.clock.Now()
	r := signed.Body
	if r.Type != RenewalType || r.Person != by.Person {
		return ErrEnrolment.With("renewal")
	}
	if r.Class != s.class {
		return bidding.ErrClass
	}
	state, err := s.organisations.ByCertificate(ctx, by.Certificate)
	if err != nil {
		return fmt.Errorf("renew: %w", err)
	}
	_, old, ok := state.find(by.Certificate)
	if !ok || state.ID != by.Org {
		return ErrCertificate
	}
	before, err := pki.ParseCertificate(old.DER)
	if err != nil {
		return bidding.FromCode(err)
	}
	fresh, certificates, err := s.certificates(r.Signing, r.Encryption, state.Code, now)
	if err != nil {
		return err
	}
	if err := signed.VerifyAll(before, fresh); err != nil {
		return bidding.FromCode(err)
	}
	document, err := bidding.NewDocument(RenewalType, bidding.LotID{}, r, signed)
	if err != nil {
		return bidding.FromCode(err)
	}
	_, err = s.organisations.Update(ctx, by, now, by.Org, func(o *Organisation) ([]bidding.Document, error) {
		return []bidding.Document{document}, o.Renew(by, by.Person, certificates, document.Hash)
	})
	if err != nil {
		return fmt.Errorf("renew: %w", err)
	}
	return nil
}

// Actor is who a signing certificate lets act in a role at a moment; the certificate is judged anew.
func (s *Service) Actor(ctx context.Context, fingerprint canon.Hash, wanted bidding.Role, at time.Time) (bidding.Actor, error) {
	state, err := s.organisations.ByCertificate(ctx, fingerprint)
	if errors.Is(err, bidding.ErrMissing) {
		return bidding.Actor{}, ErrCertificate
	}
	if err != nil {
		return bidding.Actor{}, fmt.Errorf("actor: %w", err)
	}
	actor, err := state.Actor(fingerprint, wanted)
	if err != nil {
		return bidding.Actor{}, err
	}
	_, held, _ := state.find(fingerprint)
	c, err := pki.ParseCertificate(held.DER)
	if err != nil {
		return bidding.Actor{}, bidding.FromCode(err)
	}
	if err := s.trust.Judge(c, pki.Signing, at); err != nil {
		return bidding.Actor{}, bidding.FromCode(err)
	}
	return actor, nil
}

// Get reads an organisation: its own people, the operator and the supervisor may.
func (s *Service) Get(ctx context.Context, by bidding.Actor, org bidding.OrgID) (State, error) {
	if by.Org != org && !by.Is(bidding.Operator, bidding.Supervisor, bidding.System) {
		return State{}, bidding.ErrMissing
	}
	return s.organisations.Get(ctx, org)
}

// List pages through organisations: the operator's.
func (s *Service) List(ctx context.Context, by bidding.Actor, standing Standing, cursor string, limit int) ([]State, string, error) {
	if !by.Is(bidding.Operator, bidding.System) {
		return nil, "", bidding.ErrForbidden
	}
	return s.organisations.List(ctx, standing, cursor, limit)
}

func (s *Service) update(ctx context.Context, by bidding.Actor, org bidding.OrgID, do func(*Organisation) error) error {
	_, err := s.organisations.Update(ctx, by, s.clock.Now(), org, func(o *Organisation) ([]bidding.Document, error) { return nil, do(o) })
	if err != nil {
		return fmt.Errorf("organisation %v: %w", org, err)
	}
	return nil
}

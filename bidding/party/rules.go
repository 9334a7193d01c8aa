package party

import (
	"slices"
	"strings"
	"unicode/utf8"

	"sunbid/bidding"
	"sunbid/bidding/privacy"
	"sunbid/crypto/canon"
)

// Enrol brings a person, and with the first one the organisation. Certificates were judged by the caller.
func (o *Organisation) Enrol(class bidding.Class, who Named, p Person, record canon.Hash) error {
	switch {
	case !ValidCode(who.Code):
		return ErrCode
	case !plain(who.Name, 2, 120) || !plain(p.Name, 1, 60):
		return ErrEnrolment.With("name")
	case len(p.Roles) == 0 || !slices.ContainsFunc(p.Certificates, func(c Certificate) bool { return c.Usage == Signing }) ||
		!slices.ContainsFunc(p.Certificates, func(c Certificate) bool { return c.Usage == Encryption }):
		return ErrEnrolment.With("roles or certificates")
	}
	if err := privacy.Check(privacy.Text{Field: "organisation", Value: who.Name}, privacy.Text{Field: "person", Value: p.Name}); err != nil {
		return err
	}
	for _, r := range p.Roles {
		if !enrollable(r) {
			return ErrEnrolment.With("role")
		}
	}
	p.Standing = Pending
	if o.s.ID.IsZero() {
		if err := rolesAgree(nil, p); err != nil {
			return err
		}
		o.record(Enrolled{Organisation: bidding.NewOrgID(), Class: class, Name: who.Name, Code: who.Code, Person: p, Record: record})
		return nil
	}
	if o.s.Class != class {
		return bidding.ErrClass
	}
	if o.s.Name != who.Name {
		return ErrNameDiffers
	}
	if o.s.Standing == Suspended {
		return ErrNotActive
	}
	for _, c := range p.Certificates {
		if _, _, known := o.s.find(c.Fingerprint); known {
			return ErrEnrolled
		}
	}
	if err := rolesAgree(o.s.People, p); err != nil {
		return err
	}
	o.record(PersonEnrolled{Organisation: o.s.ID, Person: p, Record: record})
	return nil
}

// Approve lets a pending person act in these roles; only roles it asked for. An office is given at the console alone (ErrOffice).
func (o *Organisation) Approve(by bidding.Actor, person bidding.PersonID, roles []bidding.Role) error {
	if !by.Is(bidding.Operator, bidding.System) {
		return bidding.ErrForbidden
	}
	p, err := o.person(person)
	if err != nil {
		return err
	}
	if p.Standing != Pending {
		return ErrNotPending
	}
	if by.Is(bidding.Operator) && by.Person == person {
		return bidding.ErrForbidden.With("oneself")
	}
	for _, r := range roles {
		if !slices.Contains(p.Roles, r) {
			return ErrRole.With(string(r))
		}
	}
	if len(roles) == 0 {
		return ErrRole
	}
	if !by.Is(bidding.System) && slices.ContainsFunc(roles, office) {
		return ErrOffice
	}
	o.record(Approved{Organisation: o.s.ID, Person: person, Roles: slices.Clone(roles)})
	return nil
}

// Refuse turns a pending person away.
func (o *Organisation) Refuse(by bidding.Actor, person bidding.PersonID, reason string) error {
	if !by.Is(bidding.Operator, bidding.System) {
		return bidding.ErrForbidden
	}
	p, err := o.person(person)
	if err != nil {
		return err
	}
	if p.Standing != Pending {
		return ErrNotPending
	}
	if !plain(reason, 2, 500) {
		return ErrEnrolment.With("reason")
	}
	o.record(EnrolmentRefused{Organisation: o.s.ID, Person: person, Reason: reason})
	return nil
}

// Grant replaces the roles of an active person. An office that it does not hold yet is given at the console alone (ErrOffice).
func (o *Organisation) Grant(by bidding.Actor, person bidding.PersonID, roles []bidding.Role) error {
	if !by.Is(bidding.Operator, bidding.System) || by.Is(bidding.Operator) && by.Person == person {
		return bidding.ErrForbidden
	}
	p, err := o.person(person)
	if err != nil {
		return err
	}
	if p.Standing != Active {
		return ErrNotActive
	}
	for _, r := range roles {
		if !enrollable(r) {
			return ErrRole.With(string(r))
		}
	}
	if !by.Is(bidding.System) && slices.ContainsFunc(roles, func(r bidding.Role) bool { return office(r) && !slices.Contains(p.Roles, r) }) {
		return ErrOffice
	}
	others := slices.DeleteFunc(slices.Clone(o.s.People), func(x Person) bool { return x.ID == person })
	if err := rolesAgree(others, Person{Roles: roles}); err != nil {
		return err
	}
	o.record(RolesGranted{Organisation: o.s.ID, Person: person, Roles: slices.Clone(roles)})
	return nil
}

// Suspend stops everybody of the organisation; bids already handed in stay what they are.
func (o *Organisation) Suspend(by bidding.Actor, reason string) error {
	switch {
	case !by.Is(bidding.Operator, bidding.System):
		return bidding.ErrForbidden
	case o.s.Standing != Active:
		return ErrNotActive
	case !plain(reason, 2, 500):
		return ErrEnrolment.With("reason")
	}
	o.record(OrganisationSuspended{Organisation: o.s.ID, Reason: reason})
	return nil
}

// Resume undoes a suspension.
func (o *Organisation) Resume(by bidding.Actor, reason string) error {
	switch {
	case !by.Is(bidding.Operator, bidding.System):
		return bidding.ErrForbidden
	case o.s.Standing != Suspended:
		return ErrNotActive
	case !plain(reason, 2, 500):
		return ErrEnrolment.With("reason")
	}
	o.record(OrganisationResumed{Organisation: o.s.ID, Reason: reason})
	return nil
}

// Renew replaces a person's own certificates.
func (o *Organisation) Renew(by bidding.Actor, person bidding.PersonID, certificates []Certificate, record canon.Hash) error {
	if by.Org != o.s.ID || by.Person != person {
		return bidding.ErrForbidden
	}
	p, err := o.person(person)
	if err != nil {
		return err
	}
	if p.Standing != Active || o.s.Standing != Active {
		return ErrNotActive
	}
	for _, c := range certificates {
		if _, _, known := o.s.find(c.Fingerprint); known {
			return ErrEnrolled
		}
	}
	o.record(Renewed{Organisation: o.s.ID, Person: person, Certificates: certificates, Record: record})
	return nil
}

// Actor is who a certificate lets act in a role.
func (s State) Actor(fingerprint canon.Hash, wanted bidding.Role) (bidding.Actor, error) {
	p, c, ok := s.find(fingerprint)
	switch {
	case !ok || c.Standing != Active || c.Usage != Signing:
		return bidding.Actor{}, ErrCertificate
	case s.Standing != Active || p.Standing != Active:
		return bidding.Actor{}, ErrNotActive
	case !slices.Contains(p.Roles, wanted):
		return bidding.Actor{}, ErrRole
	}
	return bidding.Actor{Person: p.ID, Org: s.ID, Role: wanted, Certificate: fingerprint}, nil
}

// Encryption is the encryption certificate (DER) that belongs to a signing certificate's person, the newest one.
func (s State) Encryption(signing canon.Hash) ([]byte, error) {
	p, _, ok := s.find(signing)
	if !ok {
		return nil, ErrCertificate
	}
	for i := len(p.Certificates) - 1; i >= 0; i-- {
		if p.Certificates[i].Usage == Encryption && p.Certificates[i].Standing == Active {
			return p.Certificates[i].DER, nil
		}
	}
	return nil, ErrCertificate
}

func (s State) find(fingerprint canon.Hash) (Person, Certificate, bool) {
	for _, p := range s.People {
		for _, c := range p.Certificates {
			if c.Fingerprint == fingerprint {
				return p, c, true
			}
		}
	}
	return Person{}, Certificate{}, false
}

func (o *Organisation) person(id bidding.PersonID) (Person, error) {
	for _, p := range o.s.People {
		if p.ID == id {
			return p, nil
		}
	}
	return Person{}, bidding.ErrMissing
}

func enrollable(r bidding.Role) bool {
	return slices.Contains([]bidding.Role{bidding.Bidder, bidding.Tenderer, bidding.Agency, bidding.Officer, bidding.Operator, bidding.Supervisor}, r)
}

// office: a role that decides about others' roles, or supervises them. Who holds one at the platform makes no second one there: that takes
// whoever is at the machine's console.
func office(r bidding.Role) bool { return r == bidding.Operator || r == bidding.Supervisor }

// rolesAgree: who runs the platform or supervises is no party on it (电子招标投标办法 art. 23).
func rolesAgree(people []Person, p Person) error {
	var offices, side bool
	for _, x := range append(slices.Clone(people), p) {
		if x.Standing == Refused {
			continue
		}
		for _, r := range x.Roles {
			switch {
			case office(r):
				offices = true
			case r != bidding.Officer:
				side = true
			}
		}
	}
	if offices && side {
		return ErrRoleConflict
	}
	return nil
}

// plain: text of that many characters without control characters or space around it.
func plain(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= least && n <= most && strings.TrimSpace(s) == s && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

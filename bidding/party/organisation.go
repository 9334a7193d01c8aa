package party

import (
	"iter"
	"slices"

	"sunbid/bidding"
	"sunbid/crypto/canon"
)

// Standing of an organisation or of one certificate.
type Standing string

const (
	Pending   Standing = "pending"   // enrolled, not yet looked at
	Active    Standing = "active"    //
	Refused   Standing = "refused"   //
	Suspended Standing = "suspended" //
	Replaced  Standing = "replaced"  // a certificate that a renewal took the place of: old bids keep it, nothing new is signed with it
)

// Certificate as enrolled. Which issuer, validity and revocation are judged anew at each use (crypto/pki).
type Certificate struct {
	Fingerprint canon.Hash `json:"fingerprint"`
	Usage       Usage      `json:"usage"`
	DER         []byte     `json:"der"`
	Standing    Standing   `json:"standing"`
}

// Person acts for the organisation. The ID is a pseudonym: the only thing of a person that enters the log.
type Person struct {
	ID           bidding.PersonID `json:"id"`
	Name         string           `json:"name"`
	Roles        []bidding.Role   `json:"roles"` // asked for while pending, granted when active
	Standing     Standing         `json:"standing"`
	Certificates []Certificate    `json:"certificates"`
}

// State is everything an organisation is.
type State struct {
	ID       bidding.OrgID `json:"id"`
	Class    bidding.Class `json:"class"`
	Name     string        `json:"name"`
	Code     string        `json:"code"` // 统一社会信用代码, GB 32100
	Standing Standing      `json:"standing"`
	People   []Person      `json:"people"`
}

// Organisation (主体): a legal person that takes part, with the people who act for it.
type Organisation struct {
	bidding.History
	s State
}

// Usage of a certificate: every person has one of each (GB/T 20518).
type Usage string

const (
	Signing    Usage = "signing"
	Encryption Usage = "encryption"
)

// Restore makes an organisation of its row.
func Restore(s State, version int) *Organisation {
	o := &Organisation{s: s}
	o.Loaded(version)
	return o
}

// Replay makes it of its events.
func Replay(history iter.Seq[bidding.Event]) *Organisation {
	o := &Organisation{}
	o.Relive(history, o.apply)
	return o
}

// Snapshot is a copy of the state; changing it changes nothing here.
func (o *Organisation) Snapshot() State {
	s := o.s
	s.People = slices.Clone(s.People)
	return s
}

func (o *Organisation) record(e bidding.Event) { o.apply(e); o.Remember(e) }

func (o *Organisation) apply(e bidding.Event) {
	switch e := e.(type) {
	case Enrolled:
		o.s = State{ID: e.Organisation, Class: e.Class, Name: e.Name, Code: e.Code, Standing: Pending, People: []Person{e.Person}}
	case PersonEnrolled:
		o.s.People = append(slices.Clone(o.s.People), e.Person)
	case Approved:
		if o.s.Standing == Pending || o.s.Standing == Refused {
			o.s.Standing = Active
		}
		o.change(e.Person, func(p *Person) { p.Standing, p.Roles = Active, e.Roles })
	case EnrolmentRefused:
		o.change(e.Person, func(p *Person) { p.Standing = Refused })
		if o.s.Standing == Pending && !slices.ContainsFunc(o.s.People, func(p Person) bool { return p.Standing != Refused }) {
			o.s.Standing = Refused
		}
	case RolesGranted:
		o.change(e.Person, func(p *Person) { p.Roles = e.Roles })
	case OrganisationSuspended:
		o.s.Standing = Suspended
	case OrganisationResumed:
		o.s.Standing = Active
	case Renewed:
		o.change(e.Person, func(p *Person) {
			list := slices.Clone(p.Certificates)
			for i := range list {
				list[i].Standing = Replaced
			}
			p.Certificates = append(list, e.Certificates...)
		})
	default:
		bidding.Panic("party", e)
	}
}

// change replaces one person by a changed copy, so that snapshots taken before keep theirs.
func (o *Organisation) change(id bidding.PersonID, do func(*Person)) {
	people := slices.Clone(o.s.People)
	for i := range people {
		if people[i].ID == id {
			do(&people[i])
		}
	}
	o.s.People = people
}

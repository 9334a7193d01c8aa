package party

import (
	"sunbid/bidding"
	"sunbid/crypto/canon"
)

// Enrolled: an organisation came with its first person. Personal data: the log carries a salted digest only.
type Enrolled struct {
	Organisation bidding.OrgID `json:"organisation"`
	Class        bidding.Class `json:"class"`
	Name         string        `json:"name"`
	Code         string        `json:"code"`
	Person       Person        `json:"person"`
	Record       canon.Hash    `json:"record"` // the signed enrolment
}

// PersonEnrolled: one more person of a known organisation. Personal data.
type PersonEnrolled struct {
	Organisation bidding.OrgID `json:"organisation"`
	Person       Person        `json:"person"`
	Record       canon.Hash    `json:"record"`
}

// Approved: a pending person (and with the first one the organisation) may act, in these roles.
type Approved struct {
	Organisation bidding.OrgID    `json:"organisation"`
	Person       bidding.PersonID `json:"person"`
	Roles        []bidding.Role   `json:"roles"`
}

// EnrolmentRefused: a pending person may not act; the reason is for that person.
type EnrolmentRefused struct {
	Organisation bidding.OrgID    `json:"organisation"`
	Person       bidding.PersonID `json:"person"`
	Reason       string           `json:"reason"`
}

// RolesGranted replaces a person's roles.
type RolesGranted struct {
	Organisation bidding.OrgID    `json:"organisation"`
	Person       bidding.PersonID `json:"person"`
	Roles        []bidding.Role   `json:"roles"`
}

// OrganisationSuspended: nobody of it may act until resumed.
type OrganisationSuspended struct {
	Organisation bidding.OrgID `json:"organisation"`
	Reason       string        `json:"reason"`
}

// OrganisationResumed undoes a suspension.
type OrganisationResumed struct {
	Organisation bidding.OrgID `json:"organisation"`
	Reason       string        `json:"reason"`
}

// Renewed: a person's certificates were replaced by new ones. Personal data (a certificate names its holder).
type Renewed struct {
	Organisation bidding.OrgID    `json:"organisation"`
	Person       bidding.PersonID `json:"person"`
	Certificates []Certificate    `json:"certificates"`
	Record       canon.Hash       `json:"record"`
}

func (Enrolled) EventType() string              { return "party.enrolled.v1" }
func (PersonEnrolled) EventType() string        { return "party.person-enrolled.v1" }
func (Approved) EventType() string              { return "party.approved.v1" }
func (EnrolmentRefused) EventType() string      { return "party.enrolment-refused.v1" }
func (RolesGranted) EventType() string          { return "party.roles-granted.v1" }
func (OrganisationSuspended) EventType() string { return "party.suspended.v1" }
func (OrganisationResumed) EventType() string   { return "party.resumed.v1" }
func (Renewed) EventType() string               { return "party.renewed.v1" }

func (Enrolled) Personal()         {}
func (PersonEnrolled) Personal()   {}
func (EnrolmentRefused) Personal() {}
func (Renewed) Personal()          {}

// DecodeEvent reads a stored event of this package.
func DecodeEvent(kind string, body []byte) (bidding.Event, error) {
	switch kind {
	case Enrolled{}.EventType():
		return bidding.Decode[Enrolled](body)
	case PersonEnrolled{}.EventType():
		return bidding.Decode[PersonEnrolled](body)
	case Approved{}.EventType():
		return bidding.Decode[Approved](body)
	case EnrolmentRefused{}.EventType():
		return bidding.Decode[EnrolmentRefused](body)
	case RolesGranted{}.EventType():
		return bidding.Decode[RolesGranted](body)
	case OrganisationSuspended{}.EventType():
		return bidding.Decode[OrganisationSuspended](body)
	case OrganisationResumed{}.EventType():
		return bidding.Decode[OrganisationResumed](body)
	case Renewed{}.EventType():
		return bidding.Decode[Renewed](body)
	}
	return nil, bidding.UnknownEvent(kind)
}

package party

import (
	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// EnrolmentType is the record a person signs to enrol (注册登记). It is free and asks for no tender (电子招标投标办法 art. 22).
const EnrolmentType = "sunbid/enrolment/v1"

// Enrolment is signed with the very signing certificate it brings.
type Enrolment struct {
	Type         string         `json:"type"`
	Class        bidding.Class  `json:"class"`
	Organisation Named          `json:"organisation"`
	Person       string         `json:"person"` // name
	Roles        []bidding.Role `json:"roles"`
	Signing      []byte         `json:"signing"`    // DER
	Encryption   []byte         `json:"encryption"` // DER
	At           canon.Time     `json:"at"`
}

// Named is an organisation by name and code.
type Named struct {
	Name string `json:"name"`
	Code string `json:"code"`
}

// RenewalType is the record by which a person replaces its certificates.
const RenewalType = "sunbid/renewal/v1"

// Renewal is signed by the old signing certificate and by the new one.
type Renewal struct {
	Type       string           `json:"type"`
	Class      bidding.Class    `json:"class"`
	Person     bidding.PersonID `json:"person"`
	Signing    []byte           `json:"signing"`
	Encryption []byte           `json:"encryption"`
	At         canon.Time       `json:"at"`
}

type (
	SignedEnrolment = pki.Signed[Enrolment]
	SignedRenewal   = pki.Signed[Renewal]
)

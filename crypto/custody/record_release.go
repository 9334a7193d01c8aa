package custody

import (
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// MomentRelease opens a later moment of a lot (双信封: the price after the technical result). k officers sign it.
type MomentRelease struct {
	Type    string     `json:"type"`
	Class   string     `json:"class"`
	Tender  string     `json:"tender"`
	Lot     string     `json:"lot"`
	Binding canon.Hash `json:"binding"`
	Moment  string     `json:"moment"`
	After   canon.Hash `json:"after"` // hash of the record this release rests on
}

// Check tells whether the record is well formed. It looks at no signature.
func (r MomentRelease) Check() error {
	var s shapeOf
	s.head(r.Type, TypeRelease, r.Class)
	s.id(r.Tender, "td", "tender")
	s.id(r.Lot, "lt", "lot")
	s.hash(r.Binding, "binding")
	s.must(momentShape.MatchString(r.Moment) && r.Moment != MomentOpening, "moment")
	s.hash(r.After, "after")
	return s.err()
}

// VerifyMomentRelease checks the record, and that at least k officers of the lot signed it and nobody else did: with a stranger's or a
// false signature in it, it could be stored, and neither published nor shown to keyholders.
func VerifyMomentRelease(r pki.Signed[MomentRelease], officers OfficerKey, certs Certificates) error {
	if err := r.Body.Check(); err != nil {
		return err
	}
	if r.Body.Class != officers.Class {
		return ErrClass
	}
	if r.Body.Lot != officers.Lot || r.Body.Tender != officers.Tender {
		return ErrMoment.with("a release record of another lot")
	}
	signed := 0
	for _, o := range officers.Officers {
		if verifyOne(r, o.Certificate, certs) == nil {
			signed++
		}
	}
	if signed != len(r.Signatures) {
		return ErrMoment.with("a signature that is false, or no officer's")
	}
	if signed < officers.Threshold {
		return ErrMoment.with("%d of %d officers signed", signed, officers.Threshold)
	}
	return nil
}

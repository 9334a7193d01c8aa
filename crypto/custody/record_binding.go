package custody

import (
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// Authority may postpone the opening of a lot, and order the erasure of its key, by its signature.
type Authority struct {
	Role        string     `json:"role"`
	Certificate canon.Hash `json:"certificate"`
}

// Binding ties an opening key once to a lot and its opening time. All n keyholders sign it. Its hash stands in every label.
type Binding struct {
	Type        string      `json:"type"`
	Class       string      `json:"class"`
	Tender      string      `json:"tender"`
	Lot         string      `json:"lot"`
	Key         string      `json:"key"`
	KeyRecord   canon.Hash  `json:"key_record"`
	OfficerKey  canon.Hash  `json:"officer_key"`
	Mode        string      `json:"mode"`
	OpeningAt   canon.Time  `json:"opening_at"`
	Authorities []Authority `json:"authorities"`
}

// Check tells whether the record is well formed. It looks at no signature.
func (b Binding) Check() error {
	var s shapeOf
	s.head(b.Type, TypeBinding, b.Class)
	s.id(b.Tender, "td", "tender")
	s.id(b.Lot, "lt", "lot")
	s.id(b.Key, "ky", "key")
	s.hash(b.KeyRecord, "key_record")
	s.hash(b.OfficerKey, "officer_key")
	s.must(b.Mode == ModeKeyholders || b.Mode == ModeBidderKey, "mode")
	s.time(b.OpeningAt, "opening_at")
	s.must(len(b.Authorities) > 0 && len(b.Authorities) <= MaxHolders, "authorities")
	for _, a := range b.Authorities {
		s.text(a.Role, "authorities: role")
		s.hash(a.Certificate, "authorities: certificate")
	}
	return s.err()
}

// Authority tells whether a certificate is an authority's.
func (b Binding) Authority(f canon.Hash) bool {
	for _, a := range b.Authorities {
		if a.Certificate == f {
			return true
		}
	}
	return false
}

// VerifyBinding checks the binding, that it names this key record, and that all n keyholders signed it.
func VerifyBinding(b pki.Signed[Binding], key pki.Signed[KeyRecord], certs Certificates) error {
	if err := b.Body.Check(); err != nil {
		return err
	}
	h, err := key.Hash()
	if err != nil {
		return err
	}
	if b.Body.KeyRecord != h || b.Body.Key != key.Body.Key {
		return ErrKeyRecord.with("the binding names another key record")
	}
	if b.Body.Class != key.Body.Class {
		return ErrClass
	}
	return verifyAll(b, key.Body.Fingerprints(), certs)
}

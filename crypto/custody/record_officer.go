package custody

import (
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tdh2"
)

// OfficerRef names an opening officer (解锁人) and carries the officer's share, closed to the officer's device.
type OfficerRef struct {
	Index       int        `json:"index"`
	Name        string     `json:"name"`
	Role        string     `json:"role"`
	Certificate canon.Hash `json:"certificate"`
	Encryption  canon.Hash `json:"encryption"`
	Share       canon.Hex  `json:"share"` // SM2 (DER, GM/T 0009) of the 32-byte share to the encryption certificate
}

// OfficerKey is the public side of lock C of one lot. The dealer (tenderer, 招标人) signs it.
type OfficerKey struct {
	Type         string       `json:"type"`
	Class        string       `json:"class"`
	Tender       string       `json:"tender"`
	Lot          string       `json:"lot"`
	Threshold    int          `json:"threshold"`
	Officers     []OfficerRef `json:"officers"`
	Commitments  []tdh2.Point `json:"commitments"`
	PublicKey    tdh2.Point   `json:"public_key"`
	Verification []tdh2.Point `json:"verification"`
	DealtAt      canon.Time   `json:"dealt_at"`
}

// Check tells whether the record is well formed and its numbers follow from its commitments. It looks at no signature.
func (r OfficerKey) Check() error {
	_, err := r.Points()
	return err
}

// Points is Check, and gives the decoded key.
func (r OfficerKey) Points() (Key, error) {
	var s shapeOf
	s.head(r.Type, TypeOfficerKey, r.Class)
	s.id(r.Tender, "td", "tender")
	s.id(r.Lot, "lt", "lot")
	s.time(r.DealtAt, "dealt_at")
	s.people(r.Officers, "officers")
	if err := s.err(); err != nil {
		return Key{}, err
	}
	return sharing{r.Threshold, len(r.Officers), r.Commitments, r.PublicKey, r.Verification}.key()
}

func (s *shapeOf) people(list []OfficerRef, field string) {
	seen := map[canon.Hash]bool{}
	for i, o := range list {
		s.must(o.Index == i+1, field+": index")
		s.text(o.Name, field+": name")
		s.text(o.Role, field+": role")
		s.hash(o.Certificate, field+": certificate")
		s.hash(o.Encryption, field+": encryption")
		s.must(len(o.Share) > 0 && len(o.Share) <= 256, field+": share")
		s.must(!seen[o.Certificate], field+": one certificate twice")
		seen[o.Certificate] = true
	}
}

// Fingerprints are the officers' signing certificates in order of index.
func (r OfficerKey) Fingerprints() []canon.Hash {
	list := make([]canon.Hash, len(r.Officers))
	for i, o := range r.Officers {
		list[i] = o.Certificate
	}
	return list
}

// VerifyOfficerKey checks the record and that the dealer, and nobody else, signed it.
func VerifyOfficerKey(r pki.Signed[OfficerKey], dealer *pki.Certificate) (Key, error) {
	key, err := r.Body.Points()
	if err != nil {
		return Key{}, err
	}
	return key, verifyAll(r, []canon.Hash{dealer.Fingerprint()}, CertificatesOf(dealer))
}

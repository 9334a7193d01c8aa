package custody

import (
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tdh2"
)

// KeyholderRef names a keyholder in a record.
type KeyholderRef struct {
	Index       int        `json:"index"`
	Name        string     `json:"name"`
	Certificate canon.Hash `json:"certificate"` // fingerprint of the signing certificate
}

// KeyRecord is the public side of a lot's opening key (开标密钥). All n keyholders sign it.
type KeyRecord struct {
	Type         string         `json:"type"`
	Class        string         `json:"class"`
	Key          string         `json:"key"`
	Threshold    int            `json:"threshold"`
	Keyholders   []KeyholderRef `json:"keyholders"`
	Commitments  []tdh2.Point   `json:"commitments"`
	PublicKey    tdh2.Point     `json:"public_key"`
	Verification []tdh2.Point   `json:"verification"`
	Ceremony     string         `json:"ceremony"`
	MadeAt       canon.Time     `json:"made_at"`
}

// Check tells whether the record is well formed and its numbers follow from its commitments. It looks at no signature.
func (r KeyRecord) Check() error {
	_, err := r.Points()
	return err
}

// Points is Check, and gives the decoded key.
func (r KeyRecord) Points() (Key, error) {
	var s shapeOf
	s.head(r.Type, TypeKeyRecord, r.Class)
	s.id(r.Key, "ky", "key")
	s.text(r.Ceremony, "ceremony")
	s.time(r.MadeAt, "made_at")
	seen := map[canon.Hash]bool{}
	for i, h := range r.Keyholders {
		s.must(h.Index == i+1, "keyholders: index")
		s.text(h.Name, "keyholders: name")
		s.hash(h.Certificate, "keyholders: certificate")
		s.must(!seen[h.Certificate], "keyholders: one certificate twice")
		seen[h.Certificate] = true
	}
	if err := s.err(); err != nil {
		return Key{}, err
	}
	return sharing{r.Threshold, len(r.Keyholders), r.Commitments, r.PublicKey, r.Verification}.key()
}

// Fingerprints are the keyholders' signing certificates in order of index.
func (r KeyRecord) Fingerprints() []canon.Hash {
	list := make([]canon.Hash, len(r.Keyholders))
	for i, h := range r.Keyholders {
		list[i] = h.Certificate
	}
	return list
}

// VerifyKeyRecord checks the record and that exactly its n keyholders signed it: a record that misses one signature is
// refused, because a ceremony that one holder did not confirm is void.
func VerifyKeyRecord(r pki.Signed[KeyRecord], certs Certificates) (Key, error) {
	key, err := r.Body.Points()
	if err != nil {
		return Key{}, err
	}
	return key, verifyAll(r, r.Body.Fingerprints(), certs)
}

// Certificates finds a certificate by its fingerprint; nil when it is not there.
type Certificates func(fingerprint canon.Hash) *pki.Certificate

// CertificatesOf makes a Certificates of a few certificates.
func CertificatesOf(list ...*pki.Certificate) Certificates {
	byPrint := make(map[canon.Hash]*pki.Certificate, len(list))
	for _, c := range list {
		byPrint[c.Fingerprint()] = c
	}
	return func(f canon.Hash) *pki.Certificate { return byPrint[f] }
}

// verifyAll: exactly these signers, all good.
func verifyAll[T any](r pki.Signed[T], signers []canon.Hash, certs Certificates) error {
	if len(r.Signatures) != len(signers) {
		return ErrSignatures.with("%d signatures, %d holders", len(r.Signatures), len(signers))
	}
	for i, f := range signers {
		if err := verifyOne(r, f, certs); err != nil {
			return ErrSignatures.with("%v", err).by(i + 1)
		}
	}
	return nil
}

// verifyOne: one of the signatures is by f, and good.
func verifyOne[T any](r pki.Signed[T], f canon.Hash, certs Certificates) error {
	c := certs(f)
	if c == nil {
		return ErrSignatures.with("certificate %v is not at hand", f)
	}
	if err := r.Verify(c); err != nil {
		return ErrSignatures.with("%v", err)
	}
	return nil
}

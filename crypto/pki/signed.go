package pki

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"sunbid/crypto/canon"
	"sunbid/crypto/sm"
)

// Signature is one signature of a record.
type Signature struct {
	Signer canon.Hash `json:"signer"` // fingerprint of the signer's certificate
	Sig    canon.Hex  `json:"sig"`    // r || s over the record's canonical bytes
}

// Signed is a record with its signatures, in order of signer (SPEC.md section 2). A record type that has the method
// RecordType() string is held to that type when signed, parsed and verified.
type Signed[T any] struct {
	Body       T           `json:"body"`
	Signatures []Signature `json:"signatures"`
}

// Signer holds a signing key, here or in a device or another process. Sign returns r || s with the default identity,
// by the key of Certificate, or an error and no signature.
type Signer interface {
	Certificate() *Certificate
	Sign(msg []byte) ([]byte, error)
}

type keySigner struct {
	key         *sm.PrivateKey
	certificate *Certificate
}

// NewSigner signs with a key held in memory. A certificate of another key is ErrKeyMismatch, of another usage ErrUsage.
func NewSigner(key *sm.PrivateKey, c *Certificate) (Signer, error) {
	if key.Public() != c.public {
		return nil, ErrKeyMismatch
	}
	if c.usage != Signing {
		return nil, because(ErrUsage, c.usage.String())
	}
	return keySigner{key, c}, nil
}

func (s keySigner) Certificate() *Certificate       { return s.certificate }
func (s keySigner) Sign(msg []byte) ([]byte, error) { return s.key.Sign(msg) }

// Sign makes a signed record.
func Sign[T any](body T, signers ...Signer) (Signed[T], error) {
	s := Signed[T]{Body: body}
	for _, signer := range signers {
		if err := s.Add(signer); err != nil {
			return Signed[T]{}, err
		}
	}
	return s, nil
}

// Add signs also with signer. A signer that signed before is ErrRecord.
func (s *Signed[T]) Add(signer Signer) error {
	msg, err := s.message()
	if err != nil {
		return err
	}
	c := signer.Certificate()
	if c.usage != Signing {
		return because(ErrUsage, c.usage.String())
	}
	sig, err := signer.Sign(msg)
	if err != nil {
		return err
	}
	if !c.Verify(msg, sig) { // a device that answered wrongly must not spoil the record
		return ErrSignature
	}
	return s.AddSignature(Signature{c.fingerprint, sig})
}

// AddSignature puts in a signature made elsewhere, at its place. It is not verified here. A signer that signed before is ErrRecord.
func (s *Signed[T]) AddSignature(sig Signature) error {
	i, found := s.find(sig.Signer)
	if found {
		return because(ErrRecord, "signed twice by "+sig.Signer.String())
	}
	s.Signatures = slices.Insert(slices.Clip(s.Signatures), i, sig)
	return nil
}

// Hash is the hash of the body: it does not change when signatures join.
func (s Signed[T]) Hash() (canon.Hash, error) { return canon.HashOf(s.Body) }

// Signers lists the fingerprints of the certificates that claim to have signed.
func (s Signed[T]) Signers() []canon.Hash {
	list := make([]canon.Hash, len(s.Signatures))
	for i, sig := range s.Signatures {
		list[i] = sig.Signer
	}
	return list
}

// Verify returns nil iff one of the signatures is c's and good. Without one it is ErrNotSigned, with a wrong one
// ErrSignature; a certificate that is not for signing is ErrUsage. Trust in c is judged elsewhere.
func (s Signed[T]) Verify(c *Certificate) error {
	msg, err := s.message()
	if err != nil {
		return err
	}
	return s.verify(msg, c)
}

// VerifyAll returns nil iff exactly these certificates signed and every signature is good.
func (s Signed[T]) VerifyAll(certificates ...*Certificate) error {
	msg, err := s.message()
	if err != nil {
		return err
	}
	for i, c := range certificates {
		if slices.ContainsFunc(certificates[:i], func(x *Certificate) bool { return x.fingerprint == c.fingerprint }) {
			return because(ErrNotSigned, "one certificate asked for twice")
		}
		if err := s.verify(msg, c); err != nil {
			return err
		}
	}
	if len(s.Signatures) != len(certificates) {
		return because(ErrNotSigned, "signed by others too")
	}
	return nil
}

// Marshal is the record as it travels.
func (s Signed[T]) Marshal() ([]byte, error) { return canon.Marshal(s) }

// ParseSigned reads a signed record, canonical and strict, with at least one signature. Signatures are not verified.
// The caller bounds the size.
func ParseSigned[T any](data []byte) (Signed[T], error) {
	var s Signed[T]
	if err := canon.Unmarshal(data, &s); err != nil {
		return Signed[T]{}, err
	}
	if len(s.Signatures) == 0 {
		return Signed[T]{}, ErrNotSigned
	}
	for i, sig := range s.Signatures {
		if len(sig.Sig) != sm.SignatureSize {
			return Signed[T]{}, because(ErrRecord, "signature is not 64 bytes")
		}
		if i > 0 && bytes.Compare(s.Signatures[i-1].Signer[:], sig.Signer[:]) >= 0 {
			return Signed[T]{}, because(ErrRecord, "signatures out of order")
		}
	}
	if _, err := s.message(); err != nil {
		return Signed[T]{}, err
	}
	return s, nil
}

func (s *Signed[T]) find(signer canon.Hash) (int, bool) {
	return slices.BinarySearchFunc(s.Signatures, signer, func(x Signature, y canon.Hash) int { return bytes.Compare(x.Signer[:], y[:]) })
}

func (s *Signed[T]) verify(msg []byte, c *Certificate) error {
	if c.usage != Signing {
		return because(ErrUsage, c.usage.String())
	}
	i := slices.IndexFunc(s.Signatures, func(x Signature) bool { return x.Signer == c.fingerprint })
	if i < 0 {
		return ErrNotSigned
	}
	if !c.Verify(msg, s.Signatures[i].Sig) {
		return ErrSignature
	}
	return nil
}

// message is what is signed: the canonical body, once its type is known to be a record's.
func (s *Signed[T]) message() ([]byte, error) {
	msg, err := canon.Marshal(s.Body)
	if err != nil {
		return nil, err
	}
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(msg, &head); err != nil || !strings.HasPrefix(head.Type, "sunbid/") {
		return nil, because(ErrRecord, "no type")
	}
	if want, ok := any(s.Body).(interface{ RecordType() string }); ok && want.RecordType() != head.Type {
		return nil, because(ErrRecord, "type "+head.Type)
	}
	return msg, nil
}

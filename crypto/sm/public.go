package sm

import (
	"crypto/ecdsa"
	"io"

	"github.com/emmansun/gmsm/sm2"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

const (
	// PointSize is the length of an encoded point: 04 || x || y.
	PointSize = 65
	// SignatureSize is the length of a signature: r || s.
	SignatureSize = 64
	// MinPlaintext is the shortest plaintext Encrypt takes. SM2 masks a very short plaintext with a key stream that
	// is zero with noticeable probability, so that a conforming receiver refuses it.
	MinPlaintext = 32
)

// PublicKey is an SM2 public key: a checked point of the curve. Keys are equal iff == says so. The zero PublicKey is
// no key: it verifies nothing and encrypts nothing.
type PublicKey struct{ point [PointSize]byte }

// ParsePublicKey decodes 04 || x || y. Another length or prefix, a coordinate ≥ p and a point off the curve are ErrPoint.
func ParsePublicKey(point []byte) (PublicKey, error) {
	if len(point) != PointSize || point[0] != 4 {
		return PublicKey{}, ErrPoint
	}
	if _, err := sm2.NewPublicKey(point); err != nil {
		return PublicKey{}, ErrPoint
	}
	return PublicKey{point: [PointSize]byte(point)}, nil
}

// Bytes is 04 || x || y.
func (p PublicKey) Bytes() []byte { return append([]byte(nil), p.point[:]...) }

// Verify reports whether sig (64 bytes r || s) is p's SM2 signature over msg with the default identity.
// For many signatures of one key use Verifier.
func (p PublicKey) Verify(msg, sig []byte) bool {
	v, err := p.Verifier()
	return err == nil && v.Verify(msg, sig)
}

// Verifier prepares p for many verifications.
func (p PublicKey) Verifier() (*Verifier, error) {
	key, err := sm2.NewPublicKey(p.point[:])
	if err != nil {
		return nil, ErrPoint
	}
	za, err := sm2.CalculateZA(key, nil)
	if err != nil {
		return nil, ErrPoint
	}
	return &Verifier{key: key, za: za}, nil
}

// Verifier is a public key made ready. It may be used by several goroutines at once.
type Verifier struct {
	key *ecdsa.PublicKey
	za  []byte
}

// Verify is PublicKey.Verify.
func (v *Verifier) Verify(msg, sig []byte) bool {
	der, err := SignatureToDER(sig)
	if err != nil {
		return false
	}
	e := Sum(v.za, msg)
	return sm2.VerifyASN1(v.key, e[:], der)
}

// Encrypt encrypts msg, at least 32 bytes, and returns C1 || C3 || C2: 97 bytes more than msg.
func (p PublicKey) Encrypt(r io.Reader, msg []byte) ([]byte, error) {
	return p.encrypt(r, msg, sm2.NewPlainEncrypterOpts(sm2.MarshalUncompressed, sm2.C1C3C2))
}

// EncryptDER is Encrypt with the ciphertext as the DER sequence of GM/T 0009 (x, y, C3, C2), which devices read.
func (p PublicKey) EncryptDER(r io.Reader, msg []byte) ([]byte, error) {
	return p.encrypt(r, msg, sm2.ASN1EncrypterOpts)
}

func (p PublicKey) encrypt(r io.Reader, msg []byte, opts *sm2.EncrypterOpts) ([]byte, error) {
	if len(msg) < MinPlaintext {
		return nil, ErrShort
	}
	key, err := sm2.NewPublicKey(p.point[:])
	if err != nil {
		return nil, ErrPoint
	}
	return sm2.Encrypt(r, key, msg, opts)
}

// SignatureToDER turns r || s into the DER sequence of GM/T 0009, as X.509 carries it. A length other than 64 or a
// zero half is an error.
func SignatureToDER(sig []byte) ([]byte, error) {
	if len(sig) != SignatureSize {
		return nil, ErrSignature
	}
	var b cryptobyte.Builder
	whole := true
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		whole = addInteger(b, sig[:32]) && addInteger(b, sig[32:])
	})
	if !whole {
		return nil, ErrSignature
	}
	return b.Bytes()
}

// SignatureFromDER is the inverse of SignatureToDER; it takes DER only, so that one signature has one encoding.
func SignatureFromDER(der []byte) ([]byte, error) {
	var inner cryptobyte.String
	var r, s []byte
	in := cryptobyte.String(der)
	if !in.ReadASN1(&inner, asn1.SEQUENCE) || !in.Empty() || !inner.ReadASN1Integer(&r) || !inner.ReadASN1Integer(&s) ||
		!inner.Empty() || len(r) > 32 || len(s) > 32 {
		return nil, ErrSignature
	}
	sig := make([]byte, SignatureSize)
	copy(sig[32-len(r):], r)
	copy(sig[64-len(s):], s)
	return sig, nil
}

func addInteger(b *cryptobyte.Builder, v []byte) bool {
	for len(v) > 0 && v[0] == 0 {
		v = v[1:]
	}
	if len(v) == 0 {
		return false
	}
	b.AddASN1(asn1.INTEGER, func(b *cryptobyte.Builder) {
		if v[0]&0x80 != 0 {
			b.AddUint8(0)
		}
		b.AddBytes(v)
	})
	return true
}

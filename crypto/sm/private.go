package sm

import (
	"crypto/rand"
	"fmt"
	"io"

	"github.com/emmansun/gmsm/sm2"
)

// PrivateKey is an SM2 private key. It may be used by several goroutines at once. It never prints itself.
type PrivateKey struct {
	key    *sm2.PrivateKey
	public PublicKey
	za     []byte
}

const redacted = "sm.PrivateKey(redacted)"

// GenerateKey draws a key from r.
func GenerateKey(r io.Reader) (*PrivateKey, error) {
	key, err := sm2.GenerateKey(r)
	if err != nil {
		return nil, err
	}
	return newPrivateKey(key)
}

// NewPrivateKey takes a scalar of 32 bytes in [1, n−2]; anything else is ErrKey.
func NewPrivateKey(scalar []byte) (*PrivateKey, error) {
	if len(scalar) != 32 {
		return nil, ErrKey
	}
	key, err := sm2.NewPrivateKey(scalar)
	if err != nil {
		return nil, ErrKey
	}
	return newPrivateKey(key)
}

func newPrivateKey(key *sm2.PrivateKey) (*PrivateKey, error) {
	k := &PrivateKey{key: key}
	k.public.point[0] = 4
	key.X.FillBytes(k.public.point[1:33])
	key.Y.FillBytes(k.public.point[33:])
	za, err := sm2.CalculateZA(&key.PublicKey, nil)
	if err != nil {
		return nil, ErrKey
	}
	k.za = za
	return k, nil
}

// Public is the public half.
func (k *PrivateKey) Public() PublicKey { return k.public }

// Sign returns the SM2 signature over msg with the default identity, 64 bytes r || s. The nonce is derived from the
// key, the message and fresh randomness together, so that a weak source of randomness alone does not give the key away.
func (k *PrivateKey) Sign(msg []byte) ([]byte, error) {
	e := Sum(k.za, msg)
	der, err := sm2.SignASN1(rand.Reader, k.key, e[:], nil)
	if err != nil {
		return nil, err
	}
	return SignatureFromDER(der)
}

// Decrypt opens C1 || C3 || C2. Every failure is ErrDecrypt and returns no plaintext.
func (k *PrivateKey) Decrypt(raw []byte) ([]byte, error) {
	if len(raw) <= PointSize+Size || raw[0] != 4 {
		return nil, ErrDecrypt
	}
	return k.open(raw)
}

// DecryptDER opens the DER sequence of GM/T 0009. Every failure is ErrDecrypt and returns no plaintext.
func (k *PrivateKey) DecryptDER(der []byte) ([]byte, error) {
	raw, ok := ciphertextFromDER(der)
	if !ok {
		return nil, ErrDecrypt
	}
	return k.open(raw)
}

func (k *PrivateKey) open(raw []byte) ([]byte, error) {
	if _, err := ParsePublicKey(raw[:PointSize]); err != nil { // before the key meets the point
		return nil, ErrDecrypt
	}
	msg, err := sm2.Decrypt(k.key, raw)
	if err != nil || len(msg) != len(raw)-PointSize-Size {
		return nil, ErrDecrypt
	}
	return msg, nil
}

// Format hides the key from every verb of fmt.
func (k PrivateKey) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// String hides the key.
func (k PrivateKey) String() string { return redacted }

// MarshalText hides the key from encoders of text.
func (k PrivateKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON hides the key from encoding/json.
func (k PrivateKey) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

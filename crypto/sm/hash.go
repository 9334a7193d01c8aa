package sm

import (
	"crypto/hkdf"
	"crypto/hmac"
	"hash"

	"github.com/emmansun/gmsm/sm3"
)

// Size is the length of an SM3 digest in bytes.
const Size = sm3.Size

// BlockSize is the block length of SM3 in bytes.
const BlockSize = sm3.BlockSize

// Digest is an SM3 digest (GB/T 32905).
type Digest = [Size]byte

// Sum is SM3 of the concatenation of parts.
func Sum(parts ...[]byte) Digest {
	if len(parts) == 1 {
		return sm3.Sum(parts[0])
	}
	h := sm3.New()
	for _, p := range parts {
		h.Write(p)
	}
	var d Digest
	h.Sum(d[:0])
	return d
}

// NewHash returns a running SM3. Sum appends to its argument and leaves the state alone, as hash.Hash asks.
func NewHash() hash.Hash { return sm3.New() }

// HMAC is HMAC-SM3 (RFC 2104) of the concatenation of parts.
func HMAC(key []byte, parts ...[]byte) Digest {
	m := hmac.New(sm3.New, key)
	for _, p := range parts {
		m.Write(p)
	}
	var d Digest
	m.Sum(d[:0])
	return d
}

// HKDF is HKDF-SM3 (RFC 5869), extract and expand, giving n bytes, 1 ≤ n ≤ 255·32. Other n are a mistake of the
// caller and panic.
func HKDF(salt, ikm []byte, info string, n int) []byte {
	if n < 1 {
		panic("sm: HKDF of no bytes")
	}
	key, err := hkdf.Key(sm3.New, ikm, salt, info, n)
	if err != nil {
		panic("sm: HKDF: " + err.Error())
	}
	return key
}

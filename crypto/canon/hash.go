package canon

import (
	"encoding/hex"

	"sunbid/crypto/sm"
)

// Hash is an SM3 digest; in JSON, 64 lower-case hexadecimal digits.
type Hash [sm.Size]byte

// Sum is SM3 of the concatenation of parts.
func Sum(parts ...[]byte) Hash { return Hash(sm.Sum(parts...)) }

// ParseHash reads 64 lower-case hexadecimal digits; anything else is ErrValue.
func ParseHash(s string) (Hash, error) {
	var h Hash
	err := h.UnmarshalText([]byte(s))
	return h, err
}

// String is 64 lower-case hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero tells whether h was never set.
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalText writes String.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText is ParseHash.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != 2*sm.Size {
		return at(ErrValue, "not 64 hexadecimal digits")
	}
	b, err := decodeHex(text)
	if err != nil {
		return err
	}
	*h = Hash(b)
	return nil
}

// Hex is bytes; in JSON, lower-case hexadecimal.
type Hex []byte

// String is lower-case hexadecimal.
func (x Hex) String() string { return hex.EncodeToString(x) }

// MarshalText writes String.
func (x Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, x), nil }

// UnmarshalText reads an even number of lower-case hexadecimal digits; anything else is ErrValue.
func (x *Hex) UnmarshalText(text []byte) error {
	b, err := decodeHex(text)
	if err != nil {
		return err
	}
	*x = b
	return nil
}

func decodeHex(text []byte) ([]byte, error) {
	for _, c := range text {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
			return nil, at(ErrValue, "not lower-case hexadecimal")
		}
	}
	b, err := hex.AppendDecode([]byte{}, text)
	if err != nil {
		return nil, at(ErrValue, "odd number of hexadecimal digits")
	}
	return b, nil
}

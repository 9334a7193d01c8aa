package sm

import (
	"crypto/cipher"

	"github.com/emmansun/gmsm/sm4"
)

// KeySize is the length of an SM4 key in bytes.
const KeySize = 16

// NewGCM returns SM4-GCM (RFC 8998) with a 12-byte nonce and a 16-byte tag. The result may be used by several
// goroutines at once. A key that is not 16 bytes is ErrKey.
func NewGCM(key []byte) (cipher.AEAD, error) {
	if len(key) != KeySize {
		return nil, ErrKey
	}
	block, err := sm4.NewCipher(key)
	if err != nil {
		return nil, ErrKey
	}
	return cipher.NewGCM(block)
}

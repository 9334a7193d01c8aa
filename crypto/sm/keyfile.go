package sm

import (
	"encoding/pem"

	"github.com/emmansun/gmsm/pkcs"
	"github.com/emmansun/gmsm/pkcs8"
	"github.com/emmansun/gmsm/sm2"
)

const (
	// passwordRounds is PBKDF2's iteration count with HMAC-SHA256 (OWASP's floor for it, 2023).
	passwordRounds = 600_000
	pemType        = "ENCRYPTED PRIVATE KEY"
	maxKeyFile     = 16 << 10
)

// MarshalPKCS8 is the key in the clear as PKCS #8 DER. Callers keep it 0600 or inside something encrypted.
func (k *PrivateKey) MarshalPKCS8() ([]byte, error) {
	return pkcs8.MarshalPrivateKey(k.key, nil, nil)
}

// ParsePKCS8 reads an unencrypted PKCS #8 SM2 key; anything else is ErrKey.
func ParsePKCS8(der []byte) (*PrivateKey, error) {
	if len(der) > maxKeyFile {
		return nil, ErrKey
	}
	return parseKey(der, nil)
}

// MarshalEncryptedPEM is the key as encrypted PKCS #8 in PEM: PBES2 with PBKDF2-HMAC-SHA256 (600 000 rounds, 16 bytes
// of salt) and AES-256-CBC, which `openssl pkcs8` reads. An empty password is refused with ErrPassword.
func (k *PrivateKey) MarshalEncryptedPEM(password []byte) ([]byte, error) {
	if len(password) == 0 {
		return nil, ErrPassword
	}
	box := pkcs.NewPBESEncrypter(pkcs.AES256CBC, pkcs.NewPBKDF2Opts(pkcs.SHA256, 16, passwordRounds))
	der, err := pkcs8.MarshalPrivateKey(k.key, password, box)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}), nil
}

// ParseEncryptedPEM reads what MarshalEncryptedPEM or `openssl pkcs8 -topk8` wrote. A wrong password is ErrPassword
// (a damaged file is not told apart from it); text that is no encrypted key at all is ErrKey.
func ParseEncryptedPEM(text, password []byte) (*PrivateKey, error) {
	if len(text) > maxKeyFile {
		return nil, ErrKey
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemType {
		return nil, ErrKey
	}
	if len(password) == 0 {
		return nil, ErrPassword
	}
	key, err := parseKey(block.Bytes, password)
	if err != nil {
		return nil, ErrPassword
	}
	return key, nil
}

func parseKey(der, password []byte) (*PrivateKey, error) {
	parsed, _, err := pkcs8.ParsePrivateKey(der, password)
	if err != nil {
		return nil, ErrKey
	}
	key, ok := parsed.(*sm2.PrivateKey)
	if !ok {
		return nil, ErrKey
	}
	scalar := make([]byte, 32)
	if key.D.BitLen() > 256 || key.D.Sign() < 0 {
		return nil, ErrKey
	}
	return NewPrivateKey(key.D.FillBytes(scalar)) // the public half is computed, not believed
}

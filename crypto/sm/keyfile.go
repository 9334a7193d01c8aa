package sm

import (
	"crypto/x509/pkix"
	"encoding/asn1"
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
	// mostRounds is what a key file may ask of whoever reads it: some seconds.
	mostRounds = 10_000_000
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
// (a damaged file is not told apart from it); text that is no encrypted key at all, or asks for another way to derive the
// key than PBKDF2 or for more than ten million rounds, is ErrKey.
func ParseEncryptedPEM(text, password []byte) (*PrivateKey, error) {
	if len(text) > maxKeyFile {
		return nil, ErrKey
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemType {
		return nil, ErrKey
	}
	if !affordable(block.Bytes) {
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

// affordable tells whether der is an encrypted key whose own parameters do not use up who opens it: scrypt's may ask for any
// amount of memory, and rounds for any amount of time.
func affordable(der []byte) bool {
	var box struct {
		Scheme struct {
			Algorithm  asn1.ObjectIdentifier
			Parameters struct{ Derivation, Cipher pkix.AlgorithmIdentifier }
		}
		Data []byte
	}
	var derivation struct {
		Salt      []byte
		Rounds    int
		KeyLength int                      `asn1:"optional"`
		Function  pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	if rest, err := asn1.Unmarshal(der, &box); err != nil || len(rest) > 0 {
		return false
	}
	pbes2, pbkdf2 := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	d := box.Scheme.Parameters.Derivation
	if !box.Scheme.Algorithm.Equal(pbes2) || !d.Algorithm.Equal(pbkdf2) {
		return false
	}
	rest, err := asn1.Unmarshal(d.Parameters.FullBytes, &derivation)
	return err == nil && len(rest) == 0 && derivation.Rounds >= 1 && derivation.Rounds <= mostRounds && derivation.KeyLength <= 64
}

func parseKey(der, password []byte) (_ *PrivateKey, err error) {
	defer func() {
		if recover() != nil { // the parser is not ours, and a file may come from anywhere
			err = ErrKey
		}
	}()
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

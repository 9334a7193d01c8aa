package pki

import (
	"math/big"

	"sunbid/crypto/canon"
	"sunbid/crypto/sm"
)

// caState is a CA at rest.
type caState struct {
	Type        string         `json:"type"`
	Class       string         `json:"class"`
	Certificate []byte         `json:"certificate"`
	Key         string         `json:"key"` // encrypted PKCS #8, PEM
	Revoked     []revokedState `json:"revoked"`
}

type revokedState struct {
	Serial canon.Hex  `json:"serial"`
	At     canon.Time `json:"at"`
}

const caStateType = "sunbid/ca/v1"

// Marshal is the CA at rest: canonical JSON, the key encrypted under password (sm.PrivateKey.MarshalEncryptedPEM).
func (ca *CA) Marshal(password []byte) ([]byte, error) {
	key, err := ca.key.MarshalEncryptedPEM(password)
	if err != nil {
		return nil, err
	}
	s := caState{Type: caStateType, Class: ca.class, Certificate: ca.certificate.der, Key: string(key)}
	ca.mu.Lock()
	for _, r := range ca.revoked {
		s.Revoked = append(s.Revoked, revokedState{r.serial.Bytes(), canon.At(r.at)})
	}
	ca.mu.Unlock()
	return canon.Marshal(s)
}

// ParseCA reads what Marshal wrote. A wrong password is sm.ErrPassword.
func ParseCA(data, password []byte) (*CA, error) {
	var s caState
	if err := canon.Unmarshal(data, &s); err != nil {
		return nil, err
	}
	if s.Type != caStateType || s.Class != Production && s.Class != Rehearsal {
		return nil, because(ErrMalformed, "not a CA")
	}
	c, err := ParseCertificate(s.Certificate)
	if err != nil {
		return nil, err
	}
	if c.usage != Issuing {
		return nil, ErrUsage
	}
	key, err := sm.ParseEncryptedPEM([]byte(s.Key), password)
	if err != nil {
		return nil, err
	}
	if key.Public() != c.public {
		return nil, ErrKeyMismatch
	}
	ca := &CA{key: key, certificate: c, class: s.Class}
	for _, r := range s.Revoked {
		ca.revoked = append(ca.revoked, revocation{new(big.Int).SetBytes(r.Serial), r.At.Time})
	}
	return ca, nil
}

package custody

import (
	"bytes"
	"fmt"
	"io"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
)

// TypeDrillAnswer is the type of an officer's answer to a readiness drill (演练检查).
const TypeDrillAnswer = "sunbid/drill-answer/v1"

// DrillAnswer shows that an officer's device opened a challenge sealed to its encryption certificate. Nonce is the SM3 of
// what was opened: the answer never gives back a plaintext, so that a drill is no way to have a share decrypted.
type DrillAnswer struct {
	Type       string     `json:"type"`
	Class      string     `json:"class"`
	Lot        string     `json:"lot"`
	Nonce      canon.Hash `json:"nonce"`
	AnsweredAt canon.Time `json:"answered_at"`
}

// RecordType holds the signed record to its type.
func (DrillAnswer) RecordType() string { return TypeDrillAnswer }

// Check tells whether the record is well formed. It looks at no signature.
func (a DrillAnswer) Check() error {
	var s shapeOf
	s.head(a.Type, TypeDrillAnswer, a.Class)
	s.id(a.Lot, "lt", "lot")
	s.hash(a.Nonce, "nonce")
	s.time(a.AnsweredAt, "answered_at")
	return s.err()
}

// drillPlain is what a challenge holds before its 32 random octets: no share and no content key has this shape.
func drillPlain(class, lot string) []byte {
	return fmt.Appendf(nil, "sunbid/drill/v1\x00%s\x00%s\x00", class, lot)
}

const drillNonce = 32

// DrillChallenge seals a fresh nonce to an officer's encryption key (SM2, DER of GM/T 0009) and gives the hash to expect.
func DrillChallenge(random io.Reader, class, lot string, to sm.PublicKey) (sealed []byte, nonce canon.Hash, err error) {
	plain := append(drillPlain(class, lot), make([]byte, drillNonce)...)
	if _, err := io.ReadFull(random, plain[len(plain)-drillNonce:]); err != nil {
		return nil, nonce, err
	}
	sealed, err = to.EncryptDER(random, plain)
	return sealed, canon.Sum(plain), err
}

// AnswerDrill opens a challenge on the officer's device and signs the answer. Anything but a challenge for this class and lot
// is ErrRequest, and nothing of it gets out.
func AnswerDrill(sealed []byte, class, lot string, at canon.Time, opener DEROpener, signer pki.Signer) (pki.Signed[DrillAnswer], error) {
	plain, err := opener.DecryptDER(sealed)
	if err != nil {
		return pki.Signed[DrillAnswer]{}, ErrRequest.with("the challenge does not open")
	}
	defer clear(plain)
	if head := drillPlain(class, lot); len(plain) != len(head)+drillNonce || !bytes.HasPrefix(plain, head) {
		return pki.Signed[DrillAnswer]{}, ErrRequest.with("no challenge for this lot")
	}
	return pki.Sign(DrillAnswer{Type: TypeDrillAnswer, Class: class, Lot: lot, Nonce: canon.Sum(plain), AnsweredAt: at}, signer)
}

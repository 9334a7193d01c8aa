package custody_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/custody/custodytest"
)

// An officer's device answers challenges for its class and lot, and is no way to have anything else decrypted.
func TestAnswerDrill(t *testing.T) {
	t.Parallel()
	ca := custodytest.NewCA(t, custody.Rehearsal)
	officer, lot, now := custodytest.NewParty(t, ca, "解锁人"), custodytest.ID("lt"), canon.At(time.Now())
	device := officer.Encryption.PublicKey()
	sealed, nonce, err := custody.DrillChallenge(rand.Reader, custody.Rehearsal, lot, device)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := custody.AnswerDrill(sealed, custody.Rehearsal, lot, now, officer.Opener, officer.Signer)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.VerifyAll(officer.Signer.Certificate()); err != nil || answer.Body.Check() != nil || answer.Body.Nonce != nonce {
		t.Errorf("answer %+v: %v", answer.Body, err)
	}
	share, err := device.EncryptDER(rand.Reader, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		sealed     []byte
		class, lot string
	}{
		"a share":              {share, custody.Rehearsal, lot},
		"another lot's":        {sealed, custody.Rehearsal, custodytest.ID("lt")},
		"another class's":      {sealed, custody.Production, lot},
		"what does not open":   {sealed[:len(sealed)-1], custody.Rehearsal, lot},
		"no ciphertext at all": {nil, custody.Rehearsal, lot},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := custody.AnswerDrill(c.sealed, c.class, c.lot, now, officer.Opener, officer.Signer); !errors.Is(err, custody.ErrRequest) {
				t.Errorf("%v, want %v", err, custody.ErrRequest)
			}
		})
	}
}

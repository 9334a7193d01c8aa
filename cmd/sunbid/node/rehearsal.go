package node

import (
	"context"
	"os"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/pki"
)

// rehearsalCA certifies whoever asks, in a rehearsal only (Config.check). In production certificates come from licensed
// authorities (电子签名法 art. 18) and this does not exist.
type rehearsalCA struct {
	ca    *pki.CA
	clock bidding.Clock
}

func newRehearsalCA(c Config, clock bidding.Clock) (*rehearsalCA, error) {
	password, err := Secret(c.RehearsalCAPassword)
	if err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(c.RehearsalCA)
	if err != nil {
		return nil, err
	}
	ca, err := pki.ParseCA(raw, password)
	if err != nil {
		return nil, err
	}
	if ca.Class() != pki.Rehearsal {
		return nil, bidding.ErrClass
	}
	return &rehearsalCA{ca, clock}, nil
}

// Issue implements api.Rehearsal.
func (r *rehearsalCA) Issue(_ context.Context, signing, encryption []byte) (signingCert, encryptionCert []byte, err error) {
	now := r.clock.Now()
	from, until := now.Add(-time.Hour), now.AddDate(1, 0, 0)
	s, err := r.ca.IssueCSR(signing, pki.Signing, from, until)
	if err != nil {
		return nil, nil, bidding.FromCode(err)
	}
	e, err := r.ca.IssueCSR(encryption, pki.Encryption, from, until)
	if err != nil {
		return nil, nil, bidding.FromCode(err)
	}
	return s.DER(), e.DER(), nil
}

package pki_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
)

func day(n int) time.Time { return time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

func code(err error) string {
	if err == nil {
		return ""
	}
	var coded interface{ Code() string }
	if !errors.As(err, &coded) {
		return "no code: " + err.Error()
	}
	return coded.Code()
}

func newKey(t testing.TB) *sm.PrivateKey {
	t.Helper()
	key, err := sm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newCA(t testing.TB, name string) *pki.CA {
	t.Helper()
	ca, err := pki.NewCA(rand.Reader, pki.Subject{Organisation: "演练认证中心", Name: name}, pki.Rehearsal, day(0))
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func delegate(t testing.TB, ca *pki.CA, name string) *pki.CA {
	t.Helper()
	sub, err := ca.Delegate(rand.Reader, pki.Subject{Organisation: "演练认证中心", Name: name}, day(0))
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

func bidder() pki.Subject {
	return pki.Subject{Organisation: "甲建设集团有限公司", Name: "甲建设集团有限公司", Code: "91110000100000000A"}
}

// issue certifies a new key from day 0 to day 365.
func issue(t testing.TB, ca *pki.CA, usage pki.Usage) (*sm.PrivateKey, *pki.Certificate) {
	t.Helper()
	key := newKey(t)
	c, err := ca.Issue(key.Public(), bidder(), usage, day(0), day(365))
	if err != nil {
		t.Fatal(err)
	}
	return key, c
}

func signer(t testing.TB, ca *pki.CA) pki.Signer {
	t.Helper()
	key, c := issue(t, ca, pki.Signing)
	s, err := pki.NewSigner(key, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func trusting(t testing.TB, cas ...*pki.CA) *pki.Trust {
	t.Helper()
	trust := &pki.Trust{Class: pki.Rehearsal}
	for _, ca := range cas {
		trust.Issuers = append(trust.Issuers, ca.Certificate())
	}
	return trust
}

func withCRL(t testing.TB, trust *pki.Trust, ca *pki.CA, at time.Time, intermediates ...*pki.Certificate) *pki.Trust {
	t.Helper()
	der, err := ca.CRL(at, at.AddDate(0, 0, 7))
	if err != nil {
		t.Fatal(err)
	}
	next, err := trust.WithCRL(der, intermediates...)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

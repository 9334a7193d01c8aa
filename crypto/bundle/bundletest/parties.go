// Package bundletest makes a whole opening in process, with real keys, keyholders and officers, for tests of what reads its records.
package bundletest

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"
	"testing"
	"time"

	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
)

// Party is somebody with both certificates.
type Party struct {
	Signer     pki.Signer
	Decryption *sm.PrivateKey
	Signing    *pki.Certificate
	Encryption *pki.Certificate
	Name, Code string
}

// Enrol makes a party under a CA, valid for a year from at.
func Enrol(t testing.TB, ca *pki.CA, name, code string, at time.Time) Party {
	t.Helper()
	subject := pki.Subject{Organisation: name, Name: name, Code: code}
	issue := func(usage pki.Usage) (*sm.PrivateKey, *pki.Certificate) {
		key, err := sm.GenerateKey(rand.Reader)
		must(t, err)
		c, err := ca.Issue(key.Public(), subject, usage, at.Add(-time.Hour), at.AddDate(1, 0, 0))
		must(t, err)
		return key, c
	}
	signing, sc := issue(pki.Signing)
	encryption, ec := issue(pki.Encryption)
	signer, err := pki.NewSigner(signing, sc)
	must(t, err)
	return Party{Signer: signer, Decryption: encryption, Signing: sc, Encryption: ec, Name: name, Code: code}
}

// NewID draws an identifier (crypto/SPEC.md section 1).
func NewID(prefix string) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // documented never to return an error
	return prefix + "_" + base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding).EncodeToString(b[:])
}

// CreditCode is the n-th unified social credit code (GB 32100), with its check character.
func CreditCode(n int) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	code := fmt.Sprintf("91440101MA%07d", n)
	sum, weight := 0, 1
	for i := range 17 {
		sum += strings.IndexByte(alphabet, code[i]) * weight
		weight = weight * 3 % 31
	}
	return code + string(alphabet[(31-sum%31)%31])
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

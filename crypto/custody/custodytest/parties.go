package custodytest

import (
	"crypto/rand"
	"encoding/base32"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
)

// ID draws an identifier with this prefix (SPEC.md section 1).
func ID(prefix string) string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return prefix + "_" + base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding).EncodeToString(b[:])
}

// Party is an organisation or person with both certificates.
type Party struct {
	Name       string
	Signer     pki.Signer
	SigningKey *sm.PrivateKey // Signer's
	Encryption *pki.Certificate
	Opener     *sm.PrivateKey
}

// Print is the fingerprint of the signing certificate.
func (p Party) Print() canon.Hash { return p.Signer.Certificate().Fingerprint() }

// Member is the party as a keyholder of a group.
func (p Party) Member() custody.Member {
	return custody.Member{Name: p.Name, Signing: p.Signer.Certificate(), Encryption: p.Encryption}
}

// Officer is the party as an opening officer.
func (p Party) Officer(role string) custody.Officer {
	return custody.Officer{Name: p.Name, Role: role, Signing: p.Signer.Certificate(), Encryption: p.Encryption}
}

// NewCA is an issuer of that class.
func NewCA(t testing.TB, class string) *pki.CA {
	t.Helper()
	return must(pki.NewCA(rand.Reader, pki.Subject{Organisation: "测试认证中心", Name: "测试认证中心"}, class, time.Now().Add(-time.Hour)))(t)
}

// NewParty has its certificates issued by ca.
func NewParty(t testing.TB, ca *pki.CA, name string) Party {
	t.Helper()
	from, to := time.Now().Add(-time.Hour), time.Now().AddDate(2, 0, 0)
	subject := pki.Subject{Organisation: name, Name: name}
	signing, sealing := must(sm.GenerateKey(rand.Reader))(t), must(sm.GenerateKey(rand.Reader))(t)
	p := Party{Name: name, SigningKey: signing, Opener: sealing}
	p.Signer = must(pki.NewSigner(signing, must(ca.Issue(signing.Public(), subject, pki.Signing, from, to))(t)))(t)
	p.Encryption = must(ca.Issue(sealing.Public(), subject, pki.Encryption, from, to))(t)
	return p
}

// NewParties are n of them.
func NewParties(t testing.TB, ca *pki.CA, name string, n int) []Party {
	t.Helper()
	var list []Party
	for i := range n {
		list = append(list, NewParty(t, ca, name+string(rune('A'+i))))
	}
	return list
}

// must ends the test on an error: must(f())(t).
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

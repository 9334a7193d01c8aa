package pki_test

import (
	"testing"
	"time"

	"sunbid/crypto/pki"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	root, namesake := newCA(t, "演练根"), newCA(t, "演练根")
	sub := delegate(t, root, "演练二级")
	_, sign := issue(t, root, pki.Signing)
	_, encrypt := issue(t, root, pki.Encryption)
	_, foreign := issue(t, namesake, pki.Signing)
	_, deep := issue(t, sub, pki.Signing)
	_, revoked := issue(t, root, pki.Signing)
	root.Revoke(revoked.Serial(), day(30))
	root.Revoke(revoked.Serial(), day(5)) // the first word stands
	_, deepRevoked := issue(t, sub, pki.Signing)
	sub.Revoke(deepRevoked.Serial(), day(10))
	trust := withCRL(t, trusting(t, root), root, day(40))
	trust = withCRL(t, trust, sub, day(40), sub.Certificate())
	lost := delegate(t, root, "被撤销的二级")
	_, underLost := issue(t, lost, pki.Signing)
	root.Revoke(lost.Certificate().Serial(), day(20))
	trust = withCRL(t, trust, root, day(41))

	tests := []struct {
		name          string
		c             *pki.Certificate
		usage         pki.Usage
		at            time.Time
		intermediates []*pki.Certificate
		want          string
	}{
		{"good", sign, pki.Signing, day(1), nil, ""},
		{"good to encrypt", encrypt, pki.Encryption, day(1), nil, ""},
		{"first instant", sign, pki.Signing, day(0), nil, ""},
		{"last instant", sign, pki.Signing, day(365), nil, ""},
		{"signing used to encrypt", sign, pki.Encryption, day(1), nil, "certificate-usage"},
		{"encryption used to sign", encrypt, pki.Signing, day(1), nil, "certificate-usage"},
		{"a CA's used to sign", root.Certificate(), pki.Signing, day(1), nil, "certificate-usage"},
		{"no usage asked for", sign, pki.NoUsage, day(1), nil, "certificate-usage"},
		{"nothing", nil, pki.Signing, day(1), nil, "certificate-malformed"},
		{"before it begins", sign, pki.Signing, day(0).Add(-time.Millisecond), nil, "certificate-not-yet-valid"},
		{"valid at arrival, expired since", sign, pki.Signing, day(364), nil, ""},
		{"expired at arrival", sign, pki.Signing, day(365).Add(time.Millisecond), nil, "certificate-expired"},
		{"foreign CA of the same name", foreign, pki.Signing, day(1), nil, "certificate-foreign"},
		{"foreign, brings its CA along", foreign, pki.Signing, day(1), []*pki.Certificate{namesake.Certificate()}, "certificate-foreign"},
		{"foreign and expired is foreign", foreign, pki.Signing, day(900), nil, "certificate-foreign"},
		{"intermediate missing", deep, pki.Signing, day(1), nil, "certificate-foreign"},
		{"intermediate given", deep, pki.Signing, day(1), []*pki.Certificate{sub.Certificate()}, ""},
		{"an end certificate as intermediate", deep, pki.Signing, day(1), []*pki.Certificate{sign}, "certificate-foreign"},
		{"too many intermediates", deep, pki.Signing, day(1), []*pki.Certificate{sign, sign, sign, sign, sub.Certificate()}, "certificate-foreign"},
		{"revoked at arrival", revoked, pki.Signing, day(30), nil, "certificate-revoked"},
		{"revoked after arrival", revoked, pki.Signing, day(30).Add(-time.Second), nil, ""},
		{"revoked by the intermediate", deepRevoked, pki.Signing, day(10), []*pki.Certificate{sub.Certificate()}, "certificate-revoked"},
		{"under an intermediate revoked before", underLost, pki.Signing, day(20), []*pki.Certificate{lost.Certificate()}, "certificate-revoked"},
		{"under an intermediate revoked later", underLost, pki.Signing, day(19), []*pki.Certificate{lost.Certificate()}, ""},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := code(trust.Judge(c.c, c.usage, c.at, c.intermediates...)); got != c.want {
				t.Fatalf("%q, want %q", got, c.want)
			}
		})
	}
}

// An intermediate that may certify only end certificates certifies no further CA.
func TestPathLength(t *testing.T) {
	t.Parallel()
	root := newCA(t, "演练根")
	sub := delegate(t, root, "二级")
	third := delegate(t, sub, "三级")
	_, c := issue(t, third, pki.Signing)
	err := trusting(t, root).Judge(c, pki.Signing, day(1), third.Certificate(), sub.Certificate())
	if code(err) != "certificate-foreign" {
		t.Fatal(err)
	}
}

func TestRevocationLists(t *testing.T) {
	t.Parallel()
	root, namesake := newCA(t, "演练根"), newCA(t, "演练根")
	_, c := issue(t, root, pki.Signing)
	namesake.Revoke(c.Serial(), day(1))
	foreign, err := namesake.CRL(day(2), day(3))
	if err != nil {
		t.Fatal(err)
	}
	first, err := root.CRL(day(2), day(9))
	if err != nil {
		t.Fatal(err)
	}
	root.Revoke(c.Serial(), day(3))
	second, err := root.CRL(day(4), day(11))
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte(nil), second...)
	flipped[len(flipped)-1] ^= 1

	trust := trusting(t, root)
	if stale := trust.StaleCRLs(day(2)); len(stale) != 1 {
		t.Fatal("missing list is not reported")
	}
	for name, der := range map[string][]byte{"foreign": foreign, "tampered": flipped, "cut": second[:40], "empty": nil, "a certificate": c.DER(), "too long": make([]byte, 9<<20)} {
		if _, err := trust.WithCRL(der); code(err) != "crl-invalid" {
			t.Errorf("%s: %v", name, err)
		}
	}
	one, err := trust.WithCRL(first)
	if err != nil {
		t.Fatal(err)
	}
	two, err := one.WithCRL(second)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.WithCRL(first); code(err) != "crl-old" {
		t.Errorf("rolled back: %v", err)
	}
	if err := one.Judge(c, pki.Signing, day(5)); err != nil {
		t.Errorf("the older trust changed: %v", err)
	}
	if err := two.Judge(c, pki.Signing, day(5)); code(err) != "certificate-revoked" {
		t.Errorf("revoked: %v", err)
	}
	if len(two.StaleCRLs(day(11))) != 0 || len(two.StaleCRLs(day(12))) != 1 {
		t.Error("due list is not reported")
	}
}

func TestTrustList(t *testing.T) {
	t.Parallel()
	root := newCA(t, "演练根")
	_, platform := issue(t, root, pki.Signing)
	_, log := issue(t, root, pki.Signing)
	trust := trusting(t, root)
	trust.Platform = append(trust.Platform, platform.Fingerprint())
	trust.Log = append(trust.Log, log.Fingerprint())
	data, err := trust.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	read, err := pki.ParseTrust(data)
	if err != nil || !read.IsPlatform(platform) || read.IsPlatform(log) || !read.IsLog(log) || read.IsKeyholder(log) {
		t.Fatal(err)
	}
	if err := read.Judge(platform, pki.Signing, day(1)); err != nil {
		t.Fatal(err)
	}
	by := signer(t, root)
	signed, err := pki.Sign(trust.List(), by)
	if err != nil || signed.Verify(by.Certificate()) != nil {
		t.Fatal(err)
	}
	leaf := pki.TrustList{Type: pki.TrustType, Class: pki.Rehearsal, Issuers: [][]byte{log.DER()}}
	if _, err := leaf.Open(); code(err) != "trust-malformed" {
		t.Errorf("end certificate as issuer: %v", err)
	}
	if _, err := (pki.TrustList{Type: pki.TrustType, Class: "test"}).Open(); code(err) != "trust-malformed" {
		t.Errorf("class: %v", err)
	}
	if _, err := pki.ParseTrust([]byte(`{}`)); code(err) != "canon-missing-key" {
		t.Errorf("empty: %v", err)
	}
}

func BenchmarkJudge(b *testing.B) {
	root := newCA(b, "演练根")
	sub := delegate(b, root, "二级")
	key, c := issue(b, sub, pki.Signing)
	trust := trusting(b, newCA(b, "别的根"), root)
	sig, err := key.Sign(make([]byte, 300))
	if err != nil {
		b.Fatal(err)
	}
	der := c.DER()
	for name, do := range map[string]func() bool{
		"judge-chain-of-3": func() bool { return trust.Judge(c, pki.Signing, day(1), sub.Certificate()) == nil },
		"verify":           func() bool { return c.Verify(make([]byte, 300), sig) },
		"parse":            func() bool { _, err := pki.ParseCertificate(der); return err == nil },
		"issue": func() bool {
			_, err := sub.Issue(key.Public(), bidder(), pki.Signing, day(0), day(1))
			return err == nil
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if !do() {
					b.Fatal("failed")
				}
			}
		})
	}
}

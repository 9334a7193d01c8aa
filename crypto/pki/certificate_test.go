package pki_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
)

func TestCertificateSaysWhatWasAsked(t *testing.T) {
	t.Parallel()
	ca := newCA(t, "演练根")
	key := newKey(t)
	request, err := pki.NewCSR(key, bidder())
	if err != nil {
		t.Fatal(err)
	}
	c, err := ca.IssueCSR(request, pki.Encryption, day(0), day(10))
	if err != nil {
		t.Fatal(err)
	}
	again, err := pki.ParseCertificate(c.DER())
	if err != nil || again.Fingerprint() != c.Fingerprint() || again.Subject() != bidder() || again.Usage() != pki.Encryption ||
		again.PublicKey() != key.Public() || !again.NotBefore().Equal(day(0)) || !again.NotAfter().Equal(day(10)) || again.Serial().Sign() <= 0 {
		t.Fatalf("%+v %v", again, err)
	}
	if _, err := ca.Issue(key.Public(), bidder(), pki.Issuing, day(0), day(1)); code(err) != "certificate-usage" {
		t.Errorf("a CA by the side door: %v", err)
	}
	if _, err := ca.Issue(sm.PublicKey{}, bidder(), pki.Signing, day(0), day(1)); code(err) != "certificate-malformed" {
		t.Errorf("no key: %v", err)
	}
}

func TestSubjects(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		subject pki.Subject
		want    string
	}{
		{"organisation", bidder(), ""},
		{"person", pki.Subject{Organisation: "甲公司", Name: "张三", Code: "ps_0123456789abcdefghjkmnpqrs"}, ""},
		{"no name", pki.Subject{Organisation: "甲公司"}, "certificate-subject"},
		{"identity-card number", pki.Subject{Name: "张三", Code: "11010519491231002X"}, "certificate-subject"},
		{"identity-card number in lower case", pki.Subject{Name: "张三", Code: "11010519491231002x"}, "certificate-subject"},
		{"wrong check digit is no identity number", pki.Subject{Name: "张三", Code: "110105194912310021"}, ""},
		{"65 characters", pki.Subject{Name: string(bytes.Repeat([]byte("x"), 65))}, "certificate-subject"},
		{"64 Chinese characters", pki.Subject{Name: string(bytes.Repeat([]byte("甲"), 64))}, ""},
		{"control character", pki.Subject{Name: "甲\n乙"}, "certificate-subject"},
		{"bad UTF-8", pki.Subject{Name: "\xff"}, "certificate-subject"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := pki.NewCSR(newKey(t), c.subject); code(err) != c.want {
				t.Fatal(err)
			}
		})
	}
}

func TestRequestsAreChecked(t *testing.T) {
	t.Parallel()
	der, err := pki.NewCSR(newKey(t), bidder())
	if err != nil {
		t.Fatal(err)
	}
	if csr, err := pki.ParseCSR(der); err != nil || csr.Subject != bidder() {
		t.Fatal(err)
	}
	for i := range der {
		bad := bytes.Clone(der)
		bad[i] ^= 0x01
		if csr, err := pki.ParseCSR(bad); err == nil {
			t.Fatalf("byte %d: %+v", i, csr)
		}
	}
	if _, err := pki.ParseCSR(make([]byte, 1<<20)); code(err) != "certificate-malformed" {
		t.Errorf("too long: %v", err)
	}
}

// No changed byte of a certificate passes for the same one.
func TestTamperedCertificate(t *testing.T) {
	t.Parallel()
	ca := newCA(t, "演练根")
	_, c := issue(t, ca, pki.Signing)
	trust := trusting(t, ca)
	der := c.DER()
	for i := range der {
		bad := bytes.Clone(der)
		bad[i] ^= 1 << (i % 8)
		x, err := pki.ParseCertificate(bad)
		if err != nil {
			continue
		}
		if trust.Judge(x, pki.Signing, day(1)) == nil {
			t.Fatalf("byte %d passes", i)
		}
	}
	if _, err := pki.ParseCertificate(append(der, 0)); code(err) != "certificate-malformed" {
		t.Errorf("trailing byte: %v", err)
	}
	if _, err := pki.ParseCertificate(make([]byte, 17<<10)); code(err) != "certificate-malformed" {
		t.Errorf("too long: %v", err)
	}
}

func TestCAAtRest(t *testing.T) {
	t.Parallel()
	ca := newCA(t, "演练根")
	_, c := issue(t, ca, pki.Signing)
	ca.Revoke(c.Serial(), day(3))
	data, err := ca.Marshal([]byte("password"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pki.ParseCA(data, []byte("wrong")); !errors.Is(err, sm.ErrPassword) {
		t.Errorf("wrong password: %v", err)
	}
	back, err := pki.ParseCA(data, []byte("password"))
	if err != nil || back.Class() != pki.Rehearsal {
		t.Fatal(err)
	}
	_, fresh := issue(t, back, pki.Signing)
	trust := withCRL(t, trusting(t, ca), back, day(4))
	if err := trust.Judge(fresh, pki.Signing, day(1)); err != nil {
		t.Error(err)
	}
	if err := trust.Judge(c, pki.Signing, day(5)); code(err) != "certificate-revoked" {
		t.Errorf("revocation forgotten: %v", err)
	}
}

// OpenSSL reads what we make: the chain verifies, the request and the revocation list too.
func TestOpenSSL(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatal("this test needs the openssl command (version 3, package openssl) on PATH / 需要 openssl 命令")
	}
	dir := t.TempDir()
	put := func(name, kind string, der []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root := newCA(t, "演练根")
	sub := delegate(t, root, "二级")
	key, c := issue(t, sub, pki.Signing)
	request, err := pki.NewCSR(key, bidder())
	if err != nil {
		t.Fatal(err)
	}
	sub.Revoke(c.Serial(), day(1))
	crl, err := sub.CRL(day(2), day(9))
	if err != nil {
		t.Fatal(err)
	}
	put("root.pem", "CERTIFICATE", root.Certificate().DER())
	put("sub.pem", "CERTIFICATE", sub.Certificate().DER())
	put("end.pem", "CERTIFICATE", c.DER())
	put("request.pem", "CERTIFICATE REQUEST", request)
	put("crl.pem", "X509 CRL", crl)
	id := []string{"-vfyopt", "distid:1234567812345678"}
	run := func(want string, args ...string) {
		cmd := exec.CommandContext(t.Context(), path, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte(want)) {
			t.Errorf("openssl %v: %v\n%s", args, err, out)
		}
	}
	at := "1772500000" // 2026-03-03
	// OpenSSL 3.0 gives the SM2 identity to the last certificate of a chain only, so that each step is verified by itself.
	for _, step := range [][2]string{{"sub.pem", "root.pem"}, {"end.pem", "sub.pem"}} {
		run(step[0]+": OK", append([]string{"verify", "-attime", at, "-x509_strict", "-partial_chain", "-CAfile", step[1]}, append(id, step[0])...)...)
	}
	run("verify OK", append([]string{"req", "-verify", "-noout", "-in", "request.pem"}, id...)...)
	run("Serial Number", "crl", "-noout", "-text", "-in", "crl.pem")
	run("甲建设集团有限公司", "x509", "-noout", "-subject", "-nameopt", "utf8,sep_comma_plus", "-in", "end.pem")
}

package pki_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

type note struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type typed struct {
	Type string `json:"type"`
}

func (typed) RecordType() string { return "sunbid/typed/v1" }

func example() note { return note{"sunbid/example/v1", "开标"} }

func TestSigned(t *testing.T) {
	t.Parallel()
	ca := newCA(t, "演练根")
	var signers []pki.Signer
	var certificates []*pki.Certificate
	for range 5 {
		s := signer(t, ca)
		signers, certificates = append(signers, s), append(certificates, s.Certificate())
	}
	outsider := signer(t, ca).Certificate()
	record, err := pki.Sign(example(), signers...)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(record.Signers(), func(a, b canon.Hash) int { return bytes.Compare(a[:], b[:]) }) {
		t.Error("not sorted by signer")
	}
	wire, err := record.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	read, err := pki.ParseSigned[note](wire)
	if err != nil {
		t.Fatal(err)
	}
	one, err := pki.Sign(example(), signers[0])
	if err != nil {
		t.Fatal(err)
	}
	if a, _ := read.Hash(); a == (canon.Hash{}) {
		t.Error("no hash")
	} else if b, _ := one.Hash(); a != b {
		t.Error("a signature changes the hash")
	}
	altered := read
	altered.Body.Text = "流标"
	tests := []struct {
		name string
		got  error
		want string
	}{
		{"each", read.Verify(certificates[3]), ""},
		{"all", read.VerifyAll(certificates...), ""},
		{"an outsider", read.Verify(outsider), "record-not-signed"},
		{"all but one", read.VerifyAll(certificates[1:]...), "record-not-signed"},
		{"all and an outsider", read.VerifyAll(append(slices.Clone(certificates), outsider)...), "record-not-signed"},
		{"one twice for another", read.VerifyAll(append(slices.Clone(certificates[:4]), certificates[0])...), "record-not-signed"},
		{"body changed", altered.Verify(certificates[0]), "record-signature"},
		{"body changed, all", altered.VerifyAll(certificates...), "record-signature"},
		{"signed twice", read.Add(signers[0]), "record-malformed"},
	}
	for _, c := range tests {
		if code(c.got) != c.want {
			t.Errorf("%s: %v, want %q", c.name, c.got, c.want)
		}
	}
}

func TestParseSignedRefuses(t *testing.T) {
	t.Parallel()
	ca := newCA(t, "演练根")
	a, b := signer(t, ca), signer(t, ca)
	good, err := pki.Sign(example(), a, b)
	if err != nil {
		t.Fatal(err)
	}
	edit := func(f func(*pki.Signed[note])) []byte {
		s := pki.Signed[note]{Body: good.Body, Signatures: slices.Clone(good.Signatures)}
		f(&s)
		wire, err := s.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		return wire
	}
	wire := edit(func(*pki.Signed[note]) {})
	tests := []struct {
		name string
		wire []byte
		want string
	}{
		{"good", wire, ""},
		{"no signatures", edit(func(s *pki.Signed[note]) { s.Signatures = nil }), "record-not-signed"},
		{"out of order", edit(func(s *pki.Signed[note]) { slices.Reverse(s.Signatures) }), "record-malformed"},
		{"one twice", edit(func(s *pki.Signed[note]) { s.Signatures[1] = s.Signatures[0] }), "record-malformed"},
		{"short signature", edit(func(s *pki.Signed[note]) { s.Signatures[0].Sig = s.Signatures[0].Sig[1:] }), "record-malformed"},
		{"no type", edit(func(s *pki.Signed[note]) { s.Body.Type = "" }), "record-malformed"},
		{"foreign type", edit(func(s *pki.Signed[note]) { s.Body.Type = "other/example/v1" }), "record-malformed"},
		{"a space", append([]byte(" "), wire...), "canon-not-canonical"},
		{"unknown key", bytes.Replace(wire, []byte(`{"body"`), []byte(`{"and":1,"body"`), 1), "canon-unknown-key"},
		{"unknown key in the body", bytes.Replace(wire, []byte(`{"text"`), []byte(`{"a":1,"text"`), 1), "canon-unknown-key"},
		{"missing key in the body", bytes.Replace(wire, []byte(`"text":"开标",`), nil, 1), "canon-missing-key"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := pki.ParseSigned[note](c.wire); code(err) != c.want {
				t.Fatal(err)
			}
		})
	}
	if _, err := pki.ParseSigned[typed](bytes.Replace(wire, []byte(`"text":"开标",`), nil, 1)); code(err) != "record-malformed" {
		t.Errorf("record of another type: %v", err)
	}
	if _, err := pki.Sign(typed{"sunbid/example/v1"}, a); code(err) != "record-malformed" {
		t.Errorf("signs a record of another type: %v", err)
	}
}

// device stands at the end of a wire and answers what it likes.
type device struct {
	certificate *pki.Certificate
	answer      []byte
	err         error
}

func (d device) Certificate() *pki.Certificate { return d.certificate }
func (d device) Sign([]byte) ([]byte, error)   { return d.answer, d.err }

func TestSignersAreChecked(t *testing.T) {
	t.Parallel()
	ca := newCA(t, "演练根")
	key, sign := issue(t, ca, pki.Signing)
	boxKey, box := issue(t, ca, pki.Encryption)
	if _, err := pki.NewSigner(boxKey, sign); code(err) != "certificate-key" {
		t.Errorf("another's key: %v", err)
	}
	if _, err := pki.NewSigner(boxKey, box); code(err) != "certificate-usage" {
		t.Errorf("encryption certificate: %v", err)
	}
	gone := errors.New("device gone")
	if _, err := pki.Sign(example(), device{sign, nil, gone}); !errors.Is(err, gone) {
		t.Errorf("device gone: %v", err)
	}
	if _, err := pki.Sign(example(), device{sign, make([]byte, 64), nil}); code(err) != "record-signature" {
		t.Errorf("wrong answer: %v", err)
	}
	msg, err := canon.Marshal(example())
	if err != nil {
		t.Fatal(err)
	}
	sig, err := boxKey.Sign(msg)
	if err != nil {
		t.Fatal(err)
	}
	var s = pki.Signed[note]{Body: example()}
	if err := s.AddSignature(pki.Signature{Signer: box.Fingerprint(), Sig: sig}); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(box); code(err) != "certificate-usage" {
		t.Errorf("signed with an encryption certificate: %v", err)
	}
	if sig, err = key.Sign(msg); err != nil {
		t.Fatal(err)
	}
	if err := s.AddSignature(pki.Signature{Signer: sign.Fingerprint(), Sig: sig}); err != nil || s.Verify(sign) != nil {
		t.Errorf("signature made elsewhere: %v", err)
	}
}

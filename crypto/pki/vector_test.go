package pki_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"sunbid/cmd/dev/goldentest"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// vectors is testdata/vectors/pki.json. Certificates are named; the trust list holds the issuers and revocation lists.
type vectors struct {
	Source       string               `json:"source"`
	Certificates map[string]canon.Hex `json:"certificates"`
	Trust        struct {
		Issuers []string    `json:"issuers"`
		CRLs    []canon.Hex `json:"crls"` // each with the certificate of its issuer among the issuers or intermediates
	} `json:"trust"`
	Parse   []parseVector  `json:"parse"`
	Judge   []judgeVector  `json:"judge"`
	CRLs    []crlVector    `json:"crls"`
	Records []recordVector `json:"records"`
}

type parseVector struct {
	Name        string     `json:"name"`
	DER         canon.Hex  `json:"der"`
	Fingerprint canon.Hash `json:"fingerprint,omitzero"`
	Expect      string     `json:"expect,omitempty"`
}

type judgeVector struct {
	Name          string     `json:"name"`
	Certificate   string     `json:"certificate"`
	Usage         string     `json:"usage"`
	At            canon.Time `json:"at"`
	Intermediates []string   `json:"intermediates,omitempty"`
	Expect        string     `json:"expect,omitempty"`
}

type crlVector struct {
	Name   string    `json:"name"`
	CRL    canon.Hex `json:"crl"`
	Expect string    `json:"expect"`
}

// recordVector is a signed record {"type","text"}, held to the signatures of exactly SignedBy.
type recordVector struct {
	Name     string     `json:"name"`
	Record   string     `json:"record"`
	SignedBy []string   `json:"signed_by"`
	Hash     canon.Hash `json:"hash,omitzero"`
	Expect   string     `json:"expect,omitempty"`
}

const vectorFile = "../../testdata/vectors/pki.json"

func TestVectors(t *testing.T) {
	t.Parallel()
	if goldentest.Asked() {
		goldentest.Write(t, "testdata/vectors/pki.json", makeVectors(t))
		return
	}
	data, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	certificates := map[string]*pki.Certificate{}
	for name, der := range v.Certificates {
		if certificates[name], err = pki.ParseCertificate(der); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	named := func(names []string) (list []*pki.Certificate) {
		for _, n := range names {
			list = append(list, certificates[n])
		}
		return list
	}
	trust := &pki.Trust{Class: pki.Rehearsal, Issuers: named(v.Trust.Issuers)}
	for _, der := range v.Trust.CRLs {
		if trust, err = trust.WithCRL(der, named([]string{"intermediate"})...); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range v.Parse {
		x, err := pki.ParseCertificate(c.DER)
		if code(err) != c.Expect || err == nil && x.Fingerprint() != c.Fingerprint {
			t.Errorf("parse %s: %v", c.Name, err)
		}
	}
	usages := map[string]pki.Usage{"signing": pki.Signing, "encryption": pki.Encryption}
	for _, c := range v.Judge {
		err := trust.Judge(certificates[c.Certificate], usages[c.Usage], c.At.Time, named(c.Intermediates)...)
		if code(err) != c.Expect {
			t.Errorf("judge %s: %v, want %q", c.Name, err, c.Expect)
		}
	}
	for _, c := range v.CRLs {
		if _, err := trust.WithCRL(c.CRL); code(err) != c.Expect {
			t.Errorf("crl %s: %v, want %q", c.Name, err, c.Expect)
		}
	}
	for _, c := range v.Records {
		record, err := pki.ParseSigned[note]([]byte(c.Record))
		if err == nil {
			err = record.VerifyAll(named(c.SignedBy)...)
		}
		if code(err) != c.Expect {
			t.Errorf("record %s: %v, want %q", c.Name, err, c.Expect)
		}
		if h, _ := record.Hash(); err == nil && h != c.Hash {
			t.Errorf("record %s: hash %s", c.Name, h)
		}
	}
}

// makeVectors writes new vectors; keys and signatures differ each time.
func makeVectors(t *testing.T) []byte {
	t.Helper()
	root, namesake := newCA(t, "演练根"), newCA(t, "演练根")
	sub := delegate(t, root, "演练二级")
	a, b := signer(t, root), signer(t, sub)
	_, encryption := issue(t, root, pki.Encryption)
	_, foreign := issue(t, namesake, pki.Signing)
	_, revoked := issue(t, root, pki.Signing)
	root.Revoke(revoked.Serial(), day(30))
	crl := func(ca *pki.CA, n int) []byte {
		der, err := ca.CRL(day(n), day(n+7))
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	old := crl(root, 31)
	var v vectors
	v.Source = "SPEC.md sections 2 and 9; keys made for this file"
	v.Certificates = map[string]canon.Hex{}
	for name, c := range map[string]*pki.Certificate{"root": root.Certificate(), "namesake": namesake.Certificate(), "intermediate": sub.Certificate(),
		"signing": a.Certificate(), "signing-2": b.Certificate(), "encryption": encryption, "foreign": foreign, "revoked": revoked} {
		v.Certificates[name] = c.DER()
	}
	v.Trust.Issuers = []string{"root"}
	v.Trust.CRLs = []canon.Hex{crl(root, 40), crl(sub, 40)}
	flip := func(b []byte, i int) canon.Hex {
		x := bytes.Clone(b)
		x[(i+len(x))%len(x)] ^= 1
		return x
	}
	der := a.Certificate().DER()
	v.Parse = []parseVector{
		{"good", der, a.Certificate().Fingerprint(), ""},
		{"trailing byte", append(bytes.Clone(der), 0), canon.Hash{}, "certificate-malformed"},
		{"cut", der[:len(der)-1], canon.Hash{}, "certificate-malformed"},
		{"empty", nil, canon.Hash{}, "certificate-malformed"},
		{"key off the curve", flip(der, bytes.Index(der, a.Certificate().PublicKey().Bytes())+64), canon.Hash{}, "certificate-malformed"},
	}
	judge := func(name, certificate, usage string, at time.Time, expect string, intermediates ...string) {
		v.Judge = append(v.Judge, judgeVector{name, certificate, usage, canon.At(at), intermediates, expect})
	}
	judge("good", "signing", "signing", day(1), "")
	judge("good to encrypt", "encryption", "encryption", day(1), "")
	judge("over an intermediate", "signing-2", "signing", day(1), "", "intermediate")
	judge("intermediate missing", "signing-2", "signing", day(1), "certificate-foreign")
	judge("signing used to encrypt", "signing", "encryption", day(1), "certificate-usage")
	judge("encryption used to sign", "encryption", "signing", day(1), "certificate-usage")
	judge("CA used to sign", "root", "signing", day(1), "certificate-usage")
	judge("foreign CA of the same name", "foreign", "signing", day(1), "certificate-foreign", "namesake")
	judge("too early", "signing", "signing", day(0).Add(-time.Millisecond), "certificate-not-yet-valid")
	judge("last instant", "signing", "signing", day(365), "")
	judge("too late", "signing", "signing", day(365).Add(time.Millisecond), "certificate-expired")
	judge("before its revocation", "revoked", "signing", day(30).Add(-time.Millisecond), "")
	judge("revoked", "revoked", "signing", day(30), "certificate-revoked")
	v.CRLs = []crlVector{
		{"older than the one held", old, "crl-old"},
		{"of the namesake", crl(namesake, 50), "crl-invalid"},
		{"tampered", flip(crl(root, 50), -1), "crl-invalid"},
		{"not a list", der, "crl-invalid"},
	}
	both, err := pki.Sign(example(), a, b)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := both.Hash()
	if err != nil {
		t.Fatal(err)
	}
	wire, err := both.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	reversed := both
	reversed.Signatures = slices.Clone(both.Signatures)
	slices.Reverse(reversed.Signatures)
	backwards, err := reversed.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	pair := []string{"signing", "signing-2"}
	v.Records = []recordVector{
		{"two signatures", string(wire), pair, hash, ""},
		{"one more than asked for", string(wire), pair[:1], canon.Hash{}, "record-not-signed"},
		{"signed by others", string(wire), []string{"signing", "revoked"}, canon.Hash{}, "record-not-signed"},
		{"text changed", string(bytes.Replace(wire, []byte("开标"), []byte("流标"), 1)), pair, canon.Hash{}, "record-signature"},
		{"signatures out of order", string(backwards), pair, canon.Hash{}, "record-malformed"},
		{"no signature", `{"body":{"text":"开标","type":"sunbid/example/v1"},"signatures":[]}`, nil, canon.Hash{}, "record-not-signed"},
		{"unknown key", string(bytes.Replace(wire, []byte(`{"text"`), []byte(`{"a":1,"text"`), 1)), pair, canon.Hash{}, "canon-unknown-key"},
		{"space", string(wire) + " ", pair, canon.Hash{}, "canon-not-canonical"},
		{"upper-case keys", string(bytes.ToUpper(wire)), pair, canon.Hash{}, "canon-unknown-key"},
	}
	out, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

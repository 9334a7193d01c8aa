package pki_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"sunbid/crypto/canon/canontest"
	"sunbid/crypto/pki"
)

// shipped is what the vectors hold: its certificates and records stay the same, so that a corpus keeps its meaning.
func shipped(tb testing.TB) (v vectors, named map[string]*pki.Certificate, trust *pki.Trust) {
	tb.Helper()
	data, err := os.ReadFile(vectorFile)
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		tb.Fatal(err)
	}
	named, trust = map[string]*pki.Certificate{}, &pki.Trust{Class: pki.Rehearsal}
	for name, der := range v.Certificates {
		if named[name], err = pki.ParseCertificate(der); err != nil {
			tb.Fatal(err)
		}
	}
	for _, name := range v.Trust.Issuers {
		trust.Issuers = append(trust.Issuers, named[name])
	}
	return v, named, trust
}

// FuzzParseCertificate: what is read keeps its octets, and what an issuer of the vectors vouches for is one of its certificates, byte
// for byte: nobody makes a second certificate, with another fingerprint, of a signed one.
func FuzzParseCertificate(f *testing.F) {
	v, named, trust := shipped(f)
	var certified [][]byte
	for _, c := range named {
		f.Add(c.DER())
		certified = append(certified, c.DER())
	}
	for _, c := range v.Parse {
		f.Add([]byte(c.DER))
		certified = append(certified, c.DER)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		c, ok := canontest.OneEncoding(t, der, pki.ParseCertificate, func(c *pki.Certificate) ([]byte, error) { return c.DER(), nil })
		if !ok {
			return
		}
		for _, usage := range []pki.Usage{pki.Signing, pki.Encryption} {
			err := trust.Judge(c, usage, c.NotBefore())
			if err != nil {
				canontest.Refused(t, der, err)
			} else if !slices.ContainsFunc(certified, func(x []byte) bool { return bytes.Equal(x, der) }) {
				t.Fatalf("certified, but not by anybody: %x", der)
			}
		}
	})
}

// FuzzParseCSR: a request is refused with a code or is signed by its key.
func FuzzParseCSR(f *testing.F) {
	request, err := pki.NewCSR(newKey(f), bidder())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(request)
	f.Add(request[:len(request)-1])
	f.Fuzz(func(t *testing.T, der []byte) {
		var err error
		canontest.Bounded(t, der, func() { _, err = pki.ParseCSR(der) })
		if err != nil {
			canontest.Refused(t, der, err)
		}
	})
}

// FuzzWithCRL: a revocation list that counts is one that was signed, byte for byte.
func FuzzWithCRL(f *testing.F) {
	v, named, trust := shipped(f)
	var signed [][]byte
	for _, crl := range v.Trust.CRLs {
		f.Add([]byte(crl))
		signed = append(signed, crl)
	}
	for _, c := range v.CRLs {
		f.Add([]byte(c.CRL))
		signed = append(signed, c.CRL)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		var err error
		canontest.Bounded(t, der, func() { _, err = trust.WithCRL(der, named["intermediate"]) })
		if err != nil {
			canontest.Refused(t, der, err)
		} else if !slices.ContainsFunc(signed, func(x []byte) bool { return bytes.Equal(x, der) }) {
			t.Fatalf("a list that nobody signed: %x", der)
		}
	})
}

// FuzzParseSigned: a signed record has one encoding, and what still verifies is the record of the vectors, byte for byte.
func FuzzParseSigned(f *testing.F) {
	v, named, _ := shipped(f)
	var genuine [][]byte
	for _, c := range v.Records {
		f.Add([]byte(c.Record))
		if c.Expect == "" {
			genuine = append(genuine, []byte(c.Record))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, ok := canontest.OneEncoding(t, data, pki.ParseSigned[note], pki.Signed[note].Marshal)
		if !ok {
			return
		}
		var by []*pki.Certificate
		for _, s := range r.Signers() {
			for _, c := range named {
				if c.Fingerprint() == s {
					by = append(by, c)
				}
			}
		}
		if len(by) == len(r.Signatures) && r.VerifyAll(by...) == nil && !slices.ContainsFunc(genuine, func(x []byte) bool { return bytes.Equal(x, data) }) {
			t.Fatalf("verifies, and was not signed: %s", data)
		}
	})
}

// FuzzParseTrust: a trust list has one encoding.
func FuzzParseTrust(f *testing.F) {
	for _, path := range []string{"../../testdata/vectors/bundle-trust.json"} {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"class":"rehearsal","issuers":[],"keyholders":[],"log":[],"platform":[],"type":"sunbid/trust/v1"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		canontest.OneEncoding(t, data, pki.ParseTrust, (*pki.Trust).Marshal)
	})
}

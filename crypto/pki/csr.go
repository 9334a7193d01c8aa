package pki

import (
	"crypto/rand"

	"github.com/tjfoc/gmsm/x509"

	"sunbid/crypto/sm"
)

// CSR is a parsed certificate request (PKCS #10) whose signature is good: its sender holds the key.
type CSR struct {
	Subject   Subject
	PublicKey sm.PublicKey
}

// NewCSR makes a request for a certificate of key in the name of subject.
func NewCSR(key *sm.PrivateKey, subject Subject) ([]byte, error) {
	if err := subject.Check(); err != nil {
		return nil, err
	}
	signer, err := newX509Signer(key)
	if err != nil {
		return nil, err
	}
	template := &x509.CertificateRequest{Subject: subject.name(""), SignatureAlgorithm: x509.SM2WithSM3}
	return x509.CreateCertificateRequest(rand.Reader, template, signer)
}

// ParseCSR reads a request, at most 16 KiB, and checks its signature. Anything else is ErrMalformed; a subject that may
// not be certified is ErrSubject.
func ParseCSR(der []byte) (csr CSR, err error) {
	defer func() {
		if recover() != nil { // the parser is not ours and its input is anybody's
			csr, err = CSR{}, ErrMalformed
		}
	}()
	if len(der) > maxCertificate {
		return CSR{}, because(ErrMalformed, "longer than 16 KiB")
	}
	parsed, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return CSR{}, because(ErrMalformed, "not a certificate request")
	}
	tbs, signature, err := openSigned(der)
	if err != nil {
		return CSR{}, err
	}
	key, err := parseKeyInfo(parsed.RawSubjectPublicKeyInfo)
	if err != nil {
		return CSR{}, err
	}
	if !key.Verify(tbs, signature) {
		return CSR{}, because(ErrMalformed, "request is not signed by its key")
	}
	subject := subjectOf(parsed.Subject)
	return CSR{subject, key}, subject.Check()
}

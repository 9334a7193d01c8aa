package pki

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"

	"github.com/tjfoc/gmsm/x509"

	"sunbid/crypto/canon"
	"sunbid/crypto/sm"
)

// Usage is what a certificate is for: one thing only.
type Usage int

// The uses. A certificate that allows both signing and encryption, or neither, has NoUsage.
const (
	NoUsage    Usage = iota
	Signing          // digitalSignature, and nothing that encrypts
	Encryption       // keyEncipherment, and no digitalSignature
	Issuing          // a CA's: keyCertSign
)

// String names the usage.
func (u Usage) String() string {
	switch u {
	case Signing:
		return "signing"
	case Encryption:
		return "encryption"
	case Issuing:
		return "issuing"
	}
	return "none"
}

// maxCertificate bounds a certificate's DER in bytes.
const maxCertificate = 16 << 10

// Certificate is a parsed X.509 certificate with an SM2 key, signed with SM2-with-SM3. It never changes and may be
// used by several goroutines at once. Parsing says nothing about trust: see Trust.Judge.
type Certificate struct {
	der         []byte
	fingerprint canon.Hash
	public      sm.PublicKey
	verifier    *sm.Verifier
	subject     Subject
	usage       Usage
	serial      *big.Int
	notBefore   time.Time
	notAfter    time.Time

	rawSubject, rawIssuer []byte
	tbs, signature        []byte // signature is r || s
	crlSign               bool
	maxPath               int // −1: no bound
	subjectKey            []byte
}

// ParseCertificate reads the DER of a certificate, at most 16 KiB. Anything else is ErrMalformed.
func ParseCertificate(der []byte) (*Certificate, error) {
	if len(der) > maxCertificate {
		return nil, because(ErrMalformed, "longer than 16 KiB")
	}
	der = bytes.Clone(der)
	parsed, err := parseX509(der)
	if err != nil {
		return nil, err
	}
	tbs, signature, err := openSigned(der)
	if err != nil {
		return nil, err
	}
	public, err := parseKeyInfo(parsed.RawSubjectPublicKeyInfo)
	if err != nil {
		return nil, err
	}
	verifier, err := public.Verifier()
	if err != nil {
		return nil, because(ErrMalformed, "key")
	}
	c := &Certificate{
		der: der, fingerprint: canon.Sum(der), public: public, verifier: verifier, subject: subjectOf(parsed.Subject),
		serial: parsed.SerialNumber, notBefore: parsed.NotBefore.UTC(), notAfter: parsed.NotAfter.UTC(),
		rawSubject: parsed.RawSubject, rawIssuer: parsed.RawIssuer, tbs: tbs, signature: signature, maxPath: -1,
		crlSign: parsed.KeyUsage&x509.KeyUsageCRLSign != 0, subjectKey: parsed.SubjectKeyId,
	}
	c.usage = usageOf(parsed)
	if c.usage == Issuing {
		c.maxPath = parsed.MaxPathLen
	}
	return c, nil
}

// DER is the certificate as it travels.
func (c *Certificate) DER() []byte { return bytes.Clone(c.der) }

// Fingerprint is SM3 of the DER.
func (c *Certificate) Fingerprint() canon.Hash { return c.fingerprint }

// PublicKey is the certified key.
func (c *Certificate) PublicKey() sm.PublicKey { return c.public }

// Subject is whom the certificate names.
func (c *Certificate) Subject() Subject { return c.subject }

// Usage is what the certificate is for.
func (c *Certificate) Usage() Usage { return c.usage }

// NotBefore is the first instant of validity, UTC.
func (c *Certificate) NotBefore() time.Time { return c.notBefore }

// NotAfter is the last instant of validity, UTC.
func (c *Certificate) NotAfter() time.Time { return c.notAfter }

// Serial is the issuer's number for the certificate.
func (c *Certificate) Serial() *big.Int { return new(big.Int).Set(c.serial) }

// Verify reports whether sig (64 bytes r || s) is the certified key's signature over msg. It judges nothing else.
func (c *Certificate) Verify(msg, sig []byte) bool { return c.verifier.Verify(msg, sig) }

func (c *Certificate) issuedBy(issuer *Certificate) bool {
	return issuer.usage == Issuing && bytes.Equal(c.rawIssuer, issuer.rawSubject) && issuer.verifier.Verify(c.tbs, c.signature)
}

func usageOf(p *x509.Certificate) Usage {
	const encrypts = x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment | x509.KeyUsageKeyAgreement
	const issues = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	ca := p.BasicConstraintsValid && p.IsCA
	switch u := p.KeyUsage; {
	case ca && u&x509.KeyUsageCertSign != 0 && u&encrypts == 0:
		return Issuing
	case ca || u&issues != 0:
		return NoUsage
	case u&x509.KeyUsageDigitalSignature != 0 && u&encrypts == 0:
		return Signing
	case u&x509.KeyUsageKeyEncipherment != 0 && u&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0:
		return Encryption
	}
	return NoUsage
}

// parseX509 reads the certificate's fields and refuses what the library lets pass.
func parseX509(der []byte) (c *x509.Certificate, err error) {
	defer func() {
		if recover() != nil { // the parser is not ours and its input is anybody's
			c, err = nil, ErrMalformed
		}
	}()
	c, err = x509.ParseCertificate(der)
	if err != nil {
		return nil, because(ErrMalformed, "not X.509")
	}
	seen := map[string]bool{}
	for _, e := range c.Extensions {
		if seen[e.Id.String()] {
			return nil, because(ErrMalformed, "extension twice")
		}
		seen[e.Id.String()] = true
	}
	switch {
	case c.Version != 3:
		return nil, because(ErrMalformed, "not version 3")
	case c.SerialNumber == nil || c.SerialNumber.Sign() <= 0 || c.SerialNumber.BitLen() > 160:
		return nil, because(ErrMalformed, "serial number")
	case c.NotAfter.Before(c.NotBefore):
		return nil, because(ErrMalformed, "validity")
	case len(c.UnhandledCriticalExtensions) > 0:
		return nil, because(ErrMalformed, "unknown critical extension")
	case len(c.PermittedDNSDomains) > 0:
		return nil, because(ErrMalformed, "name constraints")
	}
	return c, nil
}

// openSigned splits SEQUENCE { tbs, algorithm, signature } as certificates, requests and revocation lists share it, and
// holds the algorithm to SM2-with-SM3. The signature comes as r || s.
func openSigned(der []byte) (tbs, signature []byte, err error) {
	var outer struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	if rest, err := asn1.Unmarshal(der, &outer); err != nil || len(rest) > 0 {
		return nil, nil, because(ErrMalformed, "not X.509")
	}
	if !outer.Algorithm.Algorithm.Equal(oidSM2WithSM3()) || outer.Signature.BitLength%8 != 0 {
		return nil, nil, because(ErrMalformed, "not signed with SM2 and SM3")
	}
	signature, err = sm.SignatureFromDER(outer.Signature.Bytes)
	if err != nil {
		return nil, nil, because(ErrMalformed, "signature")
	}
	return outer.TBS.FullBytes, signature, nil
}

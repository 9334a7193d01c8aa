package pki

import (
	"crypto/rand"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"sync"
	"time"

	"github.com/tjfoc/gmsm/x509"

	"sunbid/crypto/sm"
)

// The classes of SPEC.md section 1. What belongs to one is refused by the other.
const (
	Production = "production"
	Rehearsal  = "rehearsal" // 演练
)

// CA issues certificates: for rehearsals, and for the platform's own parties (keyholders, log) where no public CA
// serves them. Bidders in production bring certificates of licensed CAs (电子签名法 art. 18). It may be used by several
// goroutines at once.
type CA struct {
	key         *sm.PrivateKey
	certificate *Certificate
	class       string

	mu      sync.Mutex // guards revoked
	revoked []revocation
}

type revocation struct {
	serial *big.Int
	at     time.Time
}

// rootYears is how long a root made here is valid.
const rootYears = 20

// NewCA makes a self-signed root, valid for 20 years from at, with a key drawn from r. class is Production or Rehearsal.
func NewCA(r io.Reader, subject Subject, class string, at time.Time) (*CA, error) {
	if class != Production && class != Rehearsal {
		return nil, because(ErrSubject, "class")
	}
	key, err := sm.GenerateKey(r)
	if err != nil {
		return nil, err
	}
	ca := &CA{key: key, class: class}
	template := caTemplate(subject, class, at, at.AddDate(rootYears, 0, 0), -1)
	if ca.certificate, err = ca.issue(template, template, key.Public(), subject); err != nil {
		return nil, err
	}
	return ca, nil
}

// Delegate makes an intermediate CA under ca that issues only end certificates, valid until its parent's end.
func (ca *CA) Delegate(r io.Reader, subject Subject, at time.Time) (*CA, error) {
	key, err := sm.GenerateKey(r)
	if err != nil {
		return nil, err
	}
	template := caTemplate(subject, ca.class, at, ca.certificate.notAfter, 0)
	parent := &x509.Certificate{RawSubject: ca.certificate.rawSubject, SubjectKeyId: ca.certificate.subjectKey}
	c, err := ca.issue(template, parent, key.Public(), subject)
	if err != nil {
		return nil, err
	}
	return &CA{key: key, class: ca.class, certificate: c}, nil
}

// Certificate is the CA's own.
func (ca *CA) Certificate() *Certificate { return ca.certificate }

// Class is Production or Rehearsal.
func (ca *CA) Class() string { return ca.class }

// Issue certifies pub for one usage, Signing or Encryption.
func (ca *CA) Issue(pub sm.PublicKey, subject Subject, usage Usage, notBefore, notAfter time.Time) (*Certificate, error) {
	template := &x509.Certificate{Subject: subject.name(unitOf(ca.class)), NotBefore: notBefore, NotAfter: notAfter, BasicConstraintsValid: true}
	switch usage {
	case Signing:
		template.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	case Encryption:
		template.KeyUsage = x509.KeyUsageKeyEncipherment | x509.KeyUsageDataEncipherment
	default:
		return nil, ErrUsage
	}
	parent := &x509.Certificate{RawSubject: ca.certificate.rawSubject, SubjectKeyId: ca.certificate.subjectKey}
	return ca.issue(template, parent, pub, subject)
}

// IssueCSR checks a request and certifies its key for one usage in the name it asks for. Whether that name is the
// sender's is the caller's to know.
func (ca *CA) IssueCSR(der []byte, usage Usage, notBefore, notAfter time.Time) (*Certificate, error) {
	csr, err := ParseCSR(der)
	if err != nil {
		return nil, err
	}
	return ca.Issue(csr.PublicKey, csr.Subject, usage, notBefore, notAfter)
}

func (ca *CA) issue(template, parent *x509.Certificate, pub sm.PublicKey, subject Subject) (*Certificate, error) {
	if err := subject.Check(); err != nil {
		return nil, err
	}
	serial := make([]byte, 16)
	if _, err := rand.Read(serial); err != nil {
		return nil, err
	}
	serial[0] = serial[0]&0x7f | 0x40 // positive, and always 16 bytes
	template.SerialNumber = new(big.Int).SetBytes(serial)
	template.SignatureAlgorithm = x509.SM2WithSM3
	info, err := marshalKeyInfo(pub)
	if err != nil {
		return nil, err
	}
	keyID := sm.Sum(pub.Bytes())
	template.SubjectKeyId = keyID[:20]
	key, err := x509.ParseSm2PublicKey(info)
	if err != nil {
		return nil, because(ErrMalformed, "key")
	}
	signer, err := newX509Signer(ca.key)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(template, parent, key, signer)
	if err != nil {
		return nil, err
	}
	return ParseCertificate(der)
}

func caTemplate(subject Subject, class string, notBefore, notAfter time.Time, maxPath int) *x509.Certificate {
	return &x509.Certificate{
		Subject: subject.name(unitOf(class)), NotBefore: notBefore, NotAfter: notAfter,
		BasicConstraintsValid: true, IsCA: true, MaxPathLen: maxPath, MaxPathLenZero: maxPath == 0,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

// unitOf marks rehearsal certificates (OU) for the eyes of people; the class of records is what programs go by.
func unitOf(class string) string {
	if class == Rehearsal {
		return Rehearsal
	}
	return ""
}

// Revoke puts a serial number on the revocation list as of at. Revoking again changes nothing.
func (ca *CA) Revoke(serial *big.Int, at time.Time) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	for _, r := range ca.revoked {
		if r.serial.Cmp(serial) == 0 {
			return
		}
	}
	ca.revoked = append(ca.revoked, revocation{new(big.Int).Set(serial), at.UTC().Truncate(time.Second)})
}

// CRL is the signed revocation list (DER) as of at, to be replaced by next.
func (ca *CA) CRL(at, next time.Time) ([]byte, error) {
	signer, err := newX509Signer(ca.key)
	if err != nil {
		return nil, err
	}
	ca.mu.Lock()
	list := make([]pkix.RevokedCertificate, len(ca.revoked))
	for i, r := range ca.revoked {
		list[i] = pkix.RevokedCertificate{SerialNumber: r.serial, RevocationTime: r.at}
	}
	ca.mu.Unlock()
	issuer, err := x509.ParseCertificate(ca.certificate.der)
	if err != nil {
		return nil, because(ErrMalformed, "own certificate")
	}
	return issuer.CreateCRL(rand.Reader, signer, list, at, next)
}

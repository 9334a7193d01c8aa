package bundle

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// certificates are the folder's, by fingerprint. Each file's name is its fingerprint, so none can stand twice.
type certificates struct {
	mu     sync.Mutex // guards byName
	byName map[canon.Hash]*certificate
}

// certificate is one of the folder's, and whether anything in the bundle speaks of it.
type certificate struct {
	*pki.Certificate
	used atomic.Bool
}

// certificate returns a certificate of the folder by its fingerprint, and notes that it is needed.
func (v *verifier) certificate(fingerprint canon.Hash) (*pki.Certificate, error) {
	v.certificates.mu.Lock()
	defer v.certificates.mu.Unlock()
	if c, ok := v.certificates.byName[fingerprint]; ok {
		c.used.Store(true)
		return c.Certificate, nil
	}
	c, err := v.folder.certificate(certificatePath(fingerprint))
	if err != nil {
		return nil, err
	}
	entry := &certificate{Certificate: c}
	entry.used.Store(true)
	v.certificates.byName[fingerprint] = entry
	return c, nil
}

func certificatePath(fingerprint canon.Hash) string {
	return "certificates/" + fingerprint.String() + ".der"
}

// certificate reads a certificate file, whose name must be its fingerprint.
func (f *folder) certificate(path string) (*pki.Certificate, error) {
	der, err := f.read(path)
	if err != nil {
		return nil, err
	}
	if name := strings.TrimSuffix(strings.TrimPrefix(path, "certificates/"), ".der"); canon.Sum(der).String() != name {
		return nil, broken(path, "certificate-name", nil)
	}
	c, err := pki.ParseCertificate(der)
	if err != nil {
		return nil, broken(path, "certificate-malformed", err)
	}
	return c, nil
}

// checkCertificates reads every certificate of the folder, and sets issuers between parties and the trust list aside.
func (v *verifier) checkCertificates() (int, error) {
	var mu sync.Mutex // guards v.intermediates
	return each(v.folder.under("certificates/"), func(path string) error {
		c, err := v.folder.certificate(path)
		if err == nil && c.Usage() == pki.Issuing {
			mu.Lock()
			v.intermediates = append(v.intermediates, c)
			mu.Unlock()
		}
		return err
	})
}

// unusedCertificate names a certificate that nothing in the bundle speaks of; issuers of others are spoken of by those.
func (v *verifier) unusedCertificate() error {
	for _, path := range v.folder.under("certificates/") {
		c, err := v.folder.certificate(path)
		if err != nil {
			return err
		}
		if entry, ok := v.certificates.byName[c.Fingerprint()]; (ok && entry.used.Load()) || c.Usage() == pki.Issuing {
			continue
		}
		return broken(path, "certificate-unused", errors.New("nothing in the bundle is signed by it or names it"))
	}
	return nil
}

// find is certificate for custody's checks: nil when the folder has none of that fingerprint.
func (v *verifier) find(fingerprint canon.Hash) *pki.Certificate {
	c, err := v.certificate(fingerprint)
	if err != nil {
		return nil
	}
	return c
}

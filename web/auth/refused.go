package auth

import (
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// Refused is the error of a login that was tried with a certificate: of which one, and why not. Whoever enrolled it, it may have been
// somebody else who tried.
type Refused struct {
	Certificate canon.Hash
	cause       error
}

func refused(cert *pki.Certificate, cause error) error {
	return &Refused{Certificate: cert.Fingerprint(), cause: cause}
}

func (r *Refused) Error() string { return r.cause.Error() }
func (r *Refused) Unwrap() error { return r.cause }

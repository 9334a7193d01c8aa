package pki

// Error is a refusal with a stable code.
type Error struct{ code, say string }

func (e *Error) Error() string { return "pki: " + e.say }

// Code is the stable name of the refusal, as vectors use it.
func (e *Error) Code() string { return e.code }

// Is compares codes, so that an error with details is its sentinel.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.code == e.code
}

// The refusals of this package; errors that say more satisfy errors.Is with them.
var (
	// ErrMalformed: not a certificate, request or revocation list as SPEC.md section 9 wants it.
	ErrMalformed = &Error{"certificate-malformed", "malformed certificate"}
	// ErrSubject: a name that may not stand in a certificate, such as an identity-card number.
	ErrSubject = &Error{"certificate-subject", "subject not allowed in a certificate"}
	// ErrUsage: the certificate is not for this use.
	ErrUsage = &Error{"certificate-usage", "certificate is for another use"}
	// ErrForeign: no chain of at most MaxChain certificates to an issuer of the trust list.
	ErrForeign = &Error{"certificate-foreign", "certificate leads to no trusted issuer"}
	// ErrExpired: judged after notAfter.
	ErrExpired = &Error{"certificate-expired", "certificate has expired"}
	// ErrNotYetValid: judged before notBefore.
	ErrNotYetValid = &Error{"certificate-not-yet-valid", "certificate is not yet valid"}
	// ErrRevoked: revoked by its issuer at or before the instant it is judged for.
	ErrRevoked = &Error{"certificate-revoked", "certificate has been revoked"}
	// ErrCRL: a revocation list that is malformed or not signed by an issuer of the trust list.
	ErrCRL = &Error{"crl-invalid", "not a revocation list of a trusted issuer"}
	// ErrCRLOld: older than the revocation list already held.
	ErrCRLOld = &Error{"crl-old", "older than the revocation list held"}
	// ErrKeyMismatch: a private key that is not the certificate's.
	ErrKeyMismatch = &Error{"certificate-key", "key does not belong to the certificate"}
	// ErrTrust: not a trust list.
	ErrTrust = &Error{"trust-malformed", "malformed trust list"}
	// ErrNotSigned: the record lacks a signature asked for, or has one that was not asked for.
	ErrNotSigned = &Error{"record-not-signed", "record is not signed by this certificate"}
	// ErrSignature: a signature of the record is wrong.
	ErrSignature = &Error{"record-signature", "signature does not fit the record"}
	// ErrRecord: signatures out of order or repeated, or a type that is not the record's.
	ErrRecord = &Error{"record-malformed", "malformed signed record"}
)

func because(kind *Error, detail string) error {
	return &Error{kind.code, kind.say + ": " + detail}
}

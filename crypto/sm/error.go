package sm

// Error is a failure with a stable code. It says nothing about secrets.
type Error struct{ code, say string }

func (e *Error) Error() string { return "sm: " + e.say }

// Code is the stable name of the failure, as vectors use it.
func (e *Error) Code() string { return e.code }

// The failures of this package.
var (
	// ErrDecrypt is the one answer to every ciphertext that does not decrypt: which check failed would be an oracle.
	ErrDecrypt = &Error{"sm2-decrypt", "ciphertext does not decrypt"}
	// ErrPoint: not 65 bytes 04 || x || y, a coordinate not below p, or off the curve.
	ErrPoint = &Error{"point-invalid", "not a point of the SM2 curve"}
	// ErrKey: a private or symmetric key out of range or of the wrong kind.
	ErrKey = &Error{"key-invalid", "not a valid key"}
	// ErrPassword: an encrypted key that this password does not open.
	ErrPassword = &Error{"key-password", "key does not open with this password"}
	// ErrSignature: not 64 bytes r || s, or not the DER of it.
	ErrSignature = &Error{"sm2-signature", "not an encoded signature"}
	// ErrShort: a plaintext below MinPlaintext.
	ErrShort = &Error{"sm2-plaintext-short", "plaintext shorter than 32 bytes"}
)

// Package commit makes salted SM3 commitments: c = SM3(salt || data) with 32 random bytes of salt (SPEC.md section 6).
// A commitment hides data of any entropy until the salt is shown, and can be opened to one thing only.
package commit

import (
	"crypto/subtle"
	"io"

	"sunbid/crypto/sm"
)

// Salt is 32 random bytes, used for one commitment.
type Salt = [32]byte

// Error is a failure with a stable code.
type Error struct{ code, say string }

func (e *Error) Error() string { return "commit: " + e.say }

// Code is the stable name of the failure.
func (e *Error) Code() string { return e.code }

// ErrMismatch: salt and data are not what was committed to.
var ErrMismatch = &Error{"commitment-mismatch", "salt and data do not open the commitment"}

// New draws a salt from r.
func New(r io.Reader) (Salt, error) {
	var s Salt
	_, err := io.ReadFull(r, s[:])
	return s, err
}

// Commit is SM3(salt || data).
func Commit(salt Salt, data []byte) [32]byte { return sm.Sum(salt[:], data) }

// Open returns nil iff c = Commit(salt, data), else ErrMismatch.
func Open(c [32]byte, salt Salt, data []byte) error {
	if d := Commit(salt, data); subtle.ConstantTimeCompare(c[:], d[:]) != 1 {
		return ErrMismatch
	}
	return nil
}

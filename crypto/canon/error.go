package canon

// Error is a failure with a stable code.
type Error struct{ code, say string }

func (e *Error) Error() string { return "canon: " + e.say }

// Code is the stable name of the failure, as vectors use it.
func (e *Error) Code() string { return e.code }

// Is compares codes, so that an error with details is its sentinel.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.code == e.code
}

// The failures of this package; errors that name a place satisfy errors.Is with them.
var (
	// ErrNotCanonical: not JSON, or not the canonical form of what it says.
	ErrNotCanonical = &Error{"canon-not-canonical", "not canonical JSON"}
	// ErrDuplicateKey: an object says one key twice.
	ErrDuplicateKey = &Error{"canon-duplicate-key", "duplicate key"}
	// ErrUnknownKey: a key the record does not have.
	ErrUnknownKey = &Error{"canon-unknown-key", "unknown key"}
	// ErrMissingKey: a required key is absent.
	ErrMissingKey = &Error{"canon-missing-key", "missing key"}
	// ErrNumber: not an integer in ±(2^53−1).
	ErrNumber = &Error{"canon-number", "number is not an integer in ±(2^53−1)"}
	// ErrText: not valid UTF-8.
	ErrText = &Error{"canon-text", "text is not valid UTF-8"}
	// ErrDepth: nested deeper than MaxDepth.
	ErrDepth = &Error{"canon-depth", "nested deeper than 32"}
	// ErrValue: a value of a kind or form that the key does not take.
	ErrValue = &Error{"canon-value", "value does not fit its key"}
)

func at(kind *Error, place string) error {
	return &Error{kind.code, kind.say + ": " + place}
}

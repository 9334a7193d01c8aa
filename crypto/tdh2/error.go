package tdh2

// Error is a failure with a stable code, as vectors name it. It says nothing about secrets.
type Error struct{ code, say string }

func (e *Error) Error() string { return "tdh2: " + e.say }

// Code is the stable name of the failure.
func (e *Error) Code() string { return e.code }

// The failures of this package. Compare with errors.Is.
var (
	// ErrPoint: not 65 bytes 04 || x || y, a coordinate not below p, or off the curve.
	ErrPoint = &Error{"point-invalid", "not a point of the SM2 curve"}
	// ErrScalar: not 32 bytes, not below n, or zero where a secret is meant.
	ErrScalar = &Error{"scalar-invalid", "not a scalar in range"}
	// ErrStanza: a stanza whose length or scalars are wrong.
	ErrStanza = &Error{"stanza-malformed", "stanza is malformed"}
	// ErrStanzaProof: the proof of a stanza does not fit its key, ciphertext and label.
	ErrStanzaProof = &Error{"stanza-proof", "stanza does not prove its key and label"}
	// ErrC3: the combined point does not open the stanza.
	ErrC3 = &Error{"stanza-c3", "stanza does not open under this point"}
	// ErrPartials: a batch of partial decryptions whose proof fails.
	ErrPartials = &Error{"partials-proof", "partial decryptions are not proven"}
	// ErrBatch: a batch that is empty, above MaxBatch, or with unequal lists.
	ErrBatch = &Error{"batch-size", "batch is empty, too long or uneven"}
	// ErrHolders: a threshold, an index or a set of holders that cannot be.
	ErrHolders = &Error{"holders-invalid", "threshold, index or set of holders is invalid"}
	// ErrKnowledge: a proof of knowledge that fails.
	ErrKnowledge = &Error{"knowledge-proof", "proof of knowledge does not hold"}
)

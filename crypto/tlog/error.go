package tlog

// Error is a refusal with a stable code.
type Error struct{ code, say string }

func (e *Error) Error() string { return "tlog: " + e.say }

// Code is the stable name of the refusal, as vectors use it.
func (e *Error) Code() string { return e.code }

// The refusals of this package.
var (
	// ErrRoundFull: more commitments than a round takes; the rest goes into the next.
	ErrRoundFull = &Error{"round-full", "more events than a round takes"}
	// ErrSlot: a slot that does not exist, or in which no event stands.
	ErrSlot = &Error{"proof-slot", "no such slot"}
	// ErrPath: the proof does not lead from the event to the checkpoint's root.
	ErrPath = &Error{"proof-path", "proof does not lead to the checkpoint"}
	// ErrCheckpoint: malformed checkpoint.
	ErrCheckpoint = &Error{"checkpoint-malformed", "malformed checkpoint"}
	// ErrCheckpointSignature: not signed by the log's certificate.
	ErrCheckpointSignature = &Error{"checkpoint-signature", "checkpoint is not signed by the log"}
	// ErrOrigin: a checkpoint of another log or class.
	ErrOrigin = &Error{"checkpoint-origin", "checkpoint of another log"}
	// ErrInconsistent: the larger log does not continue the smaller one.
	ErrInconsistent = &Error{"checkpoint-inconsistent", "log does not continue the earlier checkpoint"}
	// ErrFork: two checkpoints of one origin and size with different roots: the log has told two stories. Both
	// checkpoints together prove it.
	ErrFork = &Error{"checkpoint-fork", "two roots of one log at one size"}
	// ErrEnvelope: malformed event envelope.
	ErrEnvelope = &Error{"envelope-malformed", "malformed event envelope"}
	// ErrSalt: a salt that is not 32 bytes.
	ErrSalt = &Error{"envelope-salt", "salt is not 32 bytes"}
	// ErrTree: a stored tree that cannot be one.
	ErrTree = &Error{"tree-malformed", "stored tree is damaged"}
)

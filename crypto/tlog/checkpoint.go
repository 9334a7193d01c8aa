package tlog

import (
	"strings"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// CheckpointType is the type of a checkpoint.
const CheckpointType = "sunbid/checkpoint/v1"

// Checkpoint is what the log says of itself: its size, its root, the time.
type Checkpoint struct {
	Type   string     `json:"type"`
	Origin string     `json:"origin"` // class/fingerprint, see Origin
	Size   int64      `json:"size"`
	Root   canon.Hash `json:"root"`
	At     canon.Time `json:"at"`
}

// RecordType is the type a signed checkpoint must have.
func (Checkpoint) RecordType() string { return CheckpointType }

// SignedCheckpoint is signed by the log key; more signatures are witnesses'.
type SignedCheckpoint = pki.Signed[Checkpoint]

// Origin names a log: its class and the fingerprint of its certificate.
func Origin(class string, log *pki.Certificate) string {
	return class + "/" + log.Fingerprint().String()
}

// NewCheckpoint is the checkpoint of t as of at, to be signed with pki.Sign.
func NewCheckpoint(origin string, t *Tree, at canon.Time) Checkpoint {
	return Checkpoint{Type: CheckpointType, Origin: origin, Size: t.Size(), Root: t.Root(), At: at}
}

// Check returns ErrCheckpoint when c cannot be a checkpoint of any log.
func (c Checkpoint) Check() error {
	class, fingerprint, _ := strings.Cut(c.Origin, "/")
	if _, err := canon.ParseHash(fingerprint); err != nil || class != pki.Production && class != pki.Rehearsal ||
		c.Type != CheckpointType || c.Size < 0 || c.Size == 0 && c.Root != EmptyRoot() {
		return ErrCheckpoint
	}
	return nil
}

// VerifyCheckpoint returns nil iff s is a checkpoint of the log named origin, signed by log, whose certificate the
// origin names. Whether log is to be trusted is the trust list's to say. Codes: checkpoint-malformed, -origin, -signature.
func VerifyCheckpoint(s SignedCheckpoint, log *pki.Certificate, origin string) error {
	if err := s.Body.Check(); err != nil {
		return err
	}
	if s.Body.Origin != origin || !strings.HasSuffix(origin, "/"+log.Fingerprint().String()) {
		return ErrOrigin
	}
	if s.Verify(log) != nil {
		return ErrCheckpointSignature
	}
	return nil
}

// Continues returns nil iff the two checkpoints tell one story: one origin and, by the consistency proof between their
// sizes in either order, one history. Two roots at one size are ErrFork; other contradictions ErrInconsistent.
// Both checkpoints are taken to be verified.
func Continues(a, b Checkpoint, consistency []canon.Hash) error {
	if a.Origin != b.Origin {
		return ErrOrigin
	}
	if a.Size > b.Size {
		a, b = b, a
	}
	if a.Size == b.Size {
		if a.Root != b.Root {
			return ErrFork
		}
		if len(consistency) > 0 {
			return ErrInconsistent
		}
		return nil
	}
	return VerifyConsistency(a.Size, b.Size, consistency, a.Root, b.Root)
}

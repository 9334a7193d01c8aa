package tlog

import (
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// EventProof shows that a commitment stands in the log, and nothing about what else does.
type EventProof struct {
	Round      int64            `json:"round"`
	Slot       int              `json:"slot"`
	Siblings   Siblings         `json:"siblings"`
	Size       int64            `json:"size"`
	Path       []canon.Hash     `json:"path"`
	Checkpoint SignedCheckpoint `json:"checkpoint"`
}

// Verify returns nil iff the commitment stands in the log named origin as of the proof's checkpoint, which log signed.
// Codes: checkpoint-malformed, checkpoint-origin, checkpoint-signature; proof-slot for a slot or round that cannot be;
// proof-path for everything that does not lead to the root.
func (p EventProof) Verify(commitment canon.Hash, log *pki.Certificate, origin string) error {
	if err := VerifyCheckpoint(p.Checkpoint, log, origin); err != nil {
		return err
	}
	return p.VerifyAt(commitment, p.Checkpoint.Body)
}

// VerifyAt is Verify for a checkpoint that was verified already: a bundle has one for thousands of events.
func (p EventProof) VerifyAt(commitment canon.Hash, checkpoint Checkpoint) error {
	if p.Round < 0 || p.Round >= p.Size {
		return ErrSlot
	}
	if p.Size != checkpoint.Size {
		return ErrPath
	}
	root, err := RoundRoot(commitment, p.Slot, p.Siblings)
	if err != nil {
		return err
	}
	return VerifyInclusion(LeafHash(root), p.Round, p.Size, p.Path, checkpoint.Root)
}

// Disclosed is an event that the law lets out: envelope, salt and proof.
type Disclosed struct {
	Envelope Envelope   `json:"envelope"`
	Salt     canon.Hex  `json:"salt"`
	Proof    EventProof `json:"proof"`
}

// Commitment is the commitment that envelope and salt open.
func (d Disclosed) Commitment() (canon.Hash, error) {
	if len(d.Salt) != 32 {
		return canon.Hash{}, ErrSalt
	}
	return d.Envelope.Commitment([32]byte(d.Salt))
}

// Verify returns nil iff the event stands in the log; codes as EventProof.Verify, envelope-malformed, envelope-salt.
func (d Disclosed) Verify(log *pki.Certificate, origin string) error {
	c, err := d.Commitment()
	if err != nil {
		return err
	}
	return d.Proof.Verify(c, log, origin)
}

// ParseDisclosed reads a disclosed event, canonical and strict, as in a line of events.jsonl. The caller bounds the size.
func ParseDisclosed(data []byte) (Disclosed, error) {
	var d Disclosed
	err := canon.Unmarshal(data, &d)
	return d, err
}

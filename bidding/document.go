package bidding

import (
	"fmt"

	"sunbid/crypto/canon"
)

// Document is a signed record (crypto/SPEC.md section 2) as it is kept and served: named by the hash of its body.
// When it comes again with more signatures, the fuller one takes the place of the other; the hash stays.
type Document struct {
	Hash canon.Hash `json:"hash"`
	Type string     `json:"type"` // "sunbid/notice/v1"
	Lot  LotID      `json:"lot"`  // zero when it belongs to no lot
	// Signed is the canonical form of {"body":…,"signatures":[…]}.
	Signed []byte `json:"signed"`
}

// NewDocument makes the document of a signed record: body is what was signed, signed is the whole.
func NewDocument(kind string, lot LotID, body, signed any) (Document, error) {
	hash, err := canon.HashOf(body)
	if err != nil {
		return Document{}, fmt.Errorf("document %s: %w", kind, err)
	}
	raw, err := canon.Marshal(signed)
	if err != nil {
		return Document{}, fmt.Errorf("document %s: %w", kind, err)
	}
	return Document{Hash: hash, Type: kind, Lot: lot, Signed: raw}, nil
}

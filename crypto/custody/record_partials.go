package custody

import (
	"regexp"

	"sunbid/crypto/canon"
	"sunbid/crypto/tdh2"
)

// MaxBatch is the largest number of stanzas one proof covers (SPEC.md section 3).
const MaxBatch = 4096

var kindShape = regexp.MustCompile(`^[a-z]{1,16}$`)

// PartialItem is D_i of one part.
type PartialItem struct {
	Bid     string     `json:"bid"`
	Digest  canon.Hash `json:"digest"`
	Partial tdh2.Point `json:"partial"`
}

// PartialsBatch is one holder's partial decryptions with one proof. The holder signs it. Batches of read-outs are
// published, those of other kinds never.
type PartialsBatch struct {
	Type   string        `json:"type"`
	Class  string        `json:"class"`
	Lot    string        `json:"lot"`
	Lock   string        `json:"lock"`
	Index  int           `json:"index"`
	Kind   string        `json:"kind"`
	Moment string        `json:"moment"`
	Items  []PartialItem `json:"items"`
	Proof  canon.Hex     `json:"proof"`
}

// Check tells whether the record is well formed; points and proof are checked by VerifyBatch.
func (b PartialsBatch) Check() error {
	var s shapeOf
	s.head(b.Type, TypePartials, b.Class)
	s.id(b.Lot, "lt", "lot")
	s.must(b.Lock == LockT || b.Lock == LockC, "lock")
	s.must(b.Index >= 1 && b.Index <= MaxHolders, "index")
	s.must(kindShape.MatchString(b.Kind), "kind")
	s.must(momentShape.MatchString(b.Moment), "moment")
	s.must(len(b.Items) >= 1 && len(b.Items) <= MaxBatch, "items")
	s.must(len(b.Proof) == 64, "proof")
	seen := make(map[canon.Hash]bool, len(b.Items))
	for _, it := range b.Items {
		s.id(it.Bid, "bd", "items: bid")
		s.hash(it.Digest, "items: digest")
		s.must(!it.Partial.IsZero(), "items: partial")
		s.must(!seen[it.Digest], "items: one part twice")
		seen[it.Digest] = true
	}
	return s.err()
}

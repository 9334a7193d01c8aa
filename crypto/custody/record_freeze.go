package custody

import (
	"bytes"
	"slices"

	"sunbid/crypto/canon"
	"sunbid/crypto/sm"
)

// Freeze fixes, at the opening time, which submit statements are opened. The platform signs it; its hash is logged.
type Freeze struct {
	Type      string     `json:"type"`
	Class     string     `json:"class"`
	Tender    string     `json:"tender"`
	Lot       string     `json:"lot"`
	Binding   canon.Hash `json:"binding"`
	OpeningAt canon.Time `json:"opening_at"`
	FrozenAt  canon.Time `json:"frozen_at"`
	Count     int        `json:"count"`
	Root      canon.Hash `json:"root"`
	Blind     canon.Hash `json:"blind,omitzero"` // version 2: random, so that the record's hash tells nothing of a count that stays closed
}

// Check tells whether the record is well formed. It looks at no signature.
func (f Freeze) Check() error {
	var s shapeOf
	s.head(f.Type, f.RecordType(), f.Class)
	s.id(f.Tender, "td", "tender")
	s.id(f.Lot, "lt", "lot")
	s.hash(f.Binding, "binding")
	s.time(f.OpeningAt, "opening_at")
	s.time(f.FrozenAt, "frozen_at")
	s.must(f.Count >= 0, "count")
	s.hash(f.Root, "root")
	return s.err()
}

// FreezeRoot is the RFC 6962 tree over the statement hashes in ascending byte order; of no statements, SM3("").
// The order of its argument does not matter and is left alone.
func FreezeRoot(statements []canon.Hash) canon.Hash {
	sorted := sortedHashes(statements)
	level := make([]canon.Hash, len(sorted))
	for i, s := range sorted {
		level[i] = canon.Sum([]byte{0}, s[:])
	}
	if len(level) == 0 {
		return canon.Hash(sm.Sum(nil))
	}
	for len(level) > 1 { // pairing level by level, an odd last one moved up, is RFC 6962's tree
		next := level[:0]
		for i := 0; i+1 < len(level); i += 2 {
			next = append(next, canon.Sum([]byte{1}, level[i][:], level[i+1][:]))
		}
		if len(level)%2 == 1 {
			next = append(next, level[len(level)-1])
		}
		level = next
	}
	return level[0]
}

// matches: the set is this record's, without doubles. It returns the set sorted.
func (f Freeze) matches(statements []canon.Hash) ([]canon.Hash, error) {
	sorted := sortedHashes(statements)
	if len(slices.Compact(slices.Clone(sorted))) != len(sorted) {
		return nil, ErrFreezeRoot.with("a statement twice")
	}
	if len(sorted) != f.Count || FreezeRoot(sorted) != f.Root {
		return nil, ErrFreezeRoot
	}
	return sorted, nil
}

func sortedHashes(list []canon.Hash) []canon.Hash {
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, func(a, b canon.Hash) int { return bytes.Compare(a[:], b[:]) })
	return sorted
}

func containsHash(sorted []canon.Hash, h canon.Hash) bool {
	_, found := slices.BinarySearchFunc(sorted, h, func(a, b canon.Hash) int { return bytes.Compare(a[:], b[:]) })
	return found
}

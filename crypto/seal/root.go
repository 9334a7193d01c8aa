package seal

import (
	"sunbid/crypto/canon"
	"sunbid/crypto/sm"
)

// LeafHash is the leaf of a sealed chunk: SM3(00 || chunk).
func LeafHash(chunk []byte) canon.Hash { return sm.Sum([]byte{0}, chunk) }

// RootBuilder computes the root over leaves given in order, in memory that grows with the logarithm of their number.
// The zero RootBuilder is ready.
type RootBuilder struct {
	peaks []canon.Hash // of complete subtrees, the largest first
	count uint64
}

// Append adds the next leaf.
func (b *RootBuilder) Append(leaf canon.Hash) {
	for n := b.count; n&1 == 1; n >>= 1 {
		last := len(b.peaks) - 1
		leaf = nodeHash(b.peaks[last], leaf)
		b.peaks = b.peaks[:last]
	}
	b.peaks = append(b.peaks, leaf)
	b.count++
}

// Root is the RFC 6962 root of the leaves so far; without leaves it is SM3 of nothing.
func (b *RootBuilder) Root() canon.Hash {
	if len(b.peaks) == 0 {
		return canon.Sum()
	}
	root := b.peaks[len(b.peaks)-1]
	for i := len(b.peaks) - 2; i >= 0; i-- {
		root = nodeHash(b.peaks[i], root)
	}
	return root
}

// RootOf is the root over leaves.
func RootOf(leaves []canon.Hash) canon.Hash {
	var b RootBuilder
	for _, l := range leaves {
		b.Append(l)
	}
	return b.Root()
}

func nodeHash(left, right canon.Hash) canon.Hash { return canon.Sum([]byte{1}, left[:], right[:]) }

package tlog

import (
	"slices"

	"github.com/transparency-dev/merkle/compact"

	"sunbid/crypto/canon"
)

// Tree is the growing edge of the log: its size and the roots of the whole subtrees at its right border, at most 63
// hashes. It has one owner at a time.
type Tree struct {
	edge *compact.Range
}

func hashChildren(l, r []byte) []byte { return hasher{}.HashChildren(l, r) }

// NewTree continues a tree of this size. frontier is what Frontier gave at that size; none for size 0. A frontier of
// the wrong length is ErrTree.
func NewTree(size int64, frontier []canon.Hash) (*Tree, error) {
	if size < 0 {
		return nil, ErrTree
	}
	f := &compact.RangeFactory{Hash: hashChildren}
	edge, err := f.NewRange(0, uint64(size), raw(frontier))
	if err != nil {
		return nil, ErrTree
	}
	return &Tree{edge}, nil
}

// Clone is a copy to try an append on that may have to be undone.
func (t *Tree) Clone() *Tree {
	c, err := NewTree(t.Size(), t.Frontier())
	if err != nil {
		panic(err) // our own frontier
	}
	return c
}

// Size is the number of leaves, that is of rounds.
func (t *Tree) Size() int64 { return int64(t.edge.End()) }

// Frontier is what NewTree needs to continue.
func (t *Tree) Frontier() []canon.Hash { return cooked(t.edge.Hashes()) }

// Append adds a leaf hash (LeafHash of a round root). visit, unless nil, gets every node that is now final: the leaf
// at level 0, then the whole subtrees it completes, upwards. Each node is visited once in the life of a log; these are
// the nodes to store.
func (t *Tree) Append(leaf canon.Hash, visit func(level uint, index uint64, hash canon.Hash)) {
	var v compact.VisitFn
	if visit != nil {
		v = func(id compact.NodeID, h []byte) { visit(id.Level, id.Index, canon.Hash(h)) }
	}
	if err := t.edge.Append(slices.Clone(leaf[:]), v); err != nil {
		panic(err) // the edge is consistent by construction
	}
}

// Root is the root of the tree as it stands.
func (t *Tree) Root() canon.Hash {
	if t.edge.End() == 0 {
		return EmptyRoot()
	}
	root, err := t.edge.GetRootHash(nil)
	if err != nil {
		panic(err) // the range begins at 0
	}
	return canon.Hash(root)
}

func raw(hashes []canon.Hash) [][]byte {
	out := make([][]byte, len(hashes))
	for i, h := range hashes {
		out[i] = slices.Clone(h[:])
	}
	return out
}

func cooked(hashes [][]byte) []canon.Hash {
	out := make([]canon.Hash, len(hashes))
	for i, h := range hashes {
		out[i] = canon.Hash(h)
	}
	return out
}

package tlog

import (
	"context"
	"fmt"

	"github.com/transparency-dev/merkle/proof"

	"sunbid/crypto/canon"
)

// Nodes reads stored nodes of the log. Node returns the hash of the node that Tree.Append visited at this level and
// index, or an error; it never makes one up.
type Nodes interface {
	Node(ctx context.Context, level uint, index uint64) (canon.Hash, error)
}

// InclusionProof is the RFC 6962 path of leaf index in the tree of this size.
func InclusionProof(ctx context.Context, nodes Nodes, index, size int64) ([]canon.Hash, error) {
	if index < 0 || index >= size {
		return nil, ErrPath
	}
	need, err := proof.Inclusion(uint64(index), uint64(size))
	if err != nil {
		return nil, ErrPath
	}
	return gather(ctx, nodes, need)
}

// ConsistencyProof is RFC 6962's proof that the tree of size to continues the tree of size from.
func ConsistencyProof(ctx context.Context, nodes Nodes, from, to int64) ([]canon.Hash, error) {
	if from < 0 || from > to {
		return nil, ErrInconsistent
	}
	if from == 0 || from == to {
		return []canon.Hash{}, nil
	}
	need, err := proof.Consistency(uint64(from), uint64(to))
	if err != nil {
		return nil, ErrInconsistent
	}
	return gather(ctx, nodes, need)
}

func gather(ctx context.Context, nodes Nodes, need proof.Nodes) ([]canon.Hash, error) {
	hashes := make([][]byte, len(need.IDs))
	for i, id := range need.IDs {
		h, err := nodes.Node(ctx, id.Level, id.Index)
		if err != nil {
			return nil, fmt.Errorf("log node %d/%d: %w", id.Level, id.Index, err)
		}
		hashes[i] = h[:]
	}
	path, err := need.Rehash(hashes, hashChildren)
	if err != nil {
		return nil, fmt.Errorf("log proof: %w", err)
	}
	return cooked(path), nil
}

// VerifyInclusion returns nil iff path leads from leaf at index to the root of the tree of this size; else ErrPath.
func VerifyInclusion(leaf canon.Hash, index, size int64, path []canon.Hash, root canon.Hash) error {
	if index < 0 || index >= size || len(path) > 63 {
		return ErrPath
	}
	if proof.VerifyInclusion(hasher{}, uint64(index), uint64(size), leaf[:], raw(path), root[:]) != nil {
		return ErrPath
	}
	return nil
}

// VerifyConsistency returns nil iff path proves that the tree (to, newRoot) continues (from, oldRoot); else ErrInconsistent.
func VerifyConsistency(from, to int64, path []canon.Hash, oldRoot, newRoot canon.Hash) error {
	if from < 0 || from > to || len(path) > 2*63 {
		return ErrInconsistent
	}
	if from == 0 { // every log continues the empty one, which has one root
		if len(path) > 0 || oldRoot != EmptyRoot() || to == 0 && newRoot != oldRoot {
			return ErrInconsistent
		}
		return nil
	}
	if proof.VerifyConsistency(hasher{}, uint64(from), uint64(to), raw(path), oldRoot[:], newRoot[:]) != nil {
		return ErrInconsistent
	}
	return nil
}

package tlog

import (
	"sunbid/crypto/canon"
	"sunbid/crypto/sm"
)

// LeafHash is the leaf of the log for a round: SM3(00 || round root).
func LeafHash(roundRoot canon.Hash) canon.Hash { return canon.Sum([]byte{0}, roundRoot[:]) }

// NodeHash is an inner node of the log: SM3(01 || left || right).
func NodeHash(left, right canon.Hash) canon.Hash { return canon.Sum([]byte{1}, left[:], right[:]) }

// EmptyRoot is the root of the log before its first round: SM3 of nothing.
func EmptyRoot() canon.Hash { return canon.Sum() }

// roundNode is an inner node of a round: SM3(03 || left || right).
func roundNode(left, right canon.Hash) canon.Hash { return canon.Sum([]byte{3}, left[:], right[:]) }

// hasher gives the proof algorithms our hash.
type hasher struct{}

func (hasher) EmptyRoot() []byte               { h := EmptyRoot(); return h[:] }
func (hasher) HashLeaf(leaf []byte) []byte     { h := sm.Sum([]byte{0}, leaf); return h[:] }
func (hasher) HashChildren(l, r []byte) []byte { h := sm.Sum([]byte{1}, l, r); return h[:] }
func (hasher) Size() int                       { return sm.Size }

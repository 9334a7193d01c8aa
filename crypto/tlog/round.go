package tlog

import (
	"cmp"
	"encoding/binary"
	"io"
	"slices"

	"sunbid/crypto/canon"
	"sunbid/crypto/sm"
)

const (
	// RoundDepth is the depth of a round's tree.
	RoundDepth = 16
	// Slots is how many slots a round has.
	Slots = 1 << RoundDepth
	// RoundCapacity is how many events NewRound puts into one round. It is well below Slots, so that finding a free
	// slot stays quick.
	RoundCapacity = 4096
)

// Siblings are the 16 hashes that lead from a slot to the round's root, from the slots up.
type Siblings = [RoundDepth]canon.Hash

// Slotted is a commitment and where it stands.
type Slotted struct {
	Slot       int
	Commitment canon.Hash
}

// Round is one round's tree. It holds only what is not empty: building it costs about 32 hashes an event.
type Round struct {
	seed   [32]byte
	slots  []Slotted               // as given to NewRound; ascending in a restored round
	levels [RoundDepth + 1][]inner // what is not empty, ascending by index
}

type inner struct {
	index uint32
	hash  canon.Hash
}

// NewRound puts each commitment into a random free slot, drawn from rand. seed is 32 secret random bytes of this
// round alone; who has it can tell empty slots from full ones. More than RoundCapacity commitments are ErrRoundFull.
func NewRound(seed [32]byte, commitments []canon.Hash, rand io.Reader) (*Round, error) {
	if len(commitments) > RoundCapacity {
		return nil, ErrRoundFull
	}
	taken := make(map[int]bool, len(commitments))
	slots := make([]Slotted, 0, len(commitments))
	var draw [2]byte
	for _, c := range commitments {
		for {
			if _, err := io.ReadFull(rand, draw[:]); err != nil {
				return nil, err
			}
			slot := int(binary.BigEndian.Uint16(draw[:]))
			if !taken[slot] {
				taken[slot] = true
				slots = append(slots, Slotted{slot, c})
				break
			}
		}
	}
	return build(seed, slots), nil
}

// RestoreRound rebuilds a round from what was stored: its seed and its commitments by slot. Same in, same root.
func RestoreRound(seed [32]byte, commitments map[int]canon.Hash) (*Round, error) {
	slots := make([]Slotted, 0, len(commitments))
	for slot, c := range commitments {
		if slot < 0 || slot >= Slots {
			return nil, ErrSlot
		}
		slots = append(slots, Slotted{slot, c})
	}
	slices.SortFunc(slots, func(a, b Slotted) int { return cmp.Compare(a.Slot, b.Slot) })
	return build(seed, slots), nil
}

func build(seed [32]byte, slots []Slotted) *Round {
	r := &Round{seed: seed, slots: slots}
	level := make([]inner, len(slots))
	for i, s := range slots {
		level[i] = inner{uint32(s.Slot), s.Commitment}
	}
	slices.SortFunc(level, func(a, b inner) int { return cmp.Compare(a.index, b.index) })
	r.levels[0] = level
	for up := 1; up <= RoundDepth; up++ {
		below := r.levels[up-1]
		above := make([]inner, 0, len(below))
		for i := 0; i < len(below); i++ {
			n := below[i]
			var left, right canon.Hash
			switch {
			case n.index&1 == 1:
				left, right = r.empty(up-1, n.index-1), n.hash
			case i+1 < len(below) && below[i+1].index == n.index+1:
				left, right = n.hash, below[i+1].hash
				i++
			default:
				left, right = n.hash, r.empty(up-1, n.index+1)
			}
			above = append(above, inner{n.index / 2, roundNode(left, right)})
		}
		r.levels[up] = above
	}
	return r
}

// Root is the round root, the node at level 16.
func (r *Round) Root() canon.Hash { return r.node(RoundDepth, 0) }

// Slots lists the commitments with their slots: in the order given to NewRound, or by slot in a restored round.
func (r *Round) Slots() []Slotted { return slices.Clone(r.slots) }

// Proof leads from the event in slot to the round's root. It has the same form however many events the round holds.
// A slot without an event is ErrSlot.
func (r *Round) Proof(slot int) (Siblings, error) {
	var s Siblings
	if slot < 0 || slot >= Slots {
		return s, ErrSlot
	}
	if _, ok := r.find(0, uint32(slot)); !ok {
		return s, ErrSlot
	}
	for level := range RoundDepth {
		s[level] = r.node(level, uint32(slot)>>level^1)
	}
	return s, nil
}

// RoundRoot is the root that an event in slot and its siblings lead to.
func RoundRoot(commitment canon.Hash, slot int, siblings Siblings) (canon.Hash, error) {
	if slot < 0 || slot >= Slots {
		return canon.Hash{}, ErrSlot
	}
	h := commitment
	for level, sibling := range siblings {
		if slot>>level&1 == 0 {
			h = roundNode(h, sibling)
		} else {
			h = roundNode(sibling, h)
		}
	}
	return h, nil
}

func (r *Round) node(level int, index uint32) canon.Hash {
	if i, ok := r.find(level, index); ok {
		return r.levels[level][i].hash
	}
	return r.empty(level, index)
}

func (r *Round) find(level int, index uint32) (int, bool) {
	return slices.BinarySearchFunc(r.levels[level], index, func(n inner, i uint32) int { return cmp.Compare(n.index, i) })
}

// empty stands for a subtree without events: HMAC-SM3(seed, u8(level) || u32(index)).
func (r *Round) empty(level int, index uint32) canon.Hash {
	var at [5]byte
	at[0] = byte(level)
	binary.BigEndian.PutUint32(at[1:], index)
	return canon.Hash(sm.HMAC(r.seed[:], at[:]))
}

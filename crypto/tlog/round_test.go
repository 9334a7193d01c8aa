package tlog_test

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"

	"sunbid/crypto/canon"
	"sunbid/crypto/sm"
	"sunbid/crypto/tlog"
)

func code(err error) string {
	if err == nil {
		return ""
	}
	var coded interface{ Code() string }
	if !errors.As(err, &coded) {
		return "no code: " + err.Error()
	}
	return coded.Code()
}

// whole is the round of SPEC.md section 6 with every one of its 65 536 slots written out.
func whole(seed [32]byte, events map[int]canon.Hash) canon.Hash {
	pseudo := func(level, index int) canon.Hash {
		at := binary.BigEndian.AppendUint32([]byte{byte(level)}, uint32(index))
		return canon.Hash(sm.HMAC(seed[:], at))
	}
	nodes := make([]*canon.Hash, tlog.Slots)
	for slot, c := range events {
		nodes[slot] = &c
	}
	for level := range tlog.RoundDepth {
		above := make([]*canon.Hash, len(nodes)/2)
		for i := range above {
			l, r := nodes[2*i], nodes[2*i+1]
			if l == nil && r == nil {
				continue
			}
			if l == nil {
				h := pseudo(level, 2*i)
				l = &h
			}
			if r == nil {
				h := pseudo(level, 2*i+1)
				r = &h
			}
			h := canon.Sum([]byte{3}, l[:], r[:])
			above[i] = &h
		}
		nodes = above
	}
	if nodes[0] == nil {
		return pseudo(tlog.RoundDepth, 0)
	}
	return *nodes[0]
}

func bySlot(r *tlog.Round) map[int]canon.Hash {
	m := map[int]canon.Hash{}
	for _, s := range r.Slots() {
		m[s.Slot] = s.Commitment
	}
	return m
}

func TestRoundAgainstTheWholeTree(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 3, 50, 300, 4096} {
		seed := [32]byte{byte(n), 1}
		events := leaves(n, uint64(n))
		round, err := tlog.NewRound(seed, events, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		slots := bySlot(round)
		if len(slots) != n {
			t.Fatalf("%d events in %d slots", n, len(slots))
		}
		if round.Root() != whole(seed, slots) {
			t.Fatalf("root of %d events", n)
		}
		restored, err := tlog.RestoreRound(seed, slots)
		if err != nil || restored.Root() != round.Root() {
			t.Fatalf("%d events are not restored: %v", n, err)
		}
		for i, s := range round.Slots() {
			if s.Commitment != events[i] {
				t.Fatal("slots are not in the order given")
			}
			proof, err := round.Proof(s.Slot)
			if err != nil {
				t.Fatal(err)
			}
			if again, _ := restored.Proof(s.Slot); again != proof {
				t.Fatal("restored round proves otherwise")
			}
			if root, err := tlog.RoundRoot(s.Commitment, s.Slot, proof); err != nil || root != round.Root() {
				t.Fatalf("event %d of %d: %v", i, n, err)
			}
			for _, other := range []int{s.Slot ^ 1, s.Slot ^ 1<<15, (s.Slot + 1) % tlog.Slots} {
				if root, _ := tlog.RoundRoot(s.Commitment, other, proof); root == round.Root() {
					t.Fatal("passes at another slot")
				}
			}
			swapped := proof
			swapped[3], swapped[4] = swapped[4], swapped[3]
			if root, _ := tlog.RoundRoot(s.Commitment, s.Slot, swapped); root == round.Root() {
				t.Fatal("passes with siblings swapped")
			}
		}
	}
}

// A proof from a round of one event cannot be told from one of 300 by its form: 16 hashes, none zero, none repeated,
// and the slots are spread alike.
func TestProofTellsNoNumber(t *testing.T) {
	t.Parallel()
	seen := map[canon.Hash]bool{}
	for _, n := range []int{1, 300} {
		for trial := range 40 {
			var seed [32]byte
			if _, err := rand.Read(seed[:]); err != nil {
				t.Fatal(err)
			}
			round, err := tlog.NewRound(seed, leaves(n, uint64(trial*1000+n)), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			proof, err := round.Proof(round.Slots()[0].Slot)
			if err != nil {
				t.Fatal(err)
			}
			if len(proof) != tlog.RoundDepth {
				t.Fatal("length")
			}
			for _, h := range proof {
				if h.IsZero() || seen[h] {
					t.Fatal("a sibling that gives itself away")
				}
				seen[h] = true
			}
		}
	}
}

// The same events land elsewhere each time: the root of a round says nothing about guessed events.
func TestSlotsAreRandom(t *testing.T) {
	t.Parallel()
	events := leaves(8, 9)
	a, err := tlog.NewRound([32]byte{1}, events, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b, err := tlog.NewRound([32]byte{1}, events, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(a.Slots(), b.Slots()) || a.Root() == b.Root() {
		t.Fatal("same slots twice")
	}
	// A source that repeats itself still gives each event a slot of its own.
	c, err := tlog.NewRound([32]byte{1}, events[:2], bytes.NewReader([]byte{0, 7, 0, 7, 0, 8}))
	if err != nil || c.Slots()[0].Slot != 7 || c.Slots()[1].Slot != 8 {
		t.Fatal(err)
	}
}

func TestRoundRefuses(t *testing.T) {
	t.Parallel()
	if _, err := tlog.NewRound([32]byte{}, leaves(tlog.RoundCapacity+1, 1), rand.Reader); code(err) != "round-full" {
		t.Errorf("full: %v", err)
	}
	if _, err := tlog.NewRound([32]byte{}, leaves(1, 1), bytes.NewReader(nil)); !errors.Is(err, io.EOF) {
		t.Errorf("no randomness: %v", err)
	}
	for _, slot := range []int{-1, tlog.Slots} {
		if _, err := tlog.RestoreRound([32]byte{}, map[int]canon.Hash{slot: {}}); code(err) != "proof-slot" {
			t.Errorf("slot %d: %v", slot, err)
		}
		if _, err := tlog.RoundRoot(canon.Hash{}, slot, tlog.Siblings{}); code(err) != "proof-slot" {
			t.Errorf("slot %d: %v", slot, err)
		}
	}
	round, err := tlog.RestoreRound([32]byte{}, map[int]canon.Hash{7: {1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, slot := range []int{-1, 6, 8, tlog.Slots} { // a proof of an empty slot would tell that it is empty
		if _, err := round.Proof(slot); code(err) != "proof-slot" {
			t.Errorf("proof of slot %d: %v", slot, err)
		}
	}
}

func BenchmarkRound(b *testing.B) {
	for name, n := range map[string]int{"0": 0, "1": 1, "300": 300, "4096": 4096} {
		events := leaves(n, 1)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r, err := tlog.NewRound([32]byte{1}, events, rand.Reader)
				if err != nil {
					b.Fatal(err)
				}
				r.Root()
			}
		})
	}
}

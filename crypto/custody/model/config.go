package model

import "fmt"

// Group is the holders of one lock: Holders in all, of whom Dishonest do what the platform wants, and Threshold open.
type Group struct{ Threshold, Holders, Dishonest int }

func (g Group) honest() int { return g.Holders - g.Dishonest }

// inForce is how many signatures put a postponement in force.
func (g Group) inForce() int { return g.Holders - g.Threshold + 1 }

func (g Group) String() string {
	return fmt.Sprintf("%d of %d (%d dishonest)", g.Threshold, g.Holders, g.Dishonest)
}

// Config is one exploration. A lock without holders is left out: what the other then keeps, it keeps alone, with all of
// the missing lock's holders dishonest.
type Config struct {
	Locks         [2]Group
	Want          Parts // the parts that the adversary is after; the others are of no interest to it
	Postponements int   // 0 … 2
	Erasure       bool  // authorities may order the key erased
	Rollbacks     int   // how often an honest holder's disk is set back to the day it was bound
	Hand          bool  // dishonest holders hand over their shares one by one, as steps of the trace, not at the beginning
	Without       Rule  // rules that holders do not keep
	Watch         Invariant
}

// recordForged: k officers are dishonest and sign a release record of a later moment when they like. With lock C left out
// the record is still the word of at least one honest officer: it is the only thing that lock T asks of the officers.
func (c Config) recordForged() bool {
	g := c.Locks[C]
	return g.Holders != 0 && g.Dishonest >= g.Threshold || c.Without&MomentRecord != 0
}

func (c Config) start() State {
	var s State
	if !c.Hand {
		s.Handed = [2]uint8{uint8(c.Locks[T].Dishonest), uint8(c.Locks[C].Dishonest)}
	}
	return s
}

func (c Config) lastTick() uint8 { return uint8(tickOf(c.Postponements) + 1) }

// partials is how many partial decryptions of a part the adversary has under a lock.
func (c Config) partials(s *State, l LockOf, p Part) int {
	n := int(s.Handed[l])
	for _, h := range s.Holders[l][:c.Locks[l].honest()] {
		if h.Got.has(p) {
			n++
		}
	}
	return n
}

// open tells whether the adversary can read the part: a threshold of partial decryptions under each lock.
func (c Config) open(s *State, p Part) bool {
	for l, g := range c.Locks {
		if g.Holders != 0 && c.partials(s, LockOf(l), p) < g.Threshold {
			return false
		}
	}
	return true
}

func (c Config) opened(s *State) Parts {
	var list Parts
	for p := range parts {
		if c.Want.has(p) && c.open(s, p) {
			list |= Of(p)
		}
	}
	return list
}

// signatures under a postponement, of honest keyholders only.
func (c Config) signatures(s *State, number int) int {
	n := 0
	for _, h := range s.Holders[T][:c.Locks[T].honest()] {
		if int(h.Signed) >= number {
			n++
		}
	}
	return n
}

// inForce: n−t+1 keyholders, the dishonest ones among them, have signed this postponement and those before it.
func (c Config) inForce(s *State, number int) bool {
	if c.Locks[T].Holders == 0 {
		return true
	}
	return c.signatures(s, number)+c.Locks[T].Dishonest >= c.Locks[T].inForce()
}

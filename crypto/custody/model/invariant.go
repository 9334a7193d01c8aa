package model

import "fmt"

// Invariant is what must never happen; several can be watched at once.
type Invariant uint16

// The invariants. See the package comment for their places in SPEC.md.
const (
	BeforeLabel     Invariant = 1 << iota // a part opens before the not-before of its label (less the skew of clocks)
	BeforePostponed                       // … before a postponed time that n−t+1 honest keyholders had signed
	BeforeInForce                         // … that was in force by the count of signatures, the dishonest ones' among them
	Unfrozen                              // a part opens although no freeze record in the log names it
	TwoSets                               // parts of two frozen sets that exclude each other are both open
	AfterErasure                          // a part opens with the help of an erased share
	BeforeMoment                          // a part of a later moment opens before the result on which its release rests
	LatePostponed                         // a postponement comes into force when the old time has passed by every honest clock

	Safety = BeforeLabel | BeforePostponed | Unfrozen | AfterErasure | BeforeMoment | LatePostponed // without exception
)

func (i Invariant) String() string {
	return map[Invariant]string{
		BeforeLabel: "a part opens before the not-before of its label", BeforePostponed: "a part opens before the time that n−t+1 honest keyholders put it back to",
		BeforeInForce: "a part opens before a postponed time in force", Unfrozen: "a part opens that no logged freeze record names",
		TwoSets: "parts of two frozen sets open", AfterErasure: "a part opens after n−t+1 shares were erased", BeforeMoment: "a part opens before its moment",
		LatePostponed: "a postponement comes into force after the old time",
	}[i]
}

// broken names the first invariant that the step from one state to the next breaks, and for which part. It looks at parts
// that the step opened.
func (c Config) broken(from, to *State, already, now Parts) (Invariant, Part) {
	for p := range parts {
		if !now.has(p) || already.has(p) {
			continue
		}
		for _, check := range []struct {
			is    Invariant
			holds bool
		}{
			{BeforeLabel, int(from.Now)+skew >= tickOf(p.notBefore())},
			{BeforePostponed, !c.early(from, func(number int) bool { return c.signatures(from, number) >= c.quorum() })},
			{BeforeInForce, !c.early(from, func(number int) bool { return c.inForce(from, number) })},
			{Unfrozen, c.frozenInLog(to, p)},
			{TwoSets, !now.has(Left) || now&^Of(Left) == 0},
			{AfterErasure, c.Locks[T].Holders == 0 || c.erasedUnserved(from, p) < c.Locks[T].inForce()},
			{BeforeMoment, p != Price || to.Done},
		} {
			if c.Watch&check.is != 0 && !check.holds {
				return check.is, p
			}
		}
	}
	return 0, 0
}

// late tells whether this signature puts a postponement in force whose old time has passed.
func (c Config) late(from, to *State, number int) bool {
	return c.Watch&LatePostponed != 0 && !c.inForce(from, number) && c.inForce(to, number) && int(from.Now)-skew >= tickOf(number-1)
}

// quorum of honest signatures that holds a postponement.
func (c Config) quorum() int {
	if c.Without&InForceQuorum != 0 {
		return c.Locks[T].inForce() - 1
	}
	return c.Locks[T].inForce()
}

// early: it is before the time of a postponement that holds.
func (c Config) early(s *State, holds func(number int) bool) bool {
	if c.Locks[T].Holders == 0 {
		return false
	}
	for number := 1; number <= c.Postponements; number++ {
		if holds(number) && int(s.Now)+skew < tickOf(number) {
			return true
		}
	}
	return false
}

func (c Config) frozenInLog(s *State, p Part) bool {
	for f := Freeze(1); f <= FreezeOf(c.Postponements, OtherSet); f++ {
		if s.Logged&(1<<f) != 0 && f.Names(p) {
			return true
		}
	}
	return false
}

// erasedUnserved counts honest keyholders that signed away their share before it served the part.
func (c Config) erasedUnserved(s *State, p Part) int {
	n := 0
	for _, h := range s.Holders[T][:c.Locks[T].honest()] {
		if h.Declared && !h.Got.has(p) {
			n++
		}
	}
	return n
}

// Violation is an invariant broken, by the shortest way.
type Violation struct {
	Invariant Invariant
	Part      Part
	Trace     []Step
	End       State
}

func (v *Violation) String() string {
	return fmt.Sprintf("%v (%v), in %d steps", v.Invariant, v.Part, len(v.Trace))
}

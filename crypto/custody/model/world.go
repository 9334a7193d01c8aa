package model

// Time is counted in ticks. Opening i is at 2 + 2·i: opening 0 is the binding's time, opening i that of postponement i.
// An honest clock reads now − skew … now + skew, anew at each question, so that it may also step back within the skew.
const skew = 1

func tickOf(opening int) int { return 2 + 2*opening }

// Part is a sealed part of a bid, standing for all parts of its sort.
type Part uint8

// The parts that the adversary is after.
const (
	Kept  Part = iota // of an admitted bid, sealed to opening 0, released at the opening
	Later             // of an admitted bid, sealed to opening 1 (after the first postponement), released at the opening
	Left              // of a bid that was withdrawn, replaced or late: an honest platform leaves it out of the frozen set
	Price             // of an admitted bid, sealed to opening 0, released at a later moment (双信封)
	parts
)

func (p Part) notBefore() int {
	if p == Later {
		return 1
	}
	return 0
}

// Parts is a set of parts.
type Parts uint8

// Of is the set of these parts.
func Of(list ...Part) Parts {
	var s Parts
	for _, p := range list {
		s |= 1 << p
	}
	return s
}

func (s Parts) has(p Part) bool { return s&(1<<p) != 0 }

// Freeze is a freeze record of the lot: 0 is none; else it names an opening time and one of two sets.
type Freeze uint8

// The two frozen sets a platform may sign: the honest one, and one with a part that should be left out in place of the others.
const (
	HonestSet = 0
	OtherSet  = 1
)

// FreezeOf is the freeze record of a set for an opening.
func FreezeOf(opening, set int) Freeze { return Freeze(1 + 2*opening + set) }

// Opening is the opening whose time the record names.
func (f Freeze) Opening() int { return int(f-1) / 2 }

// Set is HonestSet or OtherSet.
func (f Freeze) Set() int { return int(f-1) % 2 }

// Names tells whether the part's statement is in the record's set.
func (f Freeze) Names(p Part) bool { return f != 0 && (p == Left) == (f.Set() == OtherSet) }

// Holder is what one honest holder has on its disk about the lot, and what it has given away.
type Holder struct {
	Post     uint8  // postponements accepted; an officer's: those of the lot file it was started with
	Signed   uint8  // highest postponement it ever signed: what was signed stays signed
	Advanced bool   // an earlier opening was accepted (only without the rule NoAdvance)
	Freeze   Freeze // the first freeze record accepted
	Moment   bool   // the later moment was accepted
	Erased   bool
	Declared bool  // it signed that its share is gone: what was signed stays signed
	Got      Parts // parts of which it gave a partial decryption
}

func (h Holder) before(o Holder) bool { return h.pack() < o.pack() }

// pack is the holder in 15 bits.
func (h Holder) pack() uint16 {
	return uint16(h.Post) | uint16(h.Signed)<<2 | bit(h.Advanced)<<4 | uint16(h.Freeze)<<5 | bit(h.Moment)<<8 | bit(h.Erased)<<9 | bit(h.Declared)<<10 | uint16(h.Got)<<11
}

func bit(b bool) uint16 {
	if b {
		return 1
	}
	return 0
}

// current is the tick of the opening that holds for this holder.
func (h Holder) current() int {
	if h.Advanced {
		return 0
	}
	return tickOf(int(h.Post))
}

// LockOf tells which lock; it is an index too.
type LockOf uint8

// The two locks.
const (
	T LockOf = iota // the keyholders'
	C               // the opening officers'
)

const maxHonest = 5

// State is a moment of the world, but for what the adversary can make up by itself. Holders of a lock are interchangeable:
// they stand in ascending order, which is the symmetry reduction.
type State struct {
	Now     uint8
	Done    bool     // the result on which the later moment rests is there: honest officers sign its release record
	Logged  uint8    // freeze records in the public log, bit f for Freeze f
	Forgot  uint8    // rollbacks so far
	Handed  [2]uint8 // dishonest holders that handed over their shares
	Holders [2][maxHonest]Holder
}

func (s *State) sort(l LockOf, n int) {
	list := s.Holders[l][:n]
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && list[j].before(list[j-1]); j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
}

// key is a state in few bytes, for looking it up.
type key struct {
	now, logged, forgot uint8
	done                bool
	handed              [2]uint8
	holders             [2][maxHonest]uint16
}

func (s *State) key() key {
	k := key{s.Now, s.Logged, s.Forgot, s.Done, s.Handed, [2][maxHonest]uint16{}}
	for l := range s.Holders {
		for i, h := range s.Holders[l] {
			k.holders[l][i] = h.pack()
		}
	}
	return k
}

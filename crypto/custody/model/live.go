package model

// Liveness is a run with an honest platform and authority. Of the lock's holders, Dishonest are faulty: they may sign, so
// that they count, and are silent at the opening, which is the worst that they can do. Messages and answers are lost, clocks
// are off by the skew, an authority may or may not postpone, and the platform may stop between any two steps.
type Liveness struct {
	Group
	Lock    LockOf
	Without Rule
}

// seat is a holder and what the platform has of it.
type seat struct {
	Holder
	Faulty bool
	Ack    bool // the platform has its signature under the postponement
}

// LiveState is a moment of such a run.
type LiveState struct {
	Now    uint8
	Moved  bool   // the platform holds the postponement in force
	Frozen Freeze // its one freeze record
	Seats  [maxHonest]seat
}

// LiveReport is what a run found. Stuck is a state from which nothing moves on although the bid is not open; Way leads there.
type LiveReport struct {
	States int
	Stuck  *LiveState
	Way    []string
}

// ExploreLive visits every state. The steps that fair scheduling brings about (time, the freeze, repeated requests) only ever
// add to a state, so that every fair run ends in a state where none of them changes anything. It is stuck if the part is
// not open there; and if no state is stuck, every fair run opens, from every reachable state.
func ExploreLive(l Liveness) LiveReport {
	type origin struct {
		from int
		by   string
	}
	var first LiveState
	for i := range l.Dishonest {
		first.Seats[i].Faulty = true
	}
	states, origins, seen := []LiveState{first}, []origin{{-1, ""}}, map[LiveState]struct{}{first: {}}
	for at := 0; at < len(states); at++ {
		from, moved := states[at], false
		visit := func(by string, to LiveState, fair bool) {
			if to == from {
				return
			}
			moved = moved || fair
			l.sort(&to)
			if _, old := seen[to]; !old {
				seen[to] = struct{}{}
				states, origins = append(states, to), append(origins, origin{at, by})
			}
		}
		l.platform(from, visit)
		for i := range l.Holders {
			if from.Seats[i].Faulty {
				l.faulty(from, i, visit)
			} else {
				l.honest(from, i, visit)
			}
		}
		if !moved && !l.isOpen(&from) {
			r := LiveReport{States: len(states), Stuck: &from}
			for i := at; origins[i].from >= 0; i = origins[i].from {
				r.Way = append([]string{origins[i].by}, r.Way...)
			}
			return r
		}
	}
	return LiveReport{States: len(states)}
}

func (l Liveness) isOpen(s *LiveState) bool {
	n := 0
	for _, h := range s.Seats[:l.Holders] {
		if h.Got.has(Kept) {
			n++
		}
	}
	return n >= l.Threshold
}

// platform: time, the decision, the freeze at the opening time that holds for the platform.
func (l Liveness) platform(s LiveState, visit func(string, LiveState, bool)) {
	opening := int(bit(s.Moved))
	if int(s.Now) < tickOf(1)+skew {
		to := s
		to.Now++
		visit("time passes", to, true)
	}
	acks := 0
	for _, h := range s.Seats[:l.Holders] {
		acks += int(bit(h.Ack))
	}
	if s.Frozen == 0 && l.Lock == T && acks >= l.inForce() || l.Lock == C && s.Frozen == 0 {
		to := s
		to.Moved = true
		visit("the platform records the postponement", to, false)
	}
	if s.Frozen == 0 && int(s.Now) >= tickOf(opening) {
		to := s
		to.Frozen = FreezeOf(opening, HonestSet)
		visit("the platform freezes", to, true)
	}
}

// asks: until the old time has come by the platform's clock, a postponement may be brought to the keyholders.
func (l Liveness) asks(s LiveState) bool {
	return l.Lock == T && !s.Moved && s.Frozen == 0 && int(s.Now) < tickOf(0)
}

func (l Liveness) faulty(s LiveState, i int, visit func(string, LiveState, bool)) {
	if l.asks(s) {
		s.Seats[i].Ack = true
		visit("a faulty holder signs the postponement", s, false)
	}
}

func (l Liveness) honest(s LiveState, i int, visit func(string, LiveState, bool)) {
	d := holder{l.Without}
	h := s.Seats[i]
	set := func(next seat) LiveState {
		to := s
		to.Seats[i] = next
		return to
	}
	if l.asks(s) {
		if after, v := d.sign(h.Holder, 1, int(s.Now)-skew, false); v == Accepted {
			visit("an honest holder signs the postponement, the answer is lost", set(seat{Holder: after, Ack: h.Ack}), false)
			visit("an honest holder signs the postponement", set(seat{Holder: after, Ack: true}), false)
		}
	}
	if s.Frozen == 0 {
		return
	}
	current := h.Holder
	if s.Moved {
		current = l.bringUp(d, current, s)
	}
	ask := Ask{Part: Kept, Freeze: s.Frozen}
	for _, off := range []int{-skew, skew} {
		after, _ := d.release(current, ask, int(s.Now)+off)
		visit("an honest holder is asked to release", set(seat{Holder: after, Ack: h.Ack}), off < 0)
		after.Got = h.Got
		visit("an honest holder is asked to release, the answer is lost", set(seat{Holder: after, Ack: h.Ack}), false)
	}
}

// bringUp gives the holder the postponement in force, or the officer the lot file with it.
func (l Liveness) bringUp(d holder, h Holder, s LiveState) Holder {
	if l.Lock == C {
		h.Post = 1
		return h
	}
	after, _ := d.sign(h, 1, int(s.Now)+skew, true)
	return after
}

func (l Liveness) sort(s *LiveState) {
	list := s.Seats[:l.Holders]
	less := func(a, b seat) bool {
		if a.Faulty != b.Faulty {
			return a.Faulty
		}
		if a.Ack != b.Ack {
			return a.Ack
		}
		return a.before(b.Holder)
	}
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && less(list[j], list[j-1]); j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
}

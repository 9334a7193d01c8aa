package model

// Act is what a step does.
type Act uint8

// The adversary's steps. It schedules everything, is the platform and the log, and has the authority's signature on any order.
const (
	Tick     Act = iota // time passes
	Result              // the result on which the later moment rests is there
	HandOver            // a dishonest holder gives its share away
	Sign                // an honest keyholder signs the next postponement
	Advance             // an honest keyholder is shown a move to an earlier time
	File                // an honest officer's program is started with a lot file of so many postponements
	Request             // an honest holder is asked for a partial decryption
	Erase               // an honest keyholder erases its share
	Rollback            // an honest holder's disk is set back to an old copy
	Crash               // an honest holder stops and starts again from its disk
)

// Step is one step: who, with what, and what the holder was before and is after.
type Step struct {
	Do            Act
	Lock          LockOf
	Number        uint8 // of the postponement or the dishonest holder
	Ask           Ask
	Before, After Holder
}

// each calls visit with every step that is possible in s and the state it leads to. A request that changes nothing is left out.
func (c Config) each(s State, visit func(Step, State)) {
	if s.Now < c.lastTick() {
		n := s
		n.Now++
		visit(Step{Do: Tick, Number: n.Now}, n)
	}
	if !s.Done && c.Want.has(Price) {
		n := s
		n.Done = true
		visit(Step{Do: Result}, n)
	}
	for l := range c.Locks {
		if g := c.Locks[l]; int(s.Handed[l]) < g.Dishonest {
			n := s
			n.Handed[l]++
			visit(Step{Do: HandOver, Lock: LockOf(l), Number: n.Handed[l]}, n)
		}
		c.eachHolder(s, LockOf(l), visit)
	}
}

func (c Config) eachHolder(s State, l LockOf, visit func(Step, State)) {
	honest := c.Locks[l].honest()
	for i := range honest {
		h := s.Holders[l][i]
		if i > 0 && h == s.Holders[l][i-1] {
			continue // interchangeable with the one before
		}
		become := func(st Step, after Holder, n State) {
			if after == h && n == s {
				return
			}
			st.Lock, st.Before, st.After = l, h, after
			n.Holders[l][i] = after
			n.sort(l, honest)
			visit(st, n)
		}
		if l == T {
			c.keyholder(s, h, become)
		} else {
			c.officer(s, h, become)
		}
		c.requests(s, h, become)
		c.disk(s, l, h, become)
	}
}

func (c Config) keyholder(s State, h Holder, become func(Step, Holder, State)) {
	d := holder{c.Without}
	if number := int(h.Post) + 1; number <= c.Postponements {
		after, _ := d.sign(h, number, int(s.Now)-skew, c.inForce(&s, number))
		become(Step{Do: Sign, Number: uint8(number)}, after, s)
	}
	after, _ := d.advance(h)
	become(Step{Do: Advance}, after, s)
	if c.Erasure {
		after, _ := d.erase(h)
		become(Step{Do: Erase}, after, s)
	}
}

// officer: the platform hands each officer's program a lot file with any row of postponements that are in force.
func (c Config) officer(s State, h Holder, become func(Step, Holder, State)) {
	for number := 0; number <= c.Postponements; number++ {
		if number > 0 && !c.inForce(&s, number) {
			break
		}
		after := h
		after.Post = uint8(number)
		become(Step{Do: File, Number: uint8(number)}, after, s)
	}
}

func (c Config) requests(s State, h Holder, become func(Step, Holder, State)) {
	d := holder{c.Without}
	for p := range parts {
		if !c.Want.has(p) {
			continue
		}
		for as := AsItIs; as <= Disguised; as++ {
			for f := Freeze(1); f <= FreezeOf(c.Postponements, OtherSet); f++ {
				ask := Ask{p, as, f, s.Done || c.recordForged()}
				after, _ := d.release(h, ask, int(s.Now)+skew)
				n := s
				if c.Without&LoggedFreeze == 0 && after.Freeze == f {
					n.Logged |= 1 << f // it had to be in the log first
				}
				become(Step{Do: Request, Ask: ask}, after, n)
			}
		}
	}
}

// disk: with what was promised on disk before it is answered, a crash changes nothing; without that rule the last promise
// is forgotten. A rollback forgets them all.
func (c Config) disk(s State, l LockOf, h Holder, become func(Step, Holder, State)) {
	if c.Without&Persist != 0 {
		for _, after := range lastForgotten(h, l) {
			become(Step{Do: Crash}, after, s)
		}
	}
	if int(s.Forgot) < c.Rollbacks {
		n := s
		n.Forgot++
		become(Step{Do: Rollback}, Holder{Signed: h.Signed, Declared: h.Declared, Got: h.Got}, n)
	}
}

func lastForgotten(h Holder, l LockOf) []Holder {
	var list []Holder
	if h.Freeze != 0 {
		a := h
		a.Freeze, a.Moment = 0, false
		list = append(list, a)
	}
	if h.Post > 0 && l == T {
		a := h
		a.Post--
		list = append(list, a)
	}
	if h.Erased {
		a := h
		a.Erased = false
		list = append(list, a)
	}
	return list
}

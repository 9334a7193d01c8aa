package model

import (
	"fmt"
	"strings"
)

// String names the part.
func (p Part) String() string {
	return [...]string{"the admitted bid", "the bid sealed to the postponed time", "the withdrawn bid", "the price part"}[p]
}

func (l LockOf) String() string { return [...]string{"keyholder", "officer"}[l] }

// String is the record in words.
func (f Freeze) String() string {
	if f == 0 {
		return "no freeze record"
	}
	return fmt.Sprintf("the freeze record of opening %d over %s", f.Opening(), [...]string{"the honest set", "another set"}[f.Set()])
}

// Words tells a trace, a line for each step. Honest holders get the numbers after the dishonest ones'.
func (c Config) Words(v *Violation) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%v: %v\n", v.Invariant, v.Part)
	now := 0
	var holders [2][maxHonest]Holder
	for _, s := range v.Trace {
		if s.Do == Tick {
			now++
			continue
		}
		who := ""
		if s.Do != Result && s.Do != HandOver {
			for i := range holders[s.Lock] {
				if holders[s.Lock][i] == s.Before {
					holders[s.Lock][i] = s.After
					who = fmt.Sprintf("honest %v %d", s.Lock, c.Locks[s.Lock].Dishonest+i+1)
					break
				}
			}
		}
		fmt.Fprintf(&out, "  tick %d: %s\n", now, s.words(who))
	}
	return out.String()
}

func (s Step) words(who string) string {
	switch s.Do {
	case Result:
		return "the result is there on which the later moment rests"
	case HandOver:
		return fmt.Sprintf("dishonest %v %d hands its share to the platform", s.Lock, s.Number)
	case Sign:
		return fmt.Sprintf("%s signs postponement %d", who, s.Number)
	case Advance:
		return who + " accepts an earlier opening time"
	case File:
		return fmt.Sprintf("%s is given a lot file with %d postponements", who, s.Number)
	case Erase:
		return who + " erases its share"
	case Rollback:
		return who + " is set back to an old copy of its disk"
	case Crash:
		return who + " crashes and has forgotten its last promise"
	}
	answer := "refuses"
	if s.After.Got.has(s.Ask.Part) {
		answer = "gives a partial decryption of " + s.Ask.Part.String()
	}
	return fmt.Sprintf("%s, shown %v and asked%s, %s", who, s.Ask.Freeze, [...]string{"", " for a relabelled copy", " within another lot", " for a relabelled copy within another lot"}[s.Ask.As], answer)
}

package model

// Report is what an exploration found: how many states there are, and the first violation, if any.
type Report struct {
	States    int
	Violation *Violation
	Opened    Parts // parts that are open in some state: what honest people and the adversary can reach at all
}

// Explore visits every reachable state, breadth first, and stops at the first violation, which is then a shortest one.
func Explore(c Config) Report {
	type origin struct {
		from int
		by   Step
	}
	first := c.start()
	states, origins := []State{first}, []origin{{from: -1}}
	seen := map[key]struct{}{first.key(): {}}
	var report Report
	for at := 0; at < len(states) && report.Violation == nil; at++ {
		from := states[at]
		already := c.opened(&from)
		report.Opened |= already
		c.each(from, func(by Step, to State) {
			if report.Violation != nil {
				return
			}
			// What opens is judged by the way it opened, so that a state reached before is looked at again.
			if is, part := c.judge(&from, by, &to, already); is != 0 {
				report.Violation = &Violation{Invariant: is, Part: part, End: to, Trace: []Step{by}}
				for i := at; origins[i].from >= 0; i = origins[i].from {
					report.Violation.Trace = append([]Step{origins[i].by}, report.Violation.Trace...)
				}
				return
			}
			if _, old := seen[to.key()]; !old {
				seen[to.key()] = struct{}{}
				states, origins = append(states, to), append(origins, origin{at, by})
			}
		})
	}
	report.States = len(states)
	return report
}

func (c Config) judge(from *State, by Step, to *State, already Parts) (Invariant, Part) {
	switch by.Do {
	case Request, HandOver:
		return c.broken(from, to, already, c.opened(to))
	case Sign:
		if c.late(from, to, int(by.Number)) {
			return LatePostponed, 0
		}
	}
	return 0, 0
}

package model_test

import (
	"testing"

	"sunbid/crypto/custody/model"
)

// quorums are all thresholds up to 3 of groups up to 5.
func quorums() [][2]int {
	var list [][2]int
	for t := 1; t <= 3; t++ {
		for n := t; n <= 5; n++ {
			list = append(list, [2]int{t, n})
		}
	}
	return list
}

func group(q [2]int, dishonest int) model.Group {
	return model.Group{Threshold: q[0], Holders: q[1], Dishonest: dishonest}
}

// alone is one lock by itself: nobody is honest at the other.
func alone(l model.LockOf, g model.Group, want ...model.Part) model.Config {
	c := model.Config{Want: model.Of(want...), Postponements: 1, Watch: model.Safety}
	c.Locks[l] = g
	return c
}

func both(keyholders, officers model.Group, want ...model.Part) model.Config {
	return model.Config{Locks: [2]model.Group{keyholders, officers}, Want: model.Of(want...), Postponements: 1, Watch: model.Safety}
}

func holds(t *testing.T, c model.Config) int {
	t.Helper()
	r := model.Explore(c)
	if r.Violation != nil {
		t.Errorf("%v and %v: %s", c.Locks[model.T], c.Locks[model.C], c.Words(r.Violation))
	}
	if r.Opened != c.Want {
		t.Errorf("%v and %v: only %b of %b is ever open: the exploration shows nothing", c.Locks[model.T], c.Locks[model.C], r.Opened, c.Want)
	}
	return r.States
}

// breaks wants a violation of that invariant, and tells the way.
func breaks(t *testing.T, c model.Config, is model.Invariant) *model.Violation {
	t.Helper()
	c.Watch = is
	r := model.Explore(c)
	if r.Violation == nil {
		t.Errorf("%v and %v: %v never", c.Locks[model.T], c.Locks[model.C], is)
		return &model.Violation{}
	}
	t.Logf("%v keyholders, %v officers: %s", c.Locks[model.T], c.Locks[model.C], c.Words(r.Violation))
	return r.Violation
}

// Lock T with t−1 dishonest keyholders, a dishonest platform and authority, and all officers dishonest but for their word on
// later moments: nothing opens early, unfrozen, or with an erased share.
func TestLockTAloneHolds(t *testing.T) {
	t.Parallel()
	states := 0
	for _, q := range quorums() {
		g := group(q, q[0]-1)
		states += holds(t, alone(model.T, g, model.Kept, model.Later))
		erasure := alone(model.T, g, model.Kept)
		erasure.Erasure = true
		if g.Holders-g.Dishonest <= 3 {
			erasure.Want = model.Of(model.Kept, model.Left, model.Price)
			twice := alone(model.T, g, model.Kept, model.Later)
			twice.Postponements = 2
			states += holds(t, twice)
		}
		states += holds(t, erasure)
	}
	t.Logf("%d states, none early", states)
}

// Lock C with k−1 dishonest officers, a dishonest platform and all keyholders dishonest.
func TestLockCAloneHolds(t *testing.T) {
	t.Parallel()
	states := 0
	for _, q := range quorums() {
		g := group(q, q[0]-1)
		states += holds(t, alone(model.C, g, model.Kept, model.Later))
		if g.Holders-g.Dishonest <= 3 {
			states += holds(t, alone(model.C, g, model.Kept, model.Left, model.Price))
		}
	}
	t.Logf("%d states, none early", states)
}

// Both locks together with t−1 and k−1 dishonest. Every pair whose product is small is explored as it is; the others follow from
// each lock alone, because a part needs both.
func TestBothLocksHold(t *testing.T) {
	t.Parallel()
	states, pairs := 0, 0
	for _, q := range quorums() {
		for _, p := range quorums() {
			keyholders, officers := group(q, q[0]-1), group(p, p[0]-1)
			if keyholders.Holders-keyholders.Dishonest+officers.Holders-officers.Dishonest > 4 {
				continue
			}
			pairs++
			states += holds(t, both(keyholders, officers, model.Kept))
		}
	}
	t.Logf("%d states of %d pairs, none early", states, pairs)
}

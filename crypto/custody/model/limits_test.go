package model_test

import (
	"testing"

	"sunbid/crypto/custody/model"
)

// did counts the steps of a kind in a trace.
func did(v *model.Violation, do model.Act, lock model.LockOf) int {
	n := 0
	for _, s := range v.Trace {
		if s.Do == do && s.Lock == lock {
			n++
		}
	}
	return n
}

// The stated limit: t dishonest keyholders together with k dishonest officers open early, at once, with nothing but their
// shares. One fewer of either and it is not so: TestLockTAloneHolds and TestLockCAloneHolds.
func TestThresholdsOfBothOpenEarly(t *testing.T) {
	t.Parallel()
	for _, q := range quorums() {
		for _, p := range quorums() {
			c := both(group(q, q[0]), group(p, p[0]), model.Kept)
			c.Hand, c.Watch = true, model.BeforeLabel
			v := model.Explore(c).Violation
			if v == nil {
				t.Fatalf("%v and %v do not open early", c.Locks[model.T], c.Locks[model.C])
			}
			if len(v.Trace) != q[0]+p[0] || did(v, model.HandOver, model.T) != q[0] || did(v, model.HandOver, model.C) != p[0] || v.End.Now != 0 {
				t.Errorf("%v and %v: %s", c.Locks[model.T], c.Locks[model.C], c.Words(v))
			}
			if q == [2]int{2, 3} && p == q {
				t.Log(c.Words(v))
			}
		}
	}
}

// k dishonest officers open a later moment as soon as the opening has come, not before: the moment is the officers' word.
func TestOfficersAreTheMoment(t *testing.T) {
	t.Parallel()
	c := both(group([2]int{2, 3}, 1), group([2]int{2, 3}, 2), model.Price)
	c.Watch = model.BeforeLabel
	holds(t, c)
	breaks(t, c, model.BeforeMoment)
}

// A postponement is kept against d dishonest keyholders once n−t+1 honest ones have signed it. Counted as InForce counts, it
// is kept against none: the dishonest ones sign and release all the same. What opens so was sealed to the old time.
func TestPostponementAgainstDishonestSigners(t *testing.T) {
	t.Parallel()
	for _, q := range quorums() {
		for d := range q[0] {
			c := alone(model.T, group(q, d), model.Kept)
			c.Watch = model.BeforeInForce
			if d == 0 {
				holds(t, c)
				continue
			}
			v := model.Explore(c).Violation
			if v == nil {
				t.Errorf("%v: kept", c.Locks[model.T])
				continue
			}
			honest := max(q[1]-q[0]+1-d, 0) // signatures that the dishonest ones do not give
			if did(v, model.Sign, model.T) != honest || did(v, model.Request, model.T) != q[0]-d {
				t.Errorf("%s", c.Words(v))
			}
			if q == [2]int{2, 3} {
				t.Log(c.Words(v))
			}
			c.Want = model.Of(model.Later) // what is sealed to the new time waits for it
			c.Watch = model.BeforeInForce | model.BeforeLabel
			holds(t, c)
		}
	}
}

// Honest officers know postponements from the lot file that the platform hands them: lock C keeps none that lock T does not.
func TestOfficersAreNotTold(t *testing.T) {
	t.Parallel()
	c := both(group([2]int{2, 3}, 1), group([2]int{2, 3}, 0), model.Kept)
	v := breaks(t, c, model.BeforeInForce)
	if did(v, model.File, model.C) != 0 || did(v, model.Request, model.C) != 2 {
		t.Errorf("%s", c.Words(v))
	}
}

// Two frozen sets are served, each by a quorum, iff n + d ≥ 2t under lock T and m + e ≥ 2k under lock C, with d and e
// dishonest: the platform shows one set to some and the other to the rest. The log has both records then.
func TestTwoFrozenSets(t *testing.T) {
	t.Parallel()
	for _, l := range []model.LockOf{model.T, model.C} {
		for _, q := range quorums() {
			for d := range q[0] {
				c := alone(l, group(q, d), model.Kept, model.Left)
				c.Postponements, c.Watch = 0, model.TwoSets
				v := model.Explore(c).Violation
				if split := q[1]+d >= 2*q[0]; (v != nil) != split {
					t.Errorf("%v: two sets %v, want %v", c.Locks[l], v != nil, split)
				}
				if v == nil {
					continue
				}
				if did(v, model.Request, l) != 2*(q[0]-d) || v.End.Logged != 1<<model.FreezeOf(0, model.HonestSet)|1<<model.FreezeOf(0, model.OtherSet) {
					t.Errorf("%s", c.Words(v))
				}
				if l == model.T && q == [2]int{2, 3} {
					t.Log(c.Words(v))
				}
			}
		}
	}
}

// Both locks must be split for both sets to open.
func TestOneLockKeepsOneSet(t *testing.T) {
	t.Parallel()
	split, whole := group([2]int{2, 3}, 1), group([2]int{2, 3}, 0)
	for _, locks := range [][2]model.Group{{split, whole}, {whole, split}} {
		c := both(locks[0], locks[1], model.Kept, model.Left)
		c.Postponements, c.Watch = 0, model.TwoSets
		holds(t, c)
	}
	c := both(split, split, model.Kept, model.Left)
	c.Postponements = 0
	breaks(t, c, model.TwoSets)
}

// A keyholder set back to an old copy of its disk counts as dishonest for what it has forgotten: the first frozen set, a
// postponement, an erasure. It does not for the time in the label.
func TestRollbackIsDishonesty(t *testing.T) {
	t.Parallel()
	rolled := func(d int, want ...model.Part) model.Config {
		c := alone(model.T, group([2]int{2, 3}, d), want...)
		c.Rollbacks = 1
		return c
	}
	breaks(t, rolled(0, model.Kept, model.Left), model.TwoSets) // without: n + d = 3 < 4
	breaks(t, rolled(1, model.Kept), model.BeforePostponed)
	erased := rolled(0, model.Kept)
	erased.Erasure = true
	breaks(t, erased, model.AfterErasure)
	label := rolled(1, model.Kept, model.Later)
	label.Watch, label.Erasure = model.BeforeLabel|model.Unfrozen|model.BeforeMoment, true
	holds(t, label)
}

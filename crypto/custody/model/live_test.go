package model_test

import (
	"strings"
	"testing"

	"sunbid/crypto/custody/model"
)

// With an honest platform and a threshold of honest holders everything that is not erased opens: for both locks, every
// number of faulty holders that leaves a threshold, every loss of messages and answers.
func TestHonestQuorumsOpen(t *testing.T) {
	t.Parallel()
	states := 0
	for _, lock := range []model.LockOf{model.T, model.C} {
		for _, q := range quorums() {
			for faulty := 0; faulty <= q[1]-q[0]; faulty++ {
				g := model.Group{Threshold: q[0], Holders: q[1], Dishonest: faulty}
				r := model.ExploreLive(model.Liveness{Group: g, Lock: lock})
				states += r.States
				if r.Stuck != nil {
					t.Errorf("%v of %v stuck: %s", lock, g, strings.Join(r.Way, "; "))
				}
			}
		}
	}
	t.Logf("%d states, none stuck", states)
}

// One holder fewer than a threshold is honest: the stated limit.
func TestFewerHonestThanThresholdStick(t *testing.T) {
	t.Parallel()
	for _, q := range quorums() {
		g := model.Group{Threshold: q[0], Holders: q[1], Dishonest: q[1] - q[0] + 1}
		if r := model.ExploreLive(model.Liveness{Group: g}); r.Stuck == nil {
			t.Errorf("%v opens", g)
		}
	}
}

// Two rules are there for the sake of opening at all. Without either, one signature that came too early or too late keeps a
// lot closed for ever although a threshold of honest keyholders is there.
func TestRulesThatKeepTheLotOpenable(t *testing.T) {
	t.Parallel()
	g := model.Group{Threshold: 2, Holders: 3, Dishonest: 1}
	for name, rule := range map[string]model.Rule{"a postponement in force is accepted late": model.CatchUp, "a freeze record of an earlier time is accepted": model.EarlierFreeze} {
		r := model.ExploreLive(model.Liveness{Group: g, Without: rule})
		if r.Stuck == nil {
			t.Errorf("without %q nothing sticks", name)
			continue
		}
		t.Logf("without %q: %s; and nothing opens any more", name, strings.Join(r.Way, "; "))
	}
}

package custody_test

import (
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// Each write of a keyholder fails, or fails but persists: the caller is told to try again, the retry succeeds, and
// what was promised holds after a restart, without a second promise beside it.
func TestEveryWriteMayFail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault
		skip int
	}{"first failed": {failed, 0}, "first failed but persisted": {failedButPersisted, 0}, "second failed": {failed, 1}, "second failed but persisted": {failedButPersisted, 1}} {
		f, skip := c.fault, c.skip
		t.Run("generate/"+name, func(t *testing.T) {
			t.Parallel()
			w := unbound(t, 2, 3, custody.Rehearsal)
			plan := w.plan()
			var commits []pki.Signed[custody.DKGCommit]
			var reveals []pki.Signed[custody.DKGReveal]
			var checks []pki.Signed[custody.DKGCheck]
			for _, h := range w.holders {
				m, err := h.GenerateStart(plan)
				ok(t, err)
				commits = append(commits, m)
			}
			for _, h := range w.holders {
				m, err := h.GenerateReveal(plan.Ceremony, commits)
				ok(t, err)
				reveals = append(reveals, m)
			}
			for _, h := range w.holders {
				m, err := h.GenerateCheck(plan.Ceremony, reveals)
				ok(t, err)
				checks = append(checks, m)
			}
			h := w.holders[0]
			h.disk.set(f, skip)
			_, err := h.GenerateFinish(plan.Ceremony, checks, nil)
			wants(t, err, "keyholder-state")
			h.disk.set(none, 0)
			_, err = h.GenerateFinish(plan.Ceremony, checks, nil)
			ok(t, err)
			health, err := h.Health("")
			ok(t, err)
			if health.Pool != 2 {
				t.Fatalf("pool of %d keys, want 2", health.Pool)
			}
		})
		t.Run("bind/"+name, func(t *testing.T) {
			t.Parallel()
			w := unbound(t, 2, 3, custody.Rehearsal)
			h := w.holders[0]
			h.disk.set(f, skip)
			_, err := h.Bind(w.BindRequest())
			wants(t, err, "keyholder-state")
			h.disk.set(none, 0)
			h.restart(t, w.known)
			if f == failedButPersisted || skip > 0 { // the first write promised the key: only this binding can go on
				other := w.BindRequest()
				other.Binding.Body.OpeningAt = canon.At(w.OpeningAt.Add(time.Hour))
				_, err = h.Bind(other)
				wants(t, err, "bind-twice")
			}
			_, err = h.Bind(w.BindRequest())
			ok(t, err)
		})
		t.Run("postpone/"+name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 2, 3)
			h, r := w.holders[0], w.Postpone(t, 1, w.OpeningAt, w.OpeningAt.Add(time.Hour))
			h.disk.set(f, 0) // one write only
			_, err := h.Postpone(r)
			wants(t, err, "keyholder-state")
			h.disk.set(none, 0)
			h.restart(t, w.known)
			_, err = h.Postpone(r)
			ok(t, err)
			w.strike(time.Minute)
			bid := w.bids(t, 1)[0]
			_, err = h.Release(w.Release(w.Freeze(t, w.OpeningAt, 0, bid), bid))
			wants(t, err, "release-too-early")
		})
		t.Run("release/"+name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 2, 3)
			w.strike(time.Minute)
			h, bid := w.holders[0], w.bids(t, 1)[0]
			e := w.Freeze(t, w.OpeningAt, 0, bid)
			h.disk.set(f, skip)
			_, err := h.Release(w.Release(e, bid))
			wants(t, err, "keyholder-state")
			h.disk.set(none, 0)
			h.restart(t, w.known)
			_, err = h.Release(w.Release(e, bid))
			ok(t, err)
			_, err = h.Release(w.Release(w.Freeze(t, w.OpeningAt, e.Event.Proof.Size), bid))
			wants(t, err, "freeze-second")
		})
		t.Run("erase/"+name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 2, 3)
			h, r := w.holders[0], w.order(t, custody.Terminated, canon.Sum([]byte("n")), w.Dealer)
			h.disk.set(f, skip)
			_, err := h.Erase(r)
			wants(t, err, "keyholder-state")
			h.disk.set(none, 0)
			h.restart(t, w.known)
			_, err = h.Erase(r)
			ok(t, err)
			if len(h.disk.shares) != 0 {
				t.Fatal("the share is still there")
			}
		})
	}
}

// A restart at each step of a ceremony makes the holder silent; the ceremony is repeated and its key never exists.
func TestRestartInACeremonyIsSilence(t *testing.T) {
	t.Parallel()
	w := unbound(t, 2, 3, custody.Rehearsal)
	plan := w.plan()
	var commits []pki.Signed[custody.DKGCommit]
	for _, h := range w.holders {
		m, err := h.GenerateStart(plan)
		ok(t, err)
		commits = append(commits, m)
	}
	w.holders[1].restart(t, w.known)
	_, err := w.holders[1].GenerateReveal(plan.Ceremony, commits)
	wants(t, err, "ceremony-unknown")
	_, err = w.holders[1].Bind(w.BindRequest())
	ok(t, err) // the key made before is still there
	w.generate(t)
}

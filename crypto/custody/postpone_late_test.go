package custody_test

import (
	"slices"
	"testing"
	"time"

	"sunbid/crypto/canon"
)

// A keyholder that was away when a postponement was signed takes it late, once it is in force, and serves at the new time.
// One that is not in force stays refused.
func TestPostponementInForceIsTakenLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	from, to := w.OpeningAt, w.OpeningAt.Add(2*time.Hour)
	r := w.Postpone(t, 1, from, to)
	var last canon.Hash
	for i, h := range w.holders[:2] { // n−t+1 = 2
		s, err := h.Postpone(r)
		ok(t, err)
		last = s.Signer
		r.Postponement.Signatures = slices.Clone(r.Postponement.Signatures)
		ok(t, r.Postponement.AddSignature(s))
		if i == 0 {
			w.holders[2].clock.set(from)
			_, err := w.holders[2].Postpone(r)
			wants(t, err, "postpone-too-late")
		}
	}
	stranger := r
	stranger.Postponement.Signatures = slices.Clone(r.Postponement.Signatures)
	for i, signature := range stranger.Postponement.Signatures { // one keyholder and somebody else
		if signature.Signer == last {
			stranger.Postponement.Signatures[i].Signer = w.Platform.Print()
		}
	}
	_, err := w.holders[2].Postpone(stranger)
	wants(t, err, "postpone-too-late")
	_, err = w.holders[2].Postpone(r)
	ok(t, err)

	bids := w.bids(t, 1)
	for _, h := range w.holders {
		h.clock.set(to)
	}
	late := w.Release(w.Freeze(t, to, 0, bids...), bids...)
	for _, h := range w.holders[1:] { // the first is gone
		_, err := h.Release(late)
		ok(t, err)
	}
}

// What was released cannot be put back: a clock that steps back before the opening time does not let a postponement in.
func TestNoPostponementOnceAFreezeWasAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	k := w.holders[0]
	w.strike(0)
	bids := w.bids(t, 1)
	_, err := k.Release(w.Release(w.Freeze(t, w.OpeningAt, 0, bids...), bids...))
	ok(t, err)
	w.strike(-time.Second)
	_, err = k.Postpone(w.Postpone(t, 1, w.OpeningAt, w.OpeningAt.Add(time.Hour)))
	wants(t, err, "postpone-too-late")
	k.disk.set(failed, 0) // reading still works; what it has promised does not depend on memory
	k.restart(t, w.known)
	_, err = k.Postpone(w.Postpone(t, 1, w.OpeningAt, w.OpeningAt.Add(time.Hour)))
	wants(t, err, "postpone-too-late")
}

// A keyholder that signed a postponement which never came into force serves the freeze record of the old time, not before the
// new one: the lot opens although too few others are left.
func TestFreezeOfAnEarlierTimeServesLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	to := w.OpeningAt.Add(time.Hour)
	_, err := w.holders[0].Postpone(w.Postpone(t, 1, w.OpeningAt, to))
	ok(t, err)
	bids := w.bids(t, 1)
	r := w.Release(w.Freeze(t, w.OpeningAt, 0, bids...), bids...)
	w.strike(time.Minute)
	_, err = w.holders[0].Release(r)
	wants(t, err, "release-too-early")
	_, err = w.holders[1].Release(r)
	ok(t, err)
	w.holders[0].clock.set(to)
	_, err = w.holders[0].Release(r)
	ok(t, err)

	ahead := w.Release(w.Freeze(t, to, 0, bids...), bids...) // of a time that this holder was never told of
	_, err = w.holders[2].Release(ahead)
	wants(t, err, "freeze-time")
}

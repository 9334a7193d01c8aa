package custody_test

import (
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/custody/custodytest"
	"sunbid/crypto/pki"
)

func TestBindOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	k := w.holders[0]
	_, err := k.Bind(w.BindRequest())
	ok(t, err) // the same again: a lost answer

	later := w.BindRequest()
	later.Binding.Body.OpeningAt = canon.At(w.OpeningAt.Add(time.Hour))
	_, err = k.Bind(later)
	wants(t, err, "bind-twice")

	other := w.BindRequest() // the same key for another lot
	other.Binding.Body.Lot = custodytest.ID("lt")
	_, err = k.Bind(other)
	wants(t, err, "bind-twice")

	record := w.generate(t) // another key for the same lot
	second := w.BindRequest()
	second.KeyRecord = record
	second.Binding.Body.Key, second.Binding.Body.KeyRecord = record.Body.Key, mustHash(t, record)
	_, err = k.Bind(second)
	wants(t, err, "bind-twice")
}

func TestBindRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(t *testing.T, w *world, r *custody.BindRequest)
		code   string
	}{
		"time past":   {func(t *testing.T, w *world, r *custody.BindRequest) { w.strike(0) }, "bind-time-past"},
		"other class": {func(t *testing.T, w *world, r *custody.BindRequest) { r.Binding.Body.Class = custody.Production }, "class-mismatch"},
		"key record missing one signature": {func(t *testing.T, w *world, r *custody.BindRequest) {
			r.KeyRecord.Signatures = r.KeyRecord.Signatures[:2]
		}, "record-signatures"},
		"key record signed by a stranger": {func(t *testing.T, w *world, r *custody.BindRequest) {
			s, err := pki.Sign(r.KeyRecord.Body, w.Dealer.Signer)
			ok(t, err)
			r.KeyRecord.Signatures = append(r.KeyRecord.Signatures[:2:2], s.Signatures...)
		}, "record-signatures"},
		"unknown key":    {func(t *testing.T, w *world, r *custody.BindRequest) { r.Binding.Body.Key = custodytest.ID("ky") }, "key-unknown"},
		"another record": {func(t *testing.T, w *world, r *custody.BindRequest) { r.Binding.Body.KeyRecord = canon.Sum(nil) }, "key-record-mismatch"},
		"officers' key of a stranger": {func(t *testing.T, w *world, r *custody.BindRequest) {
			r.Dealer = w.Platform.Signer.Certificate().DER()
		}, "bind-officer-key"},
		"officers' key not the one named": {func(t *testing.T, w *world, r *custody.BindRequest) { r.Binding.Body.OfficerKey = canon.Sum(nil) }, "bind-officer-key"},
		"malformed":                       {func(t *testing.T, w *world, r *custody.BindRequest) { r.Binding.Body.Mode = "" }, "record-malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := unbound(t, 2, 3, custody.Rehearsal)
			r := w.BindRequest()
			c.change(t, w, &r)
			_, err := w.holders[0].Bind(r)
			wants(t, err, c.code)
			_, err = w.holders[1].Release(w.Release(custody.FreezeEvidence{}, w.bids(t, 1)...))
			wants(t, err, "lot-not-bound") // nothing changed
		})
	}
}

func TestPostpone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3) // n−t+1 = 2
	from, to := w.OpeningAt, w.OpeningAt.Add(2*time.Hour)
	r := w.Postpone(t, 1, from, to)
	certs := w.OfficerFile(w.known.Group).Certificates

	s, err := w.holders[0].Postpone(r)
	ok(t, err)
	one := r.Postponement
	ok(t, one.AddSignature(s))
	at, err := custody.InForce(w.Binding, []pki.Signed[custody.Postponement]{one}, w.KeyRecord.Body, certs)
	wants(t, err, "postpone-not-in-force") // n−t signatures
	if !at.Equal(from) {
		t.Fatalf("not in force, but %v", at)
	}
	s, err = w.holders[1].Postpone(r)
	ok(t, err)
	two := one
	ok(t, two.AddSignature(s))
	at, err = custody.InForce(w.Binding, []pki.Signed[custody.Postponement]{two}, w.KeyRecord.Body, certs)
	ok(t, err)
	if !at.Equal(to) {
		t.Fatalf("in force, but %v", at)
	}

	// At the old time the one that did not sign would release, alone: below the threshold nothing opens.
	w.strike(time.Minute)
	bids := w.bids(t, 1)
	early := w.Release(w.Freeze(t, from, 0, bids...), bids...)
	for _, h := range w.holders[:2] {
		_, err = h.Release(early)
		wants(t, err, "release-too-early")
	}
	_, err = w.holders[2].Release(early)
	ok(t, err)
	_, err = w.openAs2(t, bids[0], []int{3}, early)
	wants(t, err, "open-too-few")

	// At the new time the two that signed release, also what was sealed to the old time.
	for _, h := range w.holders {
		h.clock.set(to.Add(time.Minute))
	}
	late := w.Release(w.Freeze(t, to, 0, bids...), bids...)
	for _, h := range w.holders[:2] {
		a, err := h.Release(late)
		ok(t, err)
		if a.Batch == nil {
			t.Fatalf("refused: %+v", a.Refused)
		}
	}
}

// openAs2 opens with the keyholders that answer r, and all officers' partials left out: the threshold of T is looked at first.
func (w *world) openAs2(t *testing.T, bid custodytest.Bid, keyholders []int, r custody.ReleaseRequest) (any, error) {
	t.Helper()
	dT := w.partials(t, r, bid, custody.LockT, keyholders, func(i int) (custody.Release, error) { return w.holders[i-1].Release(r) })
	kt, err := w.KeyRecord.Body.Points()
	ok(t, err)
	kc, err := w.OfficerKey.Body.Points()
	ok(t, err)
	return custody.Open(bid.Front, kt, kc, dT, nil, nil)
}

func TestPostponeRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	k, from := w.holders[0], w.OpeningAt
	for name, c := range map[string]struct {
		request custody.PostponeRequest
		code    string
	}{
		"advance":       {w.Postpone(t, 1, from, from.Add(-time.Minute)), "postpone-advance"},
		"same time":     {w.Postpone(t, 1, from, from), "postpone-advance"},
		"not authority": {w.Postpone(t, 1, from, from.Add(time.Hour), w.Platform), "postpone-not-authority"},
		"second first":  {w.Postpone(t, 2, from, from.Add(time.Hour)), "postpone-number"},
		"wrong from":    {w.Postpone(t, 1, from.Add(time.Second), from.Add(time.Hour)), "postpone-from"},
	} {
		_, err := k.Postpone(c.request)
		t.Run(name, func(t *testing.T) { wants(t, err, c.code) })
	}
	k.clock.set(from)
	_, err := k.Postpone(w.Postpone(t, 1, from, from.Add(time.Hour)))
	wants(t, err, "postpone-too-late")
	// A second postponement "back" to an earlier time than the first is an advance in disguise.
	k.clock.set(w.start)
	_, err = k.Postpone(w.Postpone(t, 1, from, from.Add(2*time.Hour)))
	ok(t, err)
	_, err = k.Postpone(w.Postpone(t, 2, from.Add(2*time.Hour), from.Add(time.Hour)))
	wants(t, err, "postpone-advance")
	_, err = k.Postpone(w.Postpone(t, 1, from, from.Add(3*time.Hour)))
	wants(t, err, "postpone-number")
}

func mustHash[T any](t *testing.T, r pki.Signed[T]) canon.Hash {
	t.Helper()
	h, err := r.Hash()
	ok(t, err)
	return h
}

package custody_test

import (
	"bytes"
	"testing"
	"time"

	"sunbid/crypto/custody"
)

func TestReleaseRequestTravels(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	w.strike(time.Minute)
	bids := w.bids(t, 3)
	r := w.Release(w.Freeze(t, w.OpeningAt, 0, bids...), bids...)
	raw, err := r.Encode()
	ok(t, err)
	back, err := custody.ParseReleaseRequest(raw)
	ok(t, err)
	again, err := back.Encode()
	ok(t, err)
	if !bytes.Equal(raw, again) {
		t.Fatal("not what was sent")
	}
	a, err := w.holders[0].Release(back)
	ok(t, err)
	if a.Batch == nil || len(a.Batch.Body.Items) != 3 {
		t.Fatalf("refused: %+v", a.Refused)
	}
	for n := range raw {
		if _, err := custody.ParseReleaseRequest(raw[:n]); err == nil {
			t.Fatalf("cut at %d of %d is read", n, len(raw))
		}
	}
	_, err = custody.ParseReleaseRequest(append(raw, 0))
	wants(t, err, "request-malformed")
}

package custody_test

import (
	"testing"
	"time"

	"sunbid/crypto/custody/custodytest"
)

// The time lock is an honest majority of clocks: a clock attacker who moves t of them, and has k officers, opens an hour early, and
// with one clock less does not. This is the stated limit, shown exactly.
func TestClockAttacker(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		moved    []int
		officers []int
		early    []int // holders that still say no
		code     string
	}{
		"t clocks and k officers open early":  {moved: []int{1, 3}, officers: []int{1, 2}, early: []int{2}},
		"t−1 clocks do not":                   {moved: []int{3}, officers: []int{1, 2, 3}, early: []int{1, 2}, code: "open-too-few"},
		"every clock and k−1 officers do not": {moved: []int{1, 2, 3}, officers: []int{2}, code: "open-too-few"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 2, 3)
			bid := w.bids(t, 1)[0]
			for _, i := range c.moved {
				w.holders[i-1].clock.set(w.OpeningAt.Add(time.Second))
			}
			_, err := w.openAs(t, bid, c.moved, c.officers)
			if c.code == "" {
				ok(t, err)
			} else {
				wants(t, err, c.code)
			}
			r := w.Release(w.Freeze(t, w.OpeningAt, 0, bid), bid)
			for _, i := range c.early {
				a, err := w.holders[i-1].Release(r)
				wants(t, err, "release-too-early")
				if a.Batch != nil {
					t.Error("a batch in spite of the clock")
				}
			}
		})
	}
}

// Keys are per lot, and a key is bound once: what holders release in a lot that opens earlier is of another key.
func TestAnEarlierLotIsNoOracle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	victim := w.bids(t, 1)[0]
	earlier := *w
	earlier.Lot = custodytest.NewLot(t, w.CA, w.Platform, w.Log, w.generate(t), w.OpeningAt.Add(-30*time.Minute), 3, 2)
	earlier.bind(t)
	if earlier.KeyRecord.Body.PublicKey.String() == w.KeyRecord.Body.PublicKey.String() {
		t.Fatal("two lots share a key")
	}
	earlier.strike(0)
	rival := w.bidder(t)
	h := victim.Front.Header // the victim's stanzas, in a bid of the rival's
	h.Purpose = earlier.Purpose(rival)
	stolen := earlier.resealed(t, rival, h)
	a, err := w.holders[0].Release(earlier.Release(earlier.Freeze(t, earlier.OpeningAt, 0, stolen), stolen))
	ok(t, err)
	if a.Batch != nil || len(a.Refused) != 1 || a.Refused[0].Code != "stanza-proof" {
		t.Errorf("the victim's stanzas in another lot: %+v", a)
	}
}

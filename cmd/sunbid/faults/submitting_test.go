package faults_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/crypto/seal"
)

// bigBody is longer than one part of an upload, so that kills meet uploads half done.
const bigBody = 20 << 20

// Twenty bidders hand in, replace and withdraw at once while each process is killed in turn, the platform once more across the
// deadline. Then a keyholder and an officer are gone for good (n−t), and the bids open all the same.
func TestKillsDuringSubmitting(t *testing.T) {
	t.Parallel()
	h := hall{stacktest.New(t, "disk")}
	people := h.bidders(t, 20)
	lot := h.announce(t, "F-1", 24*time.Second)
	deadline := lot.State.OpeningAt.Time
	for i := range 3 {
		h.StartOfficer(t, i, lot.Lot) // the log does not have the binding yet: they wait
	}
	accounts := h.accounts(t, lot, people)
	ctx, cancel := context.WithDeadline(t.Context(), deadline.Add(patience))
	defer cancel()
	var wg sync.WaitGroup
	for i, a := range accounts {
		wg.Go(func() {
			if err := a.play(ctx, i, deadline); err != nil {
				t.Error(err)
			}
		})
	}
	for _, kill := range []struct {
		what string
		do   func()
	}{
		{"platform", func() { h.platform(t) }},
		{"PostgreSQL", func() { h.database(t) }},
		{"keyholder", func() { process(t, h.Keyholders[0]) }},
		{"officer's program", func() { process(t, h.Officers[0]) }},
		{"PostgreSQL", func() { h.database(t) }},
		{"keyholder and officer for good", func() { ok(t, errors.Join(h.Keyholders[2].Kill(), h.Officers[2].Kill())) }},
	} {
		time.Sleep(time.Second)
		begun := time.Now()
		kill.do()
		t.Logf("killed the %s %v before the deadline, back after %v", kill.what, deadline.Sub(begun).Round(100*time.Millisecond), time.Since(begun).Round(10*time.Millisecond))
	}
	time.Sleep(time.Until(deadline.Add(-300 * time.Millisecond)))
	h.platform(t)
	t.Logf("killed the platform 300ms before the deadline, back %v after it", time.Since(deadline).Round(10*time.Millisecond))
	wg.Wait()
	h.finish(t, lot, accounts)
	h.verify(t, lot)
	h.Fsck(t)
}

// play is one bidder's afternoon. Those with an even number go on replacing until they are refused for being late, and then try to
// withdraw; the last statement of the others is held up on its way until after the deadline.
func (a *account) play(ctx context.Context, i int, deadline time.Time) error {
	price := bidding.Fen(10_000_000 * (i + 1))
	body := []byte("投标文件")
	if i%5 == 0 {
		body = bytes.Repeat([]byte{byte(i)}, bigBody)
	}
	time.Sleep(time.Duration(i) * 150 * time.Millisecond)
	if err := a.submit(ctx, price, body); err != nil {
		return err
	}
	switch {
	case i%10 == 3: // gone for good
		return a.handIn(ctx, seal.ActionWithdraw, 0)
	case i%10 == 7: // gone and back
		if err := a.handIn(ctx, seal.ActionWithdraw, 0); err != nil {
			return err
		}
		return a.submit(ctx, price+1, body)
	}
	for n := bidding.Fen(1); ; n++ {
		if i%2 == 1 && n > 4 {
			a.Desk.Platform = held{a.Client, deadline.Add(time.Millisecond)}
			if err := a.replace(ctx, price+n); !errors.Is(err, errRefused) {
				return fmt.Errorf("%s: a statement that came after the deadline: %v", a.Name, err)
			}
			return nil
		}
		time.Sleep(400 * time.Millisecond)
		switch err := a.replace(ctx, price+n); {
		case errors.Is(err, errRefused), errors.Is(err, errTooLate):
			if time.Now().Before(deadline) {
				return errors.New(a.Name + ": refused before the deadline")
			}
			return a.late(ctx)
		case err != nil:
			return err
		}
	}
}

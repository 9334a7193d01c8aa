package faults_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/web/api/wire"
)

// step is how far clocks are set wrong: far past any deadline of these tests.
const step = 10 * time.Minute

// Clocks are stepped while bids come in: the platform's back and right again, then a keyholder's ahead and the platform's with it. Nobody
// is shut out when the clock is right again; the readiness names the keyholder that stands apart; the platform's clock shows against the
// keyholders'; and although platform and one keyholder say that the opening time has come, nothing is public before it has.
func TestSteppedClocks(t *testing.T) {
	t.Parallel()
	h := hall{stacktest.New(t, "disk")}
	people := h.bidders(t, 3)
	operator, err := h.Stage.Join(h.within(t), "演练运营方", cast.Code(9_000_020), "值班", bidding.Operator)
	ok(t, err)
	lot := h.announce(t, "K-1", 36*time.Second)
	accounts := h.accounts(t, lot, people)
	stop := h.watcher(t).watch(t, lot.Lot)
	ctx := h.within(t)
	for i, a := range accounts {
		ok(t, a.submit(ctx, bidding.Fen(100*(i+1)), []byte("投标文件")))
	}
	set := func(file string, by time.Duration) { ok(t, stack.SetClock(file, by)) }

	set(h.PlatformClock(), -step)
	h.until(t, "the platform's clock shows as ten minutes behind", func() bool {
		return metric(t, h.Stage, "sunbid_clock_offset_seconds") < -step.Seconds()+5
	})
	err = accounts[0].replace(ctx, 99) // by this clock the lot is not open yet: refused, rather than a receipt from before the first
	if no, is := errors.AsType[*bidding.Refusal](err); !is || no.Code != bid.ErrNotOpen.Code {
		t.Errorf("a price sheet before the lot was announced: %v, want %s", err, bid.ErrNotOpen.Code)
	}
	set(h.PlatformClock(), 0)
	h.until(t, "the platform's clock is right", func() bool { return metric(t, h.Stage, "sunbid_clock_offset_seconds") > -2 })
	ok(t, errors.Join(accounts[0].replace(ctx, 98), accounts[1].replace(ctx, 199)))

	set(h.KeyholderClock(0), step)
	h.until(t, "the readiness names the keyholder that is ahead", func() bool {
		r, err := operator.Client.Readiness(ctx)
		return err == nil && !r.Ready && len(r.Keyholders) == 3 && r.Keyholders[0].Why == "clock" &&
			!slices.ContainsFunc(r.Keyholders[1:], func(s wire.Standby) bool { return s.Why != "" })
	})
	for i := range 3 {
		h.StartOfficer(t, i, lot.Lot)
	}
	set(h.PlatformClock(), step) // now two say that it is time
	time.Sleep(time.Until(lot.State.OpeningAt.Add(-time.Second)))
	for _, file := range []string{h.PlatformClock(), h.KeyholderClock(0)} {
		set(file, 0)
	}
	rows, err := lot.Await(h.within(t), h.Hosts.Tenderer)
	saw := stop()
	ok(t, err)
	if now := time.Now(); now.Before(lot.State.OpeningAt.Time) {
		t.Errorf("published at %v, before the opening time", now)
	}
	for _, s := range saw.sights {
		if s.At.Before(lot.State.OpeningAt.Time) {
			t.Errorf("%s before the opening time", s.What)
		}
	}
	prices := map[string]int64{}
	for _, r := range rows {
		prices[r.Bidder.Code] = *r.Readout.PriceFen
	}
	for i, want := range []int64{98, 199, 300} {
		if got := prices[people[i].Code]; got != want {
			t.Errorf("%s opened with %d, its last receipt is for %d", people[i].Name, got, want)
		}
	}
	h.verify(t, lot)
	h.Fsck(t)
}

// until waits for something that must come by itself.
func (h hall) until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for ctx := h.within(t); !is(); time.Sleep(200 * time.Millisecond) {
		if ctx.Err() != nil {
			t.Fatalf("never: %s", what)
		}
	}
	t.Log(what)
}

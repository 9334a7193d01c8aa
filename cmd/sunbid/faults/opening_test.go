package faults_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/opening"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/crypto/seal"
)

// bodySize makes opening the bodies of a lot take a moment, for a kill to fall into.
const bodySize = 3 << 20

// lead is how long before its opening time a lot of these tests is announced: its bids are in after a third of that on two idle cores.
const lead = 15 * time.Second

// Kills between freeze and publication. One stack, one lot after another.
func TestKillsDuringOpening(t *testing.T) {
	t.Parallel()
	h := hall{stacktest.New(t, "disk")}
	people := h.bidders(t, 5)
	h.fewerThanNeeded(t, people)

	h.opens(t, "O-2", people, func(lot bidding.LotID) {
		h.platform(t) // about the freeze
		h.frozen(t, lot)
		h.platform(t)
		time.Sleep(500 * time.Millisecond)
		h.platform(t) // while keys are being released, or after
	})
	h.opens(t, "O-3", people, func(lot bidding.LotID) {
		h.database(t)
		h.frozen(t, lot)
		h.database(t)
		h.status(t, lot, func(s opening.Status) bool { return s.Stage == opening.Published })
		h.platform(t) // bodies are being opened
	})
	last := h.opens(t, "O-4", people, func(lot bidding.LotID) {
		gone := []*stack.Process{h.Officers[len(h.Officers)-2], h.Officers[len(h.Officers)-1], h.Keyholders[0], h.Keyholders[1]}
		ok(t, errors.Join(gone[0].Kill(), gone[1].Kill())) // one officer alone cannot open: what follows falls before the publication
		h.frozen(t, lot)
		ok(t, errors.Join(gone[2].Kill(), gone[3].Kill()))
		h.platform(t)
		if stage := h.frozen(t, lot); stage != opening.Frozen && stage != opening.Releasing {
			t.Errorf("without officers the opening is %s", stage)
		}
		for _, p := range gone {
			ok(t, p.Start())
		}
	})
	h.verify(t, last)
	h.Fsck(t)
}

// frozen waits for the freeze and notes the stage that the next kill meets.
func (h hall) frozen(t *testing.T, lot bidding.LotID) opening.Stage {
	t.Helper()
	s := h.status(t, lot, func(s opening.Status) bool { return s.Stage != "" })
	t.Logf("the opening is %s", s.Stage)
	return s.Stage
}

// opens takes a lot with three officers to its opening time, does the killing, and compares.
func (h hall) opens(t *testing.T, number string, people []*cast.Person, kill func(bidding.LotID)) cast.Announced {
	t.Helper()
	lot := h.announce(t, number, lead)
	for i := range 3 {
		h.StartOfficer(t, i, lot.Lot)
	}
	accounts := h.accounts(t, lot, people)
	h.handAllIn(t, accounts)
	time.Sleep(time.Until(lot.State.OpeningAt.Add(50 * time.Millisecond)))
	kill(lot.Lot)
	h.finish(t, lot, accounts)
	return lot
}

// handAllIn: the first bidder supersedes its price, the last withdraws.
func (h hall) handAllIn(t *testing.T, accounts []*account) {
	t.Helper()
	ctx := h.within(t)
	errs := make([]error, len(accounts))
	var wg sync.WaitGroup
	for i, a := range accounts {
		wg.Go(func() { errs[i] = a.submit(ctx, bidding.Fen(5_000_000+i), bytes.Repeat([]byte{byte(i)}, bodySize)) })
	}
	wg.Wait()
	ok(t, errors.Join(errs...))
	ok(t, accounts[0].replace(ctx, 4_999_999))
	ok(t, accounts[len(accounts)-1].handIn(ctx, seal.ActionWithdraw, 0))
}

// With two keyholders and two officers away (of three; two of each are needed) nothing opens, and the status names them, also after
// platform and database were killed meanwhile. When one of each is back the opening ends by itself.
func (h hall) fewerThanNeeded(t *testing.T, people []*cast.Person) {
	t.Helper()
	lot := h.announce(t, "O-1", lead)
	officer := h.StartOfficer(t, 0, lot.Lot)
	accounts := h.accounts(t, lot, people)
	h.handAllIn(t, accounts)
	ok(t, errors.Join(h.Keyholders[1].Kill(), h.Keyholders[2].Kill()))
	missing := func(s opening.Status) bool {
		return s.KeyholdersMissing == 1 && s.OfficersMissing == 1 && s.Keyholders[0].Done && s.Officers[0].Done && s.Keyholders[1].Why != "" && s.Keyholders[2].Why != ""
	}
	check := func(when string) {
		t.Helper()
		s := h.status(t, lot.Lot, missing)
		t.Logf("%s: %s", when, s.Missing())
		absent := []string{s.Keyholders[1].Name, s.Keyholders[2].Name, h.Hosts.Officers[1].Name, h.Hosts.Officers[2].Name}
		for _, name := range absent {
			if !strings.Contains(s.Missing(), name) {
				t.Errorf("%s: %q does not name %s", when, s.Missing(), name)
			}
		}
		for _, name := range []string{s.Keyholders[0].Name, h.Hosts.Officers[0].Name} {
			if strings.Contains(s.Missing(), name) {
				t.Errorf("%s: %q names %s, who is there", when, s.Missing(), name)
			}
		}
		if page, err := h.Hosts.Tenderer.Client.OpeningRows(t.Context(), lot.Lot, "", 10); err == nil {
			t.Errorf("%s: %d rows before the publication", when, len(page.Rows))
		}
	}
	check("two keyholders and two officers away")
	h.platform(t)
	check("the platform was killed")
	h.database(t)
	process(t, officer)
	check("PostgreSQL and an officer's program were killed")

	ok(t, h.Keyholders[1].Start())
	s := h.status(t, lot.Lot, func(s opening.Status) bool { return s.KeyholdersMissing == 0 })
	if want := "还需 1 名解锁人"; !strings.HasPrefix(s.Missing(), want) {
		t.Errorf("with two keyholders: %q", s.Missing())
	}
	h.StartOfficer(t, 1, lot.Lot)
	h.finish(t, lot, accounts)
	ok(t, h.Keyholders[2].Start())
}

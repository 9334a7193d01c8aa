package faults_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack"
	"sunbid/cmd/sunbid/stack/stacktest"
)

// How long the soak is, and which: `make soak` takes a hundred moments.
var (
	moments = flag.Int("moments", 6, "random kills of the soak")
	seed    = flag.Uint64("seed", 1, "what the soak's moments follow from")
)

const (
	perLot   = 10               // kills
	soakLead = 24 * time.Second // from announcing a lot to its opening time
)

// moment is one kill: the victim and when, from the opening time on (before it when negative), and how long it stays away.
type moment struct {
	victim string
	which  int // keyholder or officer
	at     time.Duration
	away   time.Duration
}

// draw plans the kills of one lot, in order: half of them while bids come in, most others about the opening, which takes a second or
// two when nobody is killed, the rest after it.
func draw(r *rand.Rand, n int) []moment {
	victims := []string{"platform", "PostgreSQL", "MinIO", "keyholder", "officer"}
	spans := []struct{ from, to time.Duration }{
		{-soakLead + 3*time.Second, 0}, {-soakLead + 3*time.Second, 0}, {-soakLead + 3*time.Second, 0},
		{-200 * time.Millisecond, 2 * time.Second}, {-200 * time.Millisecond, 2 * time.Second}, {2 * time.Second, 6 * time.Second},
	}
	list := make([]moment, n)
	for i := range list {
		span := spans[r.IntN(len(spans))]
		list[i] = moment{
			victim: victims[r.IntN(len(victims))], which: r.IntN(3),
			at: span.from + time.Duration(r.Int64N(int64(span.to-span.from))), away: time.Duration(r.IntN(800)) * time.Millisecond,
		}
	}
	slices.SortFunc(list, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	return list
}

// Random kill -9 of every process over a store of four drives, lot after lot on one stack. After each lot the ledger holds the opening
// against what was told, the public bundle is verified offline, and fsck derives everything again.
func TestSoak(t *testing.T) {
	t.Parallel()
	h := hall{stacktest.New(t, "minio")}
	people := h.bidders(t, 10)
	r := rand.New(rand.NewPCG(*seed, 0))
	w := h.watcher(t)
	done := map[string]int{}
	t.Logf("seed %d, %d moments", *seed, *moments)
	for lot, left := 1, *moments; left > 0; lot, left = lot+1, left-perLot {
		plan := draw(r, min(left, perLot))
		t.Run(fmt.Sprintf("lot %d", lot), func(t *testing.T) { h.soak(t, fmt.Sprintf("S-%d", lot), people, w, plan, done) })
	}
	total := 0
	for _, what := range slices.Sorted(maps.Keys(done)) {
		t.Logf("%4d × %s", done[what], what)
		total += done[what]
	}
	t.Logf("%d moments in all", total)
	if total != *moments {
		t.Errorf("%d moments, planned were %d", total, *moments)
	}
}

// soak plays one lot through its kills.
func (h hall) soak(t *testing.T, number string, people []*cast.Person, w *watcher, plan []moment, done map[string]int) {
	lot := h.announce(t, number, soakLead)
	deadline := lot.State.OpeningAt.Time
	var officers []*stack.Process
	for i := range 3 {
		officers = append(officers, h.StartOfficer(t, i, lot.Lot))
	}
	accounts := h.accounts(t, lot, people)
	stop := w.watch(t, lot.Lot)
	ctx, cancel := context.WithDeadline(t.Context(), deadline.Add(patience))
	defer cancel()
	var wg sync.WaitGroup
	for i, a := range accounts {
		wg.Go(func() {
			err := a.play(ctx, i, deadline)
			if tooLate := errors.Is(err, errTooLate) || errors.Is(err, errRefused); err != nil && (!tooLate || time.Now().Before(deadline)) {
				t.Error(err)
			}
		})
	}
	for _, m := range plan {
		time.Sleep(time.Until(deadline.Add(m.at)))
		stage, begun := h.stage(t, lot, deadline), time.Now()
		h.strike(t, m, officers)
		done[m.victim+", "+stage]++
		t.Logf("%s killed %v after the opening time while %s, back after %v", m.victim, begun.Sub(deadline).Round(time.Millisecond), stage, time.Since(begun).Round(10*time.Millisecond))
	}
	wg.Wait()
	_, err := lot.Await(h.within(t), h.Hosts.Tenderer)
	saw := stop()
	ok(t, err)
	h.finish(t, lot, accounts, saw)
	h.verify(t, lot)
	h.Fsck(t)
}

// stage is where the lot stands, to name a moment by.
func (h hall) stage(t *testing.T, lot cast.Announced, deadline time.Time) string {
	if time.Now().Before(deadline) {
		return "submitting"
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	s, err := h.Hosts.Tenderer.Client.OpeningStatus(ctx, lot.Lot)
	switch {
	case err != nil:
		return "opening, no answer"
	case s.Stage == "":
		return "freezing"
	case !s.PublishedAt.IsZero():
		return "settling"
	}
	return "opening, " + s.Stage
}

// strike kills the victim and starts it again after a while.
func (h hall) strike(t *testing.T, m moment, officers []*stack.Process) {
	t.Helper()
	switch m.victim {
	case "platform":
		ok(t, h.Platform.Kill())
		time.Sleep(m.away)
		ok(t, h.StartPlatform(h.within(t)))
	case "PostgreSQL":
		h.database(t)
	case "MinIO":
		h.store(t)
	case "keyholder", "officer":
		p := h.Keyholders[m.which]
		if m.victim == "officer" {
			p = officers[m.which]
		}
		ok(t, p.Kill())
		time.Sleep(m.away)
		ok(t, p.Start())
	}
}

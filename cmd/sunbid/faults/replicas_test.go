package faults_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/node"
	"sunbid/cmd/sunbid/stack"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/web/client"
)

// A rehearsal's merge delay is a minute: with -pause 65s the stop goes past it.
var pause = flag.Duration("pause", 8*time.Second, "how long the leading platform is stopped")

// Two platforms over one database. The one that sequences is stopped (SIGSTOP): the other takes bids all the while and gives promises,
// the log stands still and both say so by its lag; let go on, nothing is lost and the promised proofs are there. Then it is killed,
// and the other sequences in its place. The log never forks, and the opening happens once.
func TestTwoPlatforms(t *testing.T) {
	t.Parallel()
	h := hall{stacktest.New(t, "minio")}
	other, stage := h.another(t)
	people := make([]*cast.Person, 4)
	for i := range people {
		join := h.Stage
		if i%2 == 1 {
			join = stage
		}
		p, err := join.Join(h.within(t), fmt.Sprintf("演练投标人%02d", i), cast.Code(i+1), "经办", bidding.Bidder)
		ok(t, err)
		people[i] = p
	}
	lot := h.announce(t, "P-1", 30*time.Second+*pause)
	accounts := h.accounts(t, lot, people)
	anybody, err := client.New(stage.URL, stage.HTTP)
	ok(t, err)
	w := h.watcher(t)
	w.client = anybody
	stop := w.watch(t, lot.Lot)
	ctx := h.within(t)
	for i, a := range accounts {
		ok(t, a.submit(ctx, bidding.Fen(100*(i+1)), []byte("投标文件")))
	}
	size := func() float64 { return metric(t, stage, "sunbid_log_size") }

	ok(t, syscall.Kill(h.Platform.PID(), syscall.SIGSTOP))
	stopped := time.Now()
	ok(t, errors.Join(accounts[1].replace(ctx, 201), accounts[3].replace(ctx, 401)))
	time.Sleep(time.Until(stopped.Add(*pause)))
	before, lag := size(), metric(t, stage, "sunbid_log_lag_seconds")
	t.Logf("the leader stopped for %v: log of %g rounds, lag %g s", *pause, before, lag)
	if !(lag >= pause.Seconds()/2-2) {
		t.Errorf("the leader is stopped for %v, and the lag is %g s: the other one leads already, or nobody sees it", *pause, lag)
	}
	ok(t, syscall.Kill(h.Platform.PID(), syscall.SIGCONT))
	for _, a := range []*account{accounts[1], accounts[3]} {
		h.proved(t, a)
	}

	ok(t, h.Platform.Kill())
	at := size()
	for ctx := h.within(t); !(size() > at+2); time.Sleep(200 * time.Millisecond) {
		ok(t, ctx.Err())
	}
	ok(t, accounts[1].replace(h.within(t), 202))
	h.proved(t, accounts[1])
	ok(t, h.StartPlatform(h.within(t))) // stands by now
	ok(t, accounts[0].replace(h.within(t), 101))
	h.proved(t, accounts[0])

	for i := range 3 {
		h.StartOfficer(t, i, lot.Lot)
	}
	_, err = lot.Await(h.within(t), h.Hosts.Tenderer)
	saw := stop()
	ok(t, err)
	h.finish(t, lot, accounts, saw)
	h.verify(t, lot)
	h.Fsck(t)
	ok(t, other.Kill())
}

// another starts a second platform over the same stores and keyholders.
func (h hall) another(t *testing.T) (*stack.Process, cast.Stage) {
	t.Helper()
	c, err := node.Load(h.ConfigFile())
	ok(t, err)
	file := filepath.Join(h.Dir, "platform", "another.json")
	l := newRelay(t, "a port", "tcp", "127.0.0.1:0", "") // holds nothing but finds a free port
	c.Listen = l.Addr().String()
	l.Close()
	c.Origin = "http://" + c.Listen
	ok(t, c.Write(file))
	p := stack.NewProcess("another", filepath.Join(h.Dir, "log"), h.Binaries.Sunbid, "serve", "--config", file)
	ok(t, p.Start())
	t.Cleanup(func() { p.Kill() })
	stage := cast.NewStage(c.Origin, time.Now)
	for ctx := h.within(t); ; time.Sleep(100 * time.Millisecond) {
		if res, err := stage.HTTP.Get(c.Origin + "/healthz"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return p, stage
			}
		}
		ok(t, ctx.Err())
	}
}

// proved waits for the log's proof of the account's last receipt.
func (h hall) proved(t *testing.T, a *account) {
	t.Helper()
	id, err := bidding.ParseReceiptID(a.told[len(a.told)-1].receipt)
	ok(t, err)
	for ctx := h.within(t); ; time.Sleep(200 * time.Millisecond) {
		r, err := a.Client.Receipt(ctx, id)
		if err == nil && r.Proof != nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("%s: the promised proof never came: %v", a.Name, err)
		}
	}
}

// metric reads one figure of a platform's /metrics; not a number while it is not there.
func metric(t *testing.T, s cast.Stage, name string) float64 {
	t.Helper()
	res, err := s.HTTP.Get(s.URL + "/metrics")
	ok(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	ok(t, err)
	for line := range strings.Lines(string(text)) {
		var v float64
		if n, _ := fmt.Sscanf(line, name+" %g", &v); n == 1 {
			return v
		}
	}
	return math.NaN()
}

package stacktest_test

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/web/api/wire"
)

// A drill on real processes names exactly who is not ready, and why; when they are back all is ready again. Without every
// keyholder nothing is announced.
func TestDrill(t *testing.T) {
	t.Parallel()
	p := stacktest.New(t, "disk")
	plan := cast.Plan{Number: "T-2", Title: "演练检查", Region: "441900", Lot: "一标段", OpeningAt: time.Now().Add(20 * time.Minute)}
	lot, err := p.Hosts.Announce(t.Context(), plan, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := lot.Keys(t.Context(), p.Hosts.Tenderer, p.Trust, time.Now); err != nil {
		t.Fatal(err)
	}
	drill := func() wire.LotReadiness {
		t.Helper()
		r, err := p.Hosts.Tenderer.Client.Drill(t.Context(), lot.Lot)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}

	// One officer's waiting program answers by itself, one person answers by command, the third has not answered.
	p.StartOfficer(t, 0, lot.Lot)
	answer(t, p, 1, lot.Lot)
	r := await(t, drill, func(r wire.LotReadiness) bool { return r.Officers[0].Ready })
	want(t, r.Keyholders, "", "", "")
	want(t, r.Officers, "", "", "never-answered")
	if r.Ready || r.Officers[2].Name != p.Hosts.Officers[2].Name {
		t.Errorf("ready %v with %+v", r.Ready, r.Officers)
	}
	answer(t, p, 2, lot.Lot)
	if r := drill(); !r.Ready {
		t.Errorf("not ready after all answered: %+v", r)
	}

	// A keyholder that is stopped is named; nothing can be announced now.
	if err := p.Keyholders[1].Kill(); err != nil {
		t.Fatal(err)
	}
	r = drill()
	want(t, r.Keyholders, "", "silent", "")
	if r.Ready {
		t.Error("ready with a keyholder stopped")
	}
	plan.Number, plan.OpeningAt = "T-3", plan.OpeningAt.Add(time.Minute)
	_, err = p.Hosts.Announce(t.Context(), plan, time.Now)
	var refusal *bidding.Refusal
	if !errors.As(err, &refusal) || refusal.Class != bidding.Unready {
		t.Errorf("announced without a keyholder: %v", err)
	}
	if err := p.Keyholders[1].Start(); err != nil {
		t.Fatal(err)
	}

	// A keyholder whose clock is off is named with its offset, also to those who watch the lot.
	if err := stack.SetClock(p.KeyholderClock(2), 5*time.Second); err != nil {
		t.Fatal(err)
	}
	r = await(t, drill, func(r wire.LotReadiness) bool { return r.Keyholders[1].Ready })
	want(t, r.Keyholders, "", "", "clock")
	if !strings.Contains(r.Keyholders[2].Say, "时钟相差") {
		t.Errorf("says %q", r.Keyholders[2].Say)
	}
	process, err := p.Hosts.Agency.Client.Process(t.Context(), lot.Lot)
	if err != nil || process.Readiness == nil {
		t.Fatalf("process %+v, %v", process, err)
	}
	want(t, process.Readiness.Keyholders, "", "", "clock")
	if err := stack.SetClock(p.KeyholderClock(2), 0); err != nil {
		t.Fatal(err)
	}
	if r := drill(); !r.Ready {
		t.Errorf("not ready after all are back: %+v", r)
	}

	operator, err := p.Stage.Join(t.Context(), "演练交易中心有限公司", cast.Code(9_000_099), "值班", bidding.Operator)
	if err != nil {
		t.Fatal(err)
	}
	all, err := operator.Client.Readiness(t.Context())
	if err != nil || !all.Ready || len(all.Lots) != 1 || !all.Lots[0].Ready {
		t.Errorf("readiness %+v, %v", all, err)
	}
	p.Fsck(t)
}

func want(t *testing.T, list []wire.Standby, why ...string) {
	t.Helper()
	if len(list) != len(why) {
		t.Fatalf("%+v, want %q", list, why)
	}
	for i, s := range list {
		if s.Why != why[i] || s.Ready != (why[i] == "") {
			t.Errorf("%d: %+v, want %q", i, s, why[i])
		}
	}
}

// await drills until it holds: a process that was just started takes its moment.
func await(t *testing.T, drill func() wire.LotReadiness, holds func(wire.LotReadiness) bool) wire.LotReadiness {
	t.Helper()
	for {
		if r := drill(); holds(r) {
			return r
		}
		select {
		case <-t.Context().Done():
			t.Fatal("it never held")
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// answer runs an officer's own command.
func answer(t *testing.T, p *stacktest.Play, i int, lot bidding.LotID) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), p.Binaries.Sealbid, "officer", "drill", "--home", p.OfficerHome(i).Dir,
		"--server", p.URL, "--trust", p.Stack.Trust, "--passphrase-file", p.PassphraseFile(), lot.String()).CombinedOutput()
	if err != nil {
		t.Fatalf("officer drill: %v\n%s", err, out)
	}
}

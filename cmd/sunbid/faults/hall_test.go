package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/bidding/opening"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/faults/ledger"
	"sunbid/cmd/sunbid/stack"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// hall is a running stack whose processes are killed.
type hall struct {
	*stacktest.Play
}

// patience bounds every wait for something that must come by itself.
const patience = 90 * time.Second

func (h hall) within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// platform kills the platform and starts it again.
func (h hall) platform(t *testing.T) {
	t.Helper()
	ok(t, h.Platform.Kill())
	ok(t, h.StartPlatform(h.within(t)))
}

// database kills PostgreSQL and starts it again; the platform must find it by itself.
func (h hall) database(t *testing.T) {
	t.Helper()
	ok(t, syscall.Kill(h.Database.PID(), syscall.SIGKILL))
	<-h.Database.Done()
	ok(t, h.StartDatabase(h.within(t)))
}

// store kills MinIO and starts it again; the platform must find it by itself.
func (h hall) store(t *testing.T) {
	t.Helper()
	ok(t, syscall.Kill(h.Minio.PID(), syscall.SIGKILL))
	<-h.Minio.Done()
	ok(t, h.Minio.Restart(h.within(t)))
}

// process kills a keyholder or an officer's program and starts it again.
func process(t *testing.T, p *stack.Process) {
	t.Helper()
	ok(t, p.Kill())
	ok(t, p.Start())
}

// bidders enrols n of them.
func (h hall) bidders(t *testing.T, n int) []*cast.Person {
	t.Helper()
	list, errs := make([]*cast.Person, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			list[i], errs[i] = h.Stage.Join(t.Context(), fmt.Sprintf("演练投标人%02d", i), cast.Code(i+1), "经办", bidding.Bidder)
		})
	}
	wg.Wait()
	ok(t, errors.Join(errs...))
	return list
}

// announce makes a lot that opens a while from now.
func (h hall) announce(t *testing.T, number string, lead time.Duration) cast.Announced {
	t.Helper()
	lot, err := h.Hosts.Announce(t.Context(), cast.Plan{Number: number, Title: "故障演练" + number, Region: "441900", Lot: "一标段", OpeningAt: time.Now().Add(lead)}, time.Now)
	ok(t, err)
	return lot
}

// accounts gives each person a desk for the lot.
func (h hall) accounts(t *testing.T, lot cast.Announced, people []*cast.Person) []*account {
	t.Helper()
	file, keys, err := lot.Keys(h.within(t), h.Hosts.Tenderer, h.Trust, time.Now)
	ok(t, err)
	list := make([]*account, len(people))
	for i, p := range people {
		list[i] = &account{Bidder: cast.NewBidder(p, t.TempDir(), keys, h.Trust, cast.Known(file))}
	}
	return list
}

// status asks until the opening stands as wanted.
func (h hall) status(t *testing.T, lot bidding.LotID, want func(opening.Status) bool) opening.Status {
	t.Helper()
	ctx := h.within(t)
	for {
		s, err := h.Hosts.Tenderer.Client.Process(ctx, lot)
		if err == nil && want(s.Status) {
			return s.Status
		}
		if ctx.Err() != nil {
			t.Fatalf("the opening stands at %+v (%v): missing %s", s.Status, err, s.Missing())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// finish waits for the publication, compares it with the accounts, and sees that it happened once.
func (h hall) finish(t *testing.T, lot cast.Announced, accounts []*account, watchers ...watched) {
	t.Helper()
	ctx := h.within(t)
	rows, err := lot.Await(ctx, h.Hosts.Tenderer)
	ok(t, err)
	if page, err := h.Hosts.Tenderer.Client.OpeningStatus(ctx, lot.Lot); err == nil {
		t.Logf("%s: published %v after the opening time", lot.State.Name, page.PublishedAt.Sub(lot.State.OpeningAt.Time).Round(100*time.Millisecond))
	}
	raw, err := h.Hosts.Tenderer.Client.OpeningRecord(ctx, lot.Lot)
	ok(t, err)
	record, err := pki.ParseSigned[custody.OpeningRecord](raw)
	ok(t, err)
	if len(rows) != len(record.Body.Rows) {
		t.Errorf("%d rows, %d in the signed record", len(rows), len(record.Body.Rows))
	}
	raw, err = h.Hosts.Tenderer.Client.Document(ctx, record.Body.Freeze)
	ok(t, err)
	freeze, err := pki.ParseSigned[custody.Freeze](raw)
	ok(t, err)
	saw := watched{sights: h.releases(t, lot.Lot)}
	for _, w := range watchers {
		saw.heads, saw.sights = append(saw.heads, w.heads...), append(saw.sights, w.sights...)
	}
	compare(t, record.Body, freeze.Body, accounts, saw, h.Trust)
	conn, err := pgx.Connect(ctx, h.Database.DSN(stack.Database))
	ok(t, err)
	defer conn.Close(ctx)
	h.once(t, conn, lot.Lot, opening.BidsFrozen{}.EventType())
	h.once(t, conn, lot.Lot, opening.ResultsPublished{}.EventType())
	h.bodies(ctx, t, conn, lot.Lot, len(rows))
}

// bodies waits until the body of each bid is open, which happens as a job after the publication.
func (h hall) bodies(ctx context.Context, t *testing.T, conn *pgx.Conn, lot bidding.LotID, want int) {
	t.Helper()
	for {
		var n int
		err := conn.QueryRow(ctx, `SELECT count(*) FROM opened_part WHERE lot = $1 AND kind = 'body' AND reason = ''`, lot.String()).Scan(&n)
		if err == nil && n == want {
			return
		}
		if err != nil {
			t.Errorf("%d of %d bodies are open: %v", n, want, err)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// releases are those that keyholders wrote into their own logs, with the machine's time.
func (h hall) releases(t *testing.T, lot bidding.LotID) []ledger.Sight {
	t.Helper()
	var list []ledger.Sight
	for _, k := range h.Keyholders {
		log, err := os.ReadFile(k.Log)
		ok(t, err)
		for line := range strings.Lines(string(log)) {
			var said struct {
				Time     time.Time
				Msg, Lot string
			}
			if json.Unmarshal([]byte(line), &said) == nil && said.Msg == "release" && said.Lot == lot.String() {
				list = append(list, ledger.Sight{What: "a release by " + k.Name, At: said.Time})
			}
		}
	}
	if len(list) < 2 {
		t.Errorf("the opening is published after %d releases, two are needed", len(list))
	}
	return list
}

// verify exports the public bundle, and has it checked offline.
func (h hall) verify(t *testing.T, lot cast.Announced) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "bundle")
	for _, c := range []*exec.Cmd{
		exec.CommandContext(h.within(t), h.Binaries.Sunbid, "export", "--config", h.ConfigFile(), "--lot", lot.Lot.String(), dir),
		exec.CommandContext(h.within(t), h.Binaries.Verify, "bundle", dir, "--trust", h.Stack.Trust),
	} {
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", c, err, out)
		}
	}
}

func (h hall) once(t *testing.T, conn *pgx.Conn, lot bidding.LotID, event string) {
	t.Helper()
	var n int
	if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM event WHERE stream = $1 AND type = $2`, opening.Stream(lot), event).Scan(&n); err != nil || n != 1 {
		t.Errorf("%s happened %d times (%v)", event, n, err)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package faults_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sunbid/cmd/sunbid/node"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/storage/embedded/scratch"
)

// Lines between bidders and platform, and between the platform and PostgreSQL, MinIO and each keyholder, are cut over and over while
// bids come in and while they open: wherever a request or its answer is just then.
func TestCutConnections(t *testing.T) {
	t.Parallel()
	h := hall{stacktest.New(t, "minio")}
	lines := h.relayed(t)
	people := h.bidders(t, 10)
	lot := h.announce(t, "C-1", soakLead)
	deadline := lot.State.OpeningAt.Time
	for i := range 3 {
		h.StartOfficer(t, i, lot.Lot)
	}
	accounts := h.accounts(t, lot, people)
	stop := h.watcher(t).watch(t, lot.Lot)
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
	r := rand.New(rand.NewPCG(*seed, 0))
	for time.Now().Before(deadline.Add(4 * time.Second)) {
		lines[r.IntN(len(lines))].cut()
		time.Sleep(time.Duration(r.IntN(400)) * time.Millisecond)
	}
	wg.Wait()
	_, err := lot.Await(h.within(t), h.Hosts.Tenderer)
	saw := stop()
	ok(t, err)
	h.finish(t, lot, accounts, saw)
	for _, l := range lines {
		l.mu.Lock()
		t.Logf("%s: %d connections cut", l.name, l.cuts)
		if l.cuts == 0 && !strings.HasPrefix(l.name, "keyholder") { // those are called every few seconds only
			t.Errorf("the line of %s was never cut", l.name)
		}
		l.mu.Unlock()
	}
	h.verify(t, lot)
	h.Fsck(t)
}

// relayed puts a relay into every line of the platform, and starts it again over them. Bidders who join from now on are behind one too.
func (h hall) relayed(t *testing.T) []*relay {
	t.Helper()
	const anywhere = "127.0.0.1:0"
	c, err := node.Load(h.ConfigFile())
	ok(t, err)
	bidders := newRelay(t, "the bidders", "tcp", anywhere, c.Listen)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", bidders.Addr().String())
	}
	h.Stage.HTTP = &http.Client{Transport: &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 256, ResponseHeaderTimeout: time.Minute}}

	raw, err := os.ReadFile(c.DSNFile)
	ok(t, err)
	dsn, err := url.Parse(string(raw))
	ok(t, err)
	const socket = ".s.PGSQL.5432"
	folder, err := scratch.New("sunbid-relay") // a socket's path must be short
	ok(t, err)
	database := newRelay(t, "PostgreSQL", "unix", filepath.Join(folder.Dir, socket), filepath.Join(dsn.Query().Get("host"), socket))
	dsn.RawQuery = strings.Replace(dsn.RawQuery, url.QueryEscape(dsn.Query().Get("host")), url.QueryEscape(folder.Dir), 1)
	ok(t, os.WriteFile(c.DSNFile, []byte(dsn.String()), 0o600))

	store := newRelay(t, "MinIO", "tcp", anywhere, c.Objects.Minio.Endpoint)
	c.Objects.Minio.Endpoint = store.Addr().String()
	lines := []*relay{bidders, database, store}
	for i := range c.Keyholders {
		k := newRelay(t, "keyholder "+c.Keyholders[i].Name, "tcp", anywhere, c.Keyholders[i].Address)
		c.Keyholders[i].Address = k.Addr().String()
		lines = append(lines, k)
	}
	ok(t, c.Write(h.ConfigFile()))
	h.platform(t)
	return lines
}

package keyholder_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sunbid/cmd/keyholder/config"
	"sunbid/cmd/keyholder/identity"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/custody/custodytest"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
	"sunbid/web/outbound/keyholder"
)

func wants(t *testing.T, err error, code string) {
	t.Helper()
	var coded interface{ Code() string }
	if !errors.As(err, &coded) || coded.Code() != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func plan(threshold int) custody.Plan {
	return custody.Plan{Ceremony: custodytest.ID("ev"), Class: custody.Rehearsal, Key: custodytest.ID("ky"), Threshold: threshold, MadeAt: canon.At(time.Now())}
}

// bound is a lot bound by the running keyholders.
func (h *hall) bound(t *testing.T, openingAt time.Time) *custodytest.Lot {
	t.Helper()
	record, err := h.Generate(t.Context(), plan(h.known.Threshold))
	ok(t, err)
	l := custodytest.NewLot(t, h.ca, h.platform, h.log, record, openingAt, 3, 2)
	l.Binding, err = h.Bind(t.Context(), l.BindRequest())
	ok(t, err)
	return l
}

// open combines the partial decryptions of these keyholders with two officers' and decrypts.
func (h *hall) open(t *testing.T, l *custodytest.Lot, bid custodytest.Bid, r custody.ReleaseRequest, keyholders []int) []byte {
	t.Helper()
	fronts := map[canon.Hash]seal.Front{bid.Front.Digest(): bid.Front}
	kt, err := l.KeyRecord.Body.Points()
	ok(t, err)
	kc, err := l.OfficerKey.Body.Points()
	ok(t, err)
	dT, dC := map[int]tdh2.Point{}, map[int]tdh2.Point{}
	for _, i := range keyholders {
		a, err := h.Release(t.Context(), i, r)
		ok(t, err)
		got, err := custody.VerifyBatch(*a.Batch, h.known.Group[i-1].Signing, kt, fronts)
		ok(t, err)
		dT[i] = got[bid.Front.Digest()]
	}
	for i, o := range l.Officers[:2] {
		share, err := custody.OpenOfficerShare(l.OfficerKey.Body, o.Print(), o.Opener)
		ok(t, err)
		k, err := custody.NewOfficerKeeper(rand.Reader, h.known, l.OfficerFile(h.known.Group), o.Signer, share, custody.NewMemory(), func() time.Time { return l.OpeningAt })
		ok(t, err)
		full := r
		full.Freeze = l.Prove(t, h.log, r.Freeze, 0)
		a, err := k.Release(full)
		ok(t, err)
		got, err := custody.VerifyBatch(*a.Batch, o.Signer.Certificate(), kc, fronts)
		ok(t, err)
		dC[i+1] = got[bid.Front.Digest()]
	}
	cek, err := custody.Open(bid.Front, kt, kc, dT, dC, nil)
	ok(t, err)
	var out bytes.Buffer
	ok(t, seal.OpenChunks(cek, bid.Front.Header, func(int) ([]byte, error) { return bid.Chunk, nil }, &out))
	return out.Bytes()
}

func TestAWholeOpeningWithRealProcesses(t *testing.T) {
	t.Parallel()
	h := newHall(t, 2, 3)
	l := h.bound(t, time.Now().Add(time.Hour))
	bidder := custodytest.NewParty(t, h.ca, "投标人")
	bid := l.Seal(t, bidder, l.Purpose(bidder))
	e := l.Freeze(t, l.OpeningAt, 0, bid)
	r := l.Release(e, bid)

	for i := range h.processes {
		_, err := h.Release(t.Context(), i+1, r)
		wants(t, err, "release-too-early")
		if !errors.Is(err, custody.ErrEarly) {
			t.Fatal("the refusal is not the one that the keyholder made")
		}
	}
	for _, p := range h.processes {
		p.set(t, time.Hour+time.Minute)
	}
	if got := h.open(t, l, bid, r, []int{1, 3}); !bytes.Equal(got, bid.Content) {
		t.Fatalf("opened %q", got)
	}

	// One keyholder is killed: two are enough, and the dead one is named.
	h.processes[0].kill()
	_, err := h.Release(t.Context(), 1, r)
	wants(t, err, "keyholder-unreachable")
	var gone *keyholder.Unreachable
	if !errors.As(err, &gone) || gone.Index != 1 {
		t.Fatalf("%v does not name keyholder 1", err)
	}
	if got := h.open(t, l, bid, r, []int{2, 3}); !bytes.Equal(got, bid.Content) {
		t.Fatalf("opened %q", got)
	}
	_, err = h.Generate(t.Context(), plan(2)) // but no key without all n
	wants(t, err, "keyholder-unreachable")

	// A clock that steps back closes the door; forth again, it opens.
	h.processes[1].set(t, 0)
	_, err = h.Release(t.Context(), 2, r)
	wants(t, err, "release-too-early")
	h.processes[1].set(t, 2*time.Hour)
	_, err = h.Release(t.Context(), 2, r)
	ok(t, err)

	for _, p := range h.processes {
		for _, secret := range []string{string(bid.Content), "share", bid.Statement.Body.Bid, `"items"`} {
			if strings.Contains(p.log.String(), secret) {
				t.Fatalf("the log says %q", secret)
			}
		}
	}
}

func TestKilledKeyholdersKeepTheirWord(t *testing.T) {
	t.Parallel()
	h := newHall(t, 2, 3)
	l := h.bound(t, time.Now().Add(time.Hour))
	restart := func() {
		for _, p := range h.processes {
			p.kill()
			p.start(t)
		}
	}
	restart()
	later := l.BindRequest()
	later.Binding = pki.Signed[custody.Binding]{Body: l.Binding.Body}
	later.Binding.Body.OpeningAt = canon.At(l.OpeningAt.Add(-time.Minute))
	_, err := h.Bind(t.Context(), later)
	wants(t, err, "bind-twice")

	p := l.Postpone(t, 1, l.OpeningAt, l.OpeningAt.Add(time.Hour))
	signed, errs := h.Postpone(t.Context(), p)
	ok(t, errors.Join(errs...))
	certs := l.OfficerFile(h.known.Group).Certificates
	at, err := custody.InForce(l.Binding, []pki.Signed[custody.Postponement]{signed}, l.KeyRecord.Body, certs)
	ok(t, err)
	restart()
	bidder := custodytest.NewParty(t, h.ca, "投标人")
	bids := []custodytest.Bid{l.Seal(t, bidder, l.Purpose(bidder)), l.Seal(t, bidder, l.Purpose(bidder))}
	for _, p := range h.processes {
		p.set(t, time.Hour+time.Minute)
	}
	_, err = h.Release(t.Context(), 1, l.Release(l.Freeze(t, l.OpeningAt, 0, bids...), bids...))
	wants(t, err, "release-too-early")
	for _, p := range h.processes {
		p.set(t, 2*time.Hour+time.Minute)
	}
	first := l.Freeze(t, at.Time, 0, bids...)
	_, err = h.Release(t.Context(), 1, l.Release(first, bids...))
	ok(t, err)
	restart()
	_, err = h.Release(t.Context(), 1, l.Release(l.Freeze(t, at.Time, first.Event.Proof.Size, bids[0]), bids[0]))
	wants(t, err, "freeze-second")

	order := custody.ErasureOrder{Type: custody.TypeErasureOrder, Class: l.Class, Tender: l.Tender, Lot: l.Lot, Binding: l.Hash, Reason: custody.Terminated, Ground: canon.Sum([]byte("notice"))}
	o, err := pki.Sign(order, l.Dealer.Signer)
	ok(t, err)
	erased, errs := h.Erase(t.Context(), custody.EraseRequest{Order: o, Certificates: [][]byte{l.Dealer.Signer.Certificate().DER()}})
	ok(t, errors.Join(errs...))
	if len(erased) != 3 {
		t.Fatalf("%d erased", len(erased))
	}
	for _, p := range h.processes {
		files, err := os.ReadDir(filepath.Join(p.dir, "state", "shares"))
		ok(t, err)
		if len(files) != 0 {
			t.Fatalf("shares left: %v", files)
		}
	}
	restart()
	_, err = h.Release(t.Context(), 1, l.Release(first, bids...))
	wants(t, err, "release-erased")
}

// Kills fall between the steps of ceremonies and bindings; afterwards every binding that was acknowledged stands, and
// the keyholders still work together.
func TestKillAtAnyMoment(t *testing.T) {
	t.Parallel()
	h := newHall(t, 2, 3)
	var lots []*custodytest.Lot
	for i := range 6 {
		done := make(chan struct{})
		go func() {
			defer close(done)
			time.Sleep(time.Duration(i*7) * time.Millisecond)
			h.processes[i%3].kill()
		}()
		record, err := h.Generate(t.Context(), plan(2))
		if err == nil {
			l := custodytest.NewLot(t, h.ca, h.platform, h.log, record, time.Now().Add(time.Hour), 3, 2)
			if l.Binding, err = h.Bind(t.Context(), l.BindRequest()); err == nil {
				lots = append(lots, l)
			}
		}
		<-done
		h.processes[i%3].start(t)
	}
	lots = append(lots, h.bound(t, time.Now().Add(time.Hour)))
	for _, l := range lots {
		again, err := h.Bind(t.Context(), l.BindRequest())
		ok(t, err)
		if a, err := again.Hash(); err != nil || a != l.Hash {
			t.Fatal("another binding")
		}
		moved := l.BindRequest()
		moved.Binding.Body.OpeningAt = canon.At(l.OpeningAt.Add(time.Minute))
		_, err = h.Bind(t.Context(), moved)
		wants(t, err, "bind-twice")
	}
}

func TestHealthTellsNothingAboutLots(t *testing.T) {
	t.Parallel()
	h := newHall(t, 2, 3)
	for range 2 {
		_, err := h.Generate(t.Context(), plan(2))
		ok(t, err)
	}
	before, errs := h.Health(t.Context())
	ok(t, errors.Join(errs...))
	for i, a := range before {
		if a.Pool != 2 || a.Index != i+1 || a.Class != custody.Rehearsal || a.Checkpoint != 0 {
			t.Fatalf("health: %+v", a)
		}
	}
	h.bound(t, time.Now().Add(time.Hour))
	after, errs := h.Health(t.Context())
	ok(t, errors.Join(errs...))
	after[0].Clock = before[0].Clock
	if after[0] != before[0] {
		t.Fatalf("a bound lot shows in health: %+v, %+v", before[0], after[0])
	}
}

func TestOnlyThePinnedClientComesIn(t *testing.T) {
	t.Parallel()
	h := newHall(t, 2, 3)
	e := h.Client(1).Endpoint()
	stranger := keyholder.NewClient(e, clientCertificate(t))
	defer stranger.Close()
	_, err := stranger.Health(t.Context())
	wants(t, err, "keyholder-unreachable")
	e.Pin = sha256.Sum256([]byte("another process behind the address"))
	impostor := keyholder.NewClient(e, h.own)
	defer impostor.Close()
	_, err = impostor.Health(t.Context())
	wants(t, err, "keyholder-unreachable")
}

func TestServeRefuses(t *testing.T) {
	t.Parallel()
	path, err := program()
	ok(t, err)
	h := newHall(t, 1, 1)
	p := h.processes[0]
	refused := func(name, want string, args ...string) {
		t.Helper()
		out, err := exec.Command(path, append([]string{"serve", "--dir", p.dir, "--config", p.config}, args...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	refused("a second process on the directory", "in use by another process")
	p.kill()
	ok(t, os.Chmod(filepath.Join(p.dir, "credential"), 0o644))
	refused("a credential that others can read", "must be 0600")
	ok(t, os.Chmod(filepath.Join(p.dir, "credential"), 0o600))
	refused("a clock file that is not there", "clock file", "--clock-file", filepath.Join(p.dir, "none"))

	raw, err := os.ReadFile(p.config)
	ok(t, err)
	ok(t, os.WriteFile(p.config, bytes.Replace(raw, []byte(`"rehearsal"`), []byte(`"production"`), 1), 0o644))
	refused("a configuration of the other class", "do not mix")

}

func TestProductionTakesNoClockFile(t *testing.T) {
	t.Parallel()
	path, err := program()
	ok(t, err)
	run := func(want string, args ...string) []byte {
		t.Helper()
		out, err := exec.Command(path, args...).CombinedOutput()
		if (err != nil) != (want != "") || !strings.Contains(string(out), want) {
			t.Fatalf("%v: %v\n%s", args[0], err, out)
		}
		return out
	}
	dir := t.TempDir()
	var public identity.Public
	ok(t, json.Unmarshal(run("", "init", "--dir", dir, "--name", "公证处", "--class", "production"), &public))
	run("holds a keyholder already", "init", "--dir", dir, "--name", "公证处", "--class", "production")

	// An authority issues for the requests; swapped certificates are not accepted.
	ca := custodytest.NewCA(t, custody.Production)
	issue := func(csr []byte, usage pki.Usage, file string) string {
		c, err := ca.IssueCSR(csr, usage, time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0))
		ok(t, err)
		file = filepath.Join(dir, file)
		ok(t, os.WriteFile(file, c.DER(), 0o644))
		return file
	}
	signing, sealing := issue(public.SigningCSR, pki.Signing, "s.der"), issue(public.SealingCSR, pki.Encryption, "e.der")
	run("another key or use", "accept", "--dir", dir, "--signing", sealing, "--encryption", signing)
	run("", "accept", "--dir", dir, "--signing", signing, "--encryption", sealing)

	log, platform := custodytest.NewParty(t, ca, "日志"), custodytest.NewParty(t, ca, "平台")
	s, err := os.ReadFile(signing)
	ok(t, err)
	e, err := os.ReadFile(sealing)
	ok(t, err)
	c := config.Config{Class: custody.Production, Threshold: 1, Group: []config.Member{{Name: "公证处", Signing: s, Encryption: e}},
		Platform: [][]byte{platform.Signer.Certificate().DER()}, Log: [][]byte{log.Signer.Certificate().DER()}, Clients: []string{public.TLSPin}, Monitors: []string{}}
	file, clock := filepath.Join(dir, "config.json"), filepath.Join(dir, "clock")
	ok(t, c.Write(file))
	ok(t, os.WriteFile(clock, []byte("3600000"), 0o644))
	run("accepted only with class rehearsal", "serve", "--dir", dir, "--config", file, "--clock-file", clock)
}

func TestBodiesAreBoundedAndMonitorsOnlyRead(t *testing.T) {
	t.Parallel()
	h := newHall(t, 1, 1)
	p := h.processes[0]
	monitor := clientCertificate(t)
	raw, err := os.ReadFile(p.config)
	ok(t, err)
	pin := sha256.Sum256(monitor.Certificate[0])
	ok(t, os.WriteFile(p.config, bytes.Replace(raw, []byte(`"monitors": []`), fmt.Appendf(nil, `"monitors": ["%x"]`, pin), 1), 0o644))
	p.kill()
	p.start(t)
	status := func(own tls.Certificate, method, path string, body []byte) (int, string) {
		t.Helper()
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{own}, InsecureSkipVerify: true}}}
		r, err := http.NewRequestWithContext(t.Context(), method, "https://"+p.address+path, bytes.NewReader(body))
		ok(t, err)
		a, err := client.Do(r)
		ok(t, err)
		defer a.Body.Close()
		text, err := io.ReadAll(a.Body)
		ok(t, err)
		return a.StatusCode, string(text)
	}
	if s, text := status(h.own, "POST", "/v1/bind", make([]byte, 1<<20+1)); s != 400 || !strings.Contains(text, "too large") {
		t.Fatalf("a large body: %d %s", s, text)
	}
	if s, text := status(h.own, "POST", "/v1/bind", []byte(`{"binding": {}}`)); s != 400 || !strings.Contains(text, "request-malformed") {
		t.Fatalf("a body that is not canonical: %d %s", s, text)
	}
	if s, text := status(h.own, "POST", "/v1/release", []byte(`{}`)); s != 400 || !strings.Contains(text, "request-malformed") {
		t.Fatalf("a release that is none: %d %s", s, text)
	}
	if s, _ := status(monitor, "POST", "/v1/release", nil); s != 403 {
		t.Fatalf("a monitor releases: %d", s)
	}
	s, text := status(monitor, "GET", "/metrics", nil)
	if s != 200 || !strings.Contains(text, "keyholder_clock_seconds ") || strings.Contains(text, "lot") || strings.Contains(text, "bid") {
		t.Fatalf("metrics: %d\n%s", s, text)
	}
	if s, _ := status(h.own, "GET", "/v1/nothing", nil); s != 404 {
		t.Fatalf("an unknown path: %d", s)
	}
}

package secrecy_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
)

// few and many are the bids that the second and the third lot get; the first gets none.
const few, many = 3, 300

// hall is a running stack with three lots that differ in nothing yet.
type hall struct {
	*stacktest.Play
	asker
	owner   *pgx.Conn
	lots    [3]cast.Announced
	keys    [3]desk.Lot
	files   [3]desk.LotFile
	places  [3]spot
	bidders []*cast.Person
}

// tap keeps the session of the last request that had one: the same session asks the questions.
type tap struct {
	next http.RoundTripper
	mu   sync.Mutex // guards last
	last string
}

func (t *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	if h := r.Header.Get("Authorization"); len(h) > len("Bearer ") {
		t.mu.Lock()
		t.last = h[len("Bearer "):]
		t.mu.Unlock()
	}
	return t.next.RoundTrip(r)
}

func open(t *testing.T) *hall {
	t.Helper()
	h := &hall{Play: stacktest.New(t, "disk")}
	var err error
	if h.owner, err = pgx.Connect(t.Context(), h.Database.DSN(stack.Database)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.owner.Close(context.Background()) })
	h.logins(t)
	h.enrol(t)
	opening := time.Now().Add(30 * time.Minute)
	for i := range h.lots {
		number := fmt.Sprintf("S-%d", i)
		plan := cast.Plan{Number: number, Title: "保密核对", Region: "350525", Lot: "一标段", OpeningAt: opening}
		if h.lots[i], err = h.Hosts.Announce(t.Context(), plan, time.Now); err != nil {
			t.Fatal(err)
		}
		h.places[i] = emptySpot()
		h.places[i].tender, h.places[i].lot, h.places[i].number = h.lots[i].Tender, h.lots[i].Lot, number
		s := h.lots[i].State
		h.places[i].documents = []canon.Hash{s.Binding, s.Keyholders.Record, s.Officers.Record}
	}
	for i, l := range h.lots {
		if h.files[i], h.keys[i], err = l.Keys(t.Context(), h.Hosts.Tenderer, h.Trust, time.Now); err != nil {
			t.Fatal(err)
		}
		h.submitting(t, l)
		// The platform drills every new lot by itself; what comes of it is asked for here, so that it is not news later.
		h.ask(t, http.MethodPost, "/api/v1/lots/"+l.Lot.String()+"/drill", string(bidding.Operator), "", "")
	}
	return h
}

// logins opens a session for every role that looks on; the bidder is one who takes part in none of the lots.
func (h *hall) logins(t *testing.T) {
	t.Helper()
	wire := &tap{next: h.Stage.HTTP.Transport}
	h.Stage.HTTP.Transport = wire
	defer func() { h.Stage.HTTP.Transport = wire.next }()
	h.asker = asker{url: h.URL, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}, tokens: map[string]string{}}
	people := map[bidding.Role]*cast.Person{bidding.Tenderer: h.Hosts.Tenderer, bidding.Agency: h.Hosts.Agency, bidding.Officer: h.Hosts.Officers[0]}
	for i, role := range []bidding.Role{bidding.Bidder, bidding.Operator, bidding.Supervisor} {
		p, err := h.Stage.Join(t.Context(), "旁观"+string(role), cast.Code(9_000_100+i), "经办", role)
		if err != nil {
			t.Fatal(err)
		}
		people[role] = p
	}
	for role, p := range people {
		if _, err := p.Client.Me(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.tokens[string(role)] = wire.last
	}
}

// enrol lets everybody who will bid enrol before anything is compared.
func (h *hall) enrol(t *testing.T) {
	t.Helper()
	h.bidders = make([]*cast.Person, many)
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(8 * runtime.GOMAXPROCS(0))
	for i := range h.bidders {
		g.Go(func() (err error) {
			h.bidders[i], err = h.Stage.Join(ctx, fmt.Sprintf("投标人%03d", i), cast.Code(i+1), "投标经办", bidding.Bidder)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

// submitting waits until bids may be handed in: the last public change that comes by itself.
func (h *hall) submitting(t *testing.T, l cast.Announced) {
	t.Helper()
	for {
		p, err := h.Hosts.Tenderer.Client.Lot(t.Context(), l.Lot)
		if err != nil {
			t.Fatal(err)
		}
		if p.Stage == "submitting" {
			return
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the lot never took bids")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// bid hands n bids in for lot i through the public API.
func (h *hall) bid(t *testing.T, i, n int) {
	t.Helper()
	dir := t.TempDir()
	bids := make([]*cast.Bidder, n)
	sealing, ctx := errgroup.WithContext(t.Context())
	sealing.SetLimit(runtime.GOMAXPROCS(0))
	for k := range bids {
		bids[k] = cast.NewBidder(h.bidders[k], filepath.Join(dir, fmt.Sprint(k)), h.keys[i], h.Trust, cast.Known(h.files[i]))
		sealing.Go(func() error {
			return bids[k].Seal(ctx, cast.Offer{Price: bidding.Fen(1_000_000 + k), Days: 100, Security: "保函", Body: cast.FillerBody(bids[k].Name)})
		})
	}
	if err := sealing.Wait(); err != nil {
		t.Fatal(err)
	}
	handing, ctx := errgroup.WithContext(t.Context())
	handing.SetLimit(96)
	for _, b := range bids {
		handing.Go(func() error {
			_, err := b.HandIn(ctx, seal.ActionSubmit, time.Now())
			return err
		})
	}
	if err := handing.Wait(); err != nil {
		t.Fatal(err)
	}
	h.learn(t, i)
}

// learn tells the onlookers real identities of one bid of lot i, which they should not be able to make use of.
func (h *hall) learn(t *testing.T, i int) {
	t.Helper()
	var bid, receipt, upload string
	var statement []byte
	err := h.owner.QueryRow(t.Context(), `SELECT b.bid, b.statement, r.receipt, u.upload FROM bid b JOIN receipt r USING (statement)
		JOIN upload u ON u.lot = b.lot AND u.org = b.org WHERE b.lot = $1 LIMIT 1`, h.lots[i].Lot.String()).Scan(&bid, &statement, &receipt, &upload)
	if err != nil {
		t.Fatal(err)
	}
	p := &h.places[i]
	copy(p.statement[:], statement)
	for err := range map[error]bool{p.bid.UnmarshalText([]byte(bid)): true, p.receipt.UnmarshalText([]byte(receipt)): true, p.upload.UnmarshalText([]byte(upload)): true} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

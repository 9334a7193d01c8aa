package opening_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/opening"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
)

// begin opens in the background; the first officers release as soon as the set is frozen.
func (h *hall) begin(t testing.TB, s *opening.Service, officers int) (done chan error) {
	t.Helper()
	done = make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	go func() { done <- s.Open(ctx, h.lotState().ID) }()
	for {
		err := h.officersRelease(ctx, s, seal.KindReadout, officers)
		if err == nil {
			return done
		}
		if !errors.Is(err, opening.ErrNotFrozen) || ctx.Err() != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
}

func (h *hall) check(t *testing.T, opened int) {
	t.Helper()
	state := h.opening.Snapshot()
	if state.Opened != opened || state.NotOpened != len(h.bids)-opened || len(h.rows) != len(h.bids) || h.lotState().Stage != tender.Opened {
		t.Fatalf("opened %d, not %d, rows %d", state.Opened, state.NotOpened, len(h.rows))
	}
	record, err := pki.ParseSigned[custody.OpeningRecord](h.documents[state.Record].Signed)
	if err != nil || record.Body.Check() != nil || record.VerifyAll(h.platform.Certificate()) != nil {
		t.Fatalf("record: %v", err)
	}
	for _, r := range record.Body.Rows {
		for i, b := range h.bids {
			if b.Bid.String() == r.Bid && r.Status == custody.Opened && *r.Readout.PriceFen != price(i) {
				t.Errorf("bid %d: price %d", i, *r.Readout.PriceFen)
			}
		}
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	early := func(_ context.Context, call int) error {
		if call <= 2 {
			return custody.ErrEarly
		}
		return nil
	}
	for name, prepare := range map[string]func(*hall){
		"all well":            func(*hall) {},
		"a keyholder is down": func(h *hall) { h.holders[0].trouble = func(context.Context, int) error { return errDown } },
		"a keyholder is silent": func(h *hall) {
			h.silence = 100 * time.Millisecond
			h.holders[1].trouble = func(ctx context.Context, _ int) error { <-ctx.Done(); return ctx.Err() }
		},
		"a keyholder lies":      func(h *hall) { h.holders[0].lies = true },
		"two clocks are behind": func(h *hall) { h.holders[0].trouble, h.holders[1].trouble = early, early },
		"one is down, one behind": func(h *hall) {
			h.holders[0].trouble, h.holders[2].trouble = func(context.Context, int) error { return errDown }, early
		},
		"one fails now and then": func(h *hall) {
			h.holders[1].trouble = func(_ context.Context, call int) error {
				if call%2 == 0 {
					return errDown
				}
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t, 5, law.Keyholders)
			prepare(h)
			s := h.service(2)
			if err := <-h.begin(t, s, threshold); err != nil {
				t.Fatal(err)
			}
			h.check(t, 5)
			if err := s.Open(t.Context(), h.lotState().ID); err != nil { // again changes nothing
				t.Fatal(err)
			}
			h.check(t, 5)
		})
	}
}

func TestOpenSaysWhoIsMissing(t *testing.T) {
	t.Parallel()
	h := newHall(t, 3, law.Keyholders)
	for _, x := range h.holders[1:] {
		x.trouble = func(context.Context, int) error { return errDown }
	}
	s := h.service(2)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.Open(ctx, h.lotState().ID) }()
	for h.stored() < 2 { // the one keyholder's two batches
		time.Sleep(time.Millisecond)
	}
	cancel()
	err := <-done
	if !errors.Is(err, opening.ErrWaiting) || !strings.Contains(err.Error(), "还需 1 家密钥保管方（保管方2") || !strings.Contains(err.Error(), "还需 2 名解锁人（解锁人1、解锁人2、解锁人3）") {
		t.Fatalf("got %v", err)
	}
	if len(h.rows) != 0 {
		t.Error("rows before the publication")
	}
	// A new process goes on with what is stored, once enough are back.
	for _, x := range h.holders {
		x.trouble = nil
	}
	s = h.service(2)
	if err := <-h.begin(t, s, threshold); err != nil {
		t.Fatal(err)
	}
	h.check(t, 3)
	if h.holders[0].calls > 2 { // its stored partials were used again
		t.Errorf("keyholder 1 was asked %d times", h.holders[0].calls)
	}
}

func TestBidderCheatsAndPlatformFails(t *testing.T) {
	t.Parallel()
	h := newHall(t, 3, law.Keyholders)
	h.seal(t, h.bids[1].Bid, []byte(`{"type":"sunbid/readout/v1"}`)) // a content that is no read-out
	if err := <-h.begin(t, h.service(2), threshold); err != nil {
		t.Fatal(err)
	}
	h.check(t, 2)
	for _, r := range h.rows {
		if r.Bid == h.bids[1].Bid.String() && r.Reason != "canon-missing-key" {
			t.Errorf("reason %q", r.Reason)
		}
	}

	h = newHall(t, 3, law.Keyholders) // the store gives back another chunk than was accepted: nobody's bid is blamed
	for _, p := range h.bids[2].Parts {
		h.chunks[p.Digest] = append([]byte{h.chunks[p.Digest][0] ^ 1}, h.chunks[p.Digest][1:]...)
	}
	if err := <-h.begin(t, h.service(2), threshold); !errors.Is(err, opening.ErrPlatform) {
		t.Fatal(err)
	}
	if !h.opening.Snapshot().Suspended || len(h.rows) != 0 {
		t.Error("not suspended for all")
	}
}

// seal replaces a bid's read-out by other content; statement and frozen set follow.
func (h *hall) seal(t *testing.T, of bidding.BidID, content []byte) {
	t.Helper()
	for i := range h.bids {
		if h.bids[i].Bid != of {
			continue
		}
		signer := h.signers[i]
		l := h.lotState()
		key, officers := points(t, h)
		file := &memory{}
		front, err := seal.SealFile(rand.Reader, seal.Keys{T: key, C: officers}, seal.Purpose{Class: string(l.Class), Binding: l.Binding, Lot: l.ID.String(), Bidder: signer.Certificate().Fingerprint(),
			Kind: seal.KindReadout, Moment: "opening", NotBefore: due}, signer, bytes.NewReader(content), int64(len(content)), file, nil)
		if err != nil {
			t.Fatal(err)
		}
		for j := range h.bids[i].Parts {
			if h.bids[i].Parts[j].Kind == seal.KindReadout {
				p := h.parts[h.bids[i].Parts[j].Digest]
				p.Digest, p.Front = front.Digest(), front.Bytes()
				h.parts[p.Digest], h.chunks[p.Digest] = p, file.b[front.Size():]
				h.bids[i].Parts[j].Digest = p.Digest
			}
		}
	}
}

func TestOpenModeB(t *testing.T) {
	t.Parallel()
	h := newHall(t, 4, law.BidderKey)
	s := h.service(2)
	lot := h.lotState().ID
	done := h.begin(t, s, threshold)
	for i := range 3 {
		if err := h.release(t, s, i, i); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.release(t, s, 0, 1); !errors.Is(err, opening.ErrKeyRelease) {
		t.Errorf("somebody else's bid: %v", err)
	}
	stranger := bidding.Actor{Role: bidding.Bidder, Org: bidding.NewOrgID()}
	if _, err := s.Stanza(t.Context(), stranger, lot, seal.KindReadout); !errors.Is(err, opening.ErrNotInSet) {
		t.Errorf("a stranger's stanza: %v", err)
	}
	select {
	case err := <-done:
		t.Fatalf("published while a bidder's window was open: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	h.setClock(due.Add(31 * time.Minute))
	if err := h.release(t, s, 3, 3); !errors.Is(err, opening.ErrWindow) {
		t.Errorf("after the window: %v", err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	h.check(t, 3)
	if id := h.opening.Snapshot().Unopened; len(id) != 1 || id[0] != h.bids[3].Bid {
		t.Errorf("not opened: %v", id)
	}
}

// release has bidder `as` release the key of bid i.
func (h *hall) release(t *testing.T, s *opening.Service, as, i int) error {
	t.Helper()
	l := h.lotState()
	var digest canon.Hash
	for _, p := range h.bids[i].Parts {
		if p.Kind == seal.KindReadout {
			digest = p.Digest
		}
	}
	front, err := seal.ParseFront(h.parts[digest].Front)
	if err != nil {
		t.Fatal(err)
	}
	kb, err := seal.OpenStanzaB(front.Header, h.device)
	if err != nil {
		t.Fatal(err)
	}
	r, err := pki.Sign(custody.KeyRelease{Type: custody.TypeKeyRelease, Class: string(l.Class), Lot: l.ID.String(), Bid: h.bids[i].Bid.String(), Digest: digest, KB: kb[:]}, h.signers[as])
	if err != nil {
		t.Fatal(err)
	}
	return s.KeyRelease(t.Context(), h.bidders[as], l.ID, r)
}

func TestBodiesOpenAfterwards(t *testing.T) {
	t.Parallel()
	h := newHall(t, 3, law.Keyholders)
	s, lot := h.service(2), h.lotState().ID
	done := h.begin(t, s, threshold)
	if err := h.officersRelease(t.Context(), s, seal.KindBody, 1); err != nil {
		t.Errorf("officers may release bodies from the freeze on: %v", err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := s.OpenBodies(t.Context(), lot, seal.KindBody); !errors.Is(err, opening.ErrWaiting) {
		t.Errorf("with one officer: %v", err)
	}
	if err := h.officersRelease(t.Context(), s, seal.KindBody, threshold); err != nil {
		t.Fatal(err)
	}
	if err := s.OpenBodies(t.Context(), lot, seal.KindBody); err != nil {
		t.Fatal(err)
	}
	for i, b := range h.bids {
		p := h.opened[b.Bid]
		if p.Reason != "" || len(p.Key) == 0 || p.Content.IsZero() {
			t.Fatalf("bid %d: %+v", i, p)
		}
		var content bytes.Buffer
		if err := s.Content(t.Context(), lot, b.Bid, seal.KindBody, &content); err != nil || !bytes.Contains(content.Bytes(), []byte("我方投标")) {
			t.Errorf("content: %v", err)
		}
	}
}

func TestTaskIsForOfficersOfTheLot(t *testing.T) {
	t.Parallel()
	h := newHall(t, 3, law.Keyholders)
	s, lot := h.service(2), h.lotState().ID
	officer := bidding.Actor{Role: bidding.Officer, Certificate: h.officers[0].signer.Certificate().Fingerprint()}
	if _, err := s.Task(t.Context(), officer, lot, seal.KindReadout, "", 0); !errors.Is(err, opening.ErrNotFrozen) {
		t.Errorf("before the freeze: %v", err)
	}
	done := h.begin(t, s, threshold)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for _, by := range []bidding.Actor{{Role: bidding.Officer, Certificate: canon.Hash{1}}, {Role: bidding.Operator, Certificate: officer.Certificate}, h.tenderer} {
		if _, err := s.Task(t.Context(), by, lot, seal.KindReadout, "", 0); !errors.Is(err, opening.ErrOfficer) {
			t.Errorf("%s: %v", by.Role, err)
		}
	}
	page, err := s.Task(t.Context(), officer, lot, seal.KindReadout, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	h.officers[0].lies = true
	answer, err := h.officers[0].Release(t.Context(), page.Request)
	if err != nil {
		t.Fatal(err)
	}
	var r *bidding.Refusal
	if err := s.AcceptPartials(t.Context(), officer, lot, *answer.Batch); !errors.As(err, &r) || r.Code != "partials-proof" {
		t.Errorf("false partials: %v", err)
	}
	other := bidding.Actor{Role: bidding.Officer, Certificate: h.officers[1].signer.Certificate().Fingerprint()}
	if err := s.AcceptPartials(t.Context(), other, lot, *answer.Batch); !errors.Is(err, opening.ErrBatch) {
		t.Errorf("another officer's batch: %v", err)
	}
}

func points(t *testing.T, h *hall) (tdh2.Point, tdh2.Point) {
	t.Helper()
	l := h.lotState()
	a, err := tdh2.DecodePoint(l.Keyholders.Point)
	if err != nil {
		t.Fatal(err)
	}
	b, err := tdh2.DecodePoint(l.Officers.Point)
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}

// BenchmarkOpen opens 1,528 read-outs, the size of a real opening, with the holders' arithmetic on the same machine; stores, log and
// network are not in it.
func BenchmarkOpen(b *testing.B) {
	h := newHall(b, 1528, law.Keyholders)
	lot := h.lotState()
	for b.Loop() {
		h.lot, h.opening, h.batches, h.rows = tender.RestoreLot(lot, 5), nil, nil, nil
		s := h.service(256)
		if err := <-h.begin(b, s, threshold); err != nil {
			b.Fatal(err)
		}
	}
}

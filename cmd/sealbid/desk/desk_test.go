package desk_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/opening"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/bundle"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tlog"
	"sunbid/web/api/wire"
	"sunbid/web/client"
)

// platform is a platform that can break at any point. It keeps what it got.
type platform struct {
	lot      *bundletest.Opening
	uploads  []bidding.UploadID // resume numbers it was given
	received []canon.Hash       // statements, once each
	breaks   map[string]int     // how often a call fails before it works
	refuses  *bidding.Refusal
}

var errCut = errors.New("connection cut")

func (p *platform) fails(call string) bool {
	p.breaks[call]--
	return p.breaks[call] >= 0
}

func (p *platform) Upload(_ context.Context, _ bidding.LotID, f client.File, resume bidding.UploadID, began func(bidding.UploadID), _ func(int64, int64)) (wire.Sealed, error) {
	p.uploads = append(p.uploads, resume)
	if resume.IsZero() {
		resume = bidding.NewUploadID()
	}
	began(resume)
	if p.fails("upload") {
		return wire.Sealed{}, errCut
	}
	return wire.Sealed{}, nil
}

func (p *platform) Submit(_ context.Context, _ bidding.LotID, s seal.SignedStatement) (wire.Receipt, error) {
	hash, err := s.Hash()
	if err != nil {
		return wire.Receipt{}, err
	}
	if n := len(p.received); n == 0 || p.received[n-1] != hash {
		p.received = append(p.received, hash)
	}
	if p.fails("submit") {
		return wire.Receipt{}, errCut // arrived, and the answer was lost
	}
	if p.refuses != nil {
		raw, err := p.receipt(s, hash, seal.OutcomeRefused, p.refuses.Code)
		return wire.Receipt{}, errors.Join(err, &client.Refused{Refusal: p.refuses, Receipt: raw})
	}
	raw, err := p.receipt(s, hash, seal.OutcomeAccepted, "")
	return wire.Receipt{Receipt: raw}, err
}

func (p *platform) receipt(s seal.SignedStatement, hash canon.Hash, outcome seal.Outcome, code string) ([]byte, error) {
	arrival := canon.At(p.lot.OpeningAt().Add(-time.Second))
	body, err := canon.Marshal(map[string]any{"bid": s.Body.Bid, "statement": hash, "arrival": arrival})
	if err != nil {
		return nil, err
	}
	parts := []seal.ReceivedPart{}
	if outcome == seal.OutcomeAccepted {
		for _, p := range s.Body.Parts {
			parts = append(parts, seal.ReceivedPart{Kind: p.Kind, Digest: p.Digest, Size: p.Size, Objects: []string{"v1"}})
		}
	}
	signed, err := pki.Sign(seal.Receipt{Type: seal.ReceiptType, Receipt: bidding.NewReceiptID().String(), Class: s.Body.Class, Tender: s.Body.Tender, Lot: s.Body.Lot, Bid: s.Body.Bid,
		Version: s.Body.Version, Action: s.Body.Action, Statement: hash, Arrival: arrival, Outcome: outcome, Refusal: code, Parts: parts,
		Envelope: tlog.Envelope{Type: tlog.EnvelopeType, Tender: s.Body.Tender, Lot: s.Body.Lot, Stream: s.Body.Bid, Seq: 1, Event: "bid.submitted.v1", At: arrival, Body: body},
		Salt:     make([]byte, 32), MergeBy: arrival}, p.lot.Platform.Signer)
	if err != nil {
		return nil, err
	}
	return signed.Marshal()
}

func (p *platform) Receipt(context.Context, bidding.ReceiptID) (wire.Receipt, error) {
	return wire.Receipt{}, bidding.ErrMissing
}

func (p *platform) ReleaseKey(_ context.Context, _ bidding.LotID, r pki.Signed[custody.KeyRelease]) error {
	return r.Body.Check()
}

// bidder seals a read-out and is ready to hand in.
func bidder(t *testing.T, mode string) (desk.Bidder, *platform) {
	t.Helper()
	o := bundletest.New(t, bundletest.Wanted{Bids: 1, Mode: mode})
	file := lotFile(o)
	lot, err := file.Check(o.Trust(t))
	must(t, err)
	by := bundletest.Enrol(t, o.CA, "某公司", bundletest.CreditCode(50), o.OpeningAt().Add(-time.Hour))
	who := identity(by)
	p := &platform{lot: o, breaks: map[string]int{}}
	d := desk.Bidder{Platform: p, Home: desk.Home{Dir: t.TempDir()}, Lot: lot, Who: who, Trust: o.Trust(t), Known: file.Certificates}
	sealOne(t, d)
	return d, p
}

func sealOne(t *testing.T, d desk.Bidder) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.pdf")
	must(t, os.WriteFile(path, []byte("投标文件 "+time.Now().String()), 0o600))
	c, done, err := desk.OpenFiles([]string{path})
	must(t, err)
	defer done()
	part, err := desk.SealTo(t.Context(), d.Lot, d.Who, seal.KindBody, c, c.Size(), d.Home.Lot(d.Lot.ID), nil)
	must(t, err)
	b, err := desk.LoadBid(d.Home, d.Lot)
	must(t, err)
	b.Bind(d.Lot)
	b.Put(part)
	must(t, b.Save(d.Home))
}

func TestHandInGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	d, p := bidder(t, custody.ModeKeyholders)
	p.breaks["upload"], p.breaks["submit"] = 1, 1
	now := d.Lot.OpeningAt.Add(-time.Minute)
	for i, want := range []error{errCut, errCut, nil} {
		// Each run begins from what is on disk, as after a kill, and by a later clock.
		_, path, err := d.HandIn(t.Context(), seal.ActionSubmit, now.Add(time.Duration(i)*time.Second), nil)
		if !errors.Is(err, want) || (path != "") != (want == nil) {
			t.Fatalf("run %d: %q %v, want %v", i, path, err, want)
		}
	}
	if len(p.uploads) != 2 || p.uploads[1].IsZero() {
		t.Errorf("uploads: %v; the second should go on with the first, the third not upload at all", p.uploads)
	}
	if len(p.received) != 1 {
		t.Errorf("%d statements for one bid", len(p.received))
	}
	if _, _, err := d.HandIn(t.Context(), seal.ActionSubmit, now, nil); !errors.Is(err, desk.ErrSubmitted) {
		t.Errorf("submitted twice: %v", err)
	}
}

func TestReplaceWithdrawResubmit(t *testing.T) {
	t.Parallel()
	d, p := bidder(t, custody.ModeKeyholders)
	now := d.Lot.OpeningAt.Add(-time.Minute)
	if _, _, err := d.HandIn(t.Context(), seal.ActionReplace, now, nil); !errors.Is(err, desk.ErrNotSubmitted) {
		t.Errorf("replaced nothing: %v", err)
	}
	for _, act := range []seal.Action{seal.ActionSubmit, seal.ActionReplace, seal.ActionWithdraw, seal.ActionSubmit} {
		if act == seal.ActionReplace {
			if _, _, err := d.HandIn(t.Context(), act, now, nil); !errors.Is(err, desk.ErrNothingNew) {
				t.Errorf("replaced by the same: %v", err)
			}
			sealOne(t, d)
		}
		file, path, err := d.HandIn(t.Context(), act, now, nil)
		must(t, err)
		if file.Receipt.Body.Action != act {
			t.Errorf("receipt of %s", file.Receipt.Body.Action)
		}
		data, err := os.ReadFile(path)
		must(t, err)
		if r := bundle.VerifyReceipt(data, d.Trust); !r.OK() || !r.Trusted() {
			t.Errorf("%s: %+v", act, r.Checks)
		}
	}
	b, err := desk.ReadBid(d.Home, d.Lot.ID)
	must(t, err)
	if b.Version != 4 || len(p.received) != 4 || len(p.uploads) != 2 {
		t.Errorf("version %d, %d statements, %d uploads", b.Version, len(p.received), len(p.uploads))
	}
	p.refuses = bidding.Refuse("bid-late-for-test", bidding.Late, "", "截止", "late")
	_, path, err := d.HandIn(t.Context(), seal.ActionWithdraw, now, nil)
	if !errors.Is(err, p.refuses) || path == "" {
		t.Errorf("refusal: %q %v", path, err)
	}
	if again, err := desk.ReadBid(d.Home, d.Lot.ID); err != nil || again.Version != 4 || again.Pending != nil {
		t.Errorf("a refusal changed the bid: %+v %v", again, err)
	}
}

func TestDecrypt(t *testing.T) {
	t.Parallel()
	d, _ := bidder(t, custody.ModeBidderKey)
	_, _, err := d.HandIn(t.Context(), seal.ActionSubmit, d.Lot.OpeningAt.Add(-time.Minute), nil)
	must(t, err)
	sealOne(t, d) // sealed again and never handed in: what was handed in is what opens
	if n, err := d.Decrypt(t.Context(), seal.MomentOpening); n != 1 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	a, _ := bidder(t, custody.ModeKeyholders)
	if _, err := a.Decrypt(t.Context(), seal.MomentOpening); !errors.Is(err, desk.ErrNotModeB) {
		t.Errorf("mode A: %v", err)
	}
}

// counter answers an officer from a real opening's request, at first not yet.
type counter struct {
	request custody.ReleaseRequest
	early   int
	batches []pki.Signed[custody.PartialsBatch]
}

func (c *counter) Task(_ context.Context, _ bidding.LotID, kind seal.Kind, cursor string, seen int64) (wire.Task, error) {
	if c.early--; c.early >= 0 {
		return wire.Task{}, opening.ErrNotFrozen
	}
	page := wire.Task{Request: c.request, Kind: kind}
	half := len(c.request.Items) / 2
	if cursor == "" {
		page.Request.Items, page.Next = c.request.Items[:half], "half"
	} else {
		page.Request.Items = c.request.Items[half:]
	}
	return page, nil
}

func (c *counter) PostPartials(_ context.Context, _ bidding.LotID, b pki.Signed[custody.PartialsBatch]) error {
	c.batches = append(c.batches, b)
	return nil
}

func TestOfficerRelease(t *testing.T) {
	t.Parallel()
	o := bundletest.New(t, bundletest.Wanted{Bids: 4})
	file := lotFile(o)
	lot, err := file.Check(o.Trust(t))
	must(t, err)
	state := desk.Folder{Dir: t.TempDir()}
	c := &counter{request: o.Request(t), early: 2}
	officer := desk.Officer{Platform: c, Who: identity(o.Officers[2]), Trust: o.Trust(t), File: file, State: state, Clock: o.Clock.Now, Poll: time.Millisecond}
	released := 0
	must(t, officer.Release(t.Context(), lot, []seal.Kind{seal.KindReadout}, func(d desk.Done) { released += d.Parts }))
	if released != 4 || len(c.batches) != 2 || c.batches[0].Body.Lock != custody.LockC || c.batches[0].Body.Index != 3 {
		t.Errorf("%d parts in %d batches", released, len(c.batches))
	}
	// Killed and started again, it still refuses another freeze record of the lot.
	forged := *c
	forged.request.Freeze.Freeze.Body.FrozenAt = canon.At(forged.request.Freeze.Freeze.Body.FrozenAt.Add(time.Second))
	forged.request.Freeze.Freeze, err = pki.Sign(forged.request.Freeze.Freeze.Body, o.Platform.Signer)
	must(t, err)
	officer.Platform = &forged
	if err := officer.Release(t.Context(), lot, []seal.Kind{seal.KindReadout}, nil); !errors.Is(err, custody.ErrFreezeSecond) {
		t.Errorf("a second freeze record: %v", err)
	}
	// Before the opening time by its own clock it asks for nothing.
	early := officer
	early.Platform, early.Clock = c, func() time.Time { return lot.OpeningAt.Add(-time.Hour) }
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := early.Release(ctx, lot, []seal.Kind{seal.KindReadout}, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("early: %v", err)
	}
}

func identity(p bundletest.Party) *desk.Identity {
	return &desk.Identity{Signer: p.Signer, Decryption: p.Decryption, Signing: p.Signing, Encryption: p.Encryption}
}

func lotFile(o *bundletest.Opening) desk.LotFile {
	f := desk.LotFile{Type: desk.TypeLotFile, FetchedAt: canon.At(o.OpeningAt().Add(-time.Hour)), KeyRecord: o.Contents.KeyRecord, OfficerKey: o.Contents.OfficerKey,
		Binding: o.Contents.Binding, Postponements: o.Contents.Postponements}
	for _, c := range o.Contents.Certificates {
		f.Certificates = append(f.Certificates, c.DER())
	}
	for _, e := range o.Contents.Events {
		if e.Envelope.Event == "lot.drafted.v1" || e.Envelope.Event == "lot.key-bound.v1" {
			f.Proofs = append(f.Proofs, e)
		}
	}
	return f
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

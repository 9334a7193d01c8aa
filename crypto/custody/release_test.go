package custody_test

import (
	"bytes"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/custody/custodytest"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
)

func TestThresholdsOfBothLocks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		keyholders, officers []int
		code                 string
	}{
		"t keyholders and k officers open: the stated limit": {[]int{1, 2, 3}, []int{1, 2}, ""},
		"any t and any k":                                                   {[]int{2, 4, 5}, []int{1, 3}, ""},
		"more than needed":                                                  {[]int{1, 2, 3, 4, 5}, []int{1, 2, 3}, ""},
		"t−1 keyholders and all officers do not":                            {[]int{1, 2}, []int{1, 2, 3}, "open-too-few"},
		"all officers and no keyholder do not":                              {nil, []int{1, 2, 3}, "open-too-few"},
		"all keyholders and k−1 officers do not":                            {[]int{1, 2, 3, 4, 5}, []int{2}, "open-too-few"},
		"all keyholders and no officer do not (a colluding threshold)":      {[]int{1, 2, 3, 4, 5}, nil, "open-too-few"},
		"the platform alone, with database, objects and its keys, does not": {nil, nil, "open-too-few"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 3, 5)
			w.strike(time.Minute)
			bid := w.bids(t, 1)[0]
			cek, err := w.openAs(t, bid, c.keyholders, c.officers)
			if c.code != "" {
				wants(t, err, c.code)
				return
			}
			ok(t, err)
			var out bytes.Buffer
			ok(t, seal.OpenChunks(cek, bid.Front.Header, func(int) ([]byte, error) { return bid.Chunk, nil }, &out))
			if !bytes.Equal(out.Bytes(), bid.Content) {
				t.Fatal("another content")
			}
		})
	}
}

// Combining fewer partials than the threshold by hand, past Open's own check, gives a point that opens nothing.
func TestFewerThanThresholdGivesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3, 5)
	w.strike(time.Minute)
	bid := w.bids(t, 1)[0]
	r := w.Release(w.Freeze(t, w.OpeningAt, 0, bid), bid)
	d := w.partials(t, r, bid, custody.LockT, []int{1, 2}, func(i int) (custody.Release, error) { return w.holders[i-1].Release(r) })
	sum, err := tdh2.Combine([]int{1, 2}, []tdh2.Point{d[1], d[2]})
	ok(t, err)
	_, err = seal.OpenStanza(bid.Front.Header.T, sum, bid.Front.Header.Label())
	wants(t, err, "stanza-c3")
}

// The platform holds no share: with its own keys and every stored byte it has a stanza that its keys do not open.
func TestPlatformAloneCannotOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	bid := w.bids(t, 1)[0]
	for _, p := range []custodytest.Party{w.Platform, w.Log.Party, w.Dealer} {
		for _, st := range []tdh2.Stanza{bid.Front.Header.T, bid.Front.Header.C} {
			if _, err := p.Opener.Decrypt(st.Ciphertext()); err == nil {
				t.Fatal("opened")
			}
		}
	}
	// It cannot stand in for a keyholder either: shares of a key it makes up do not fit the record all n signed.
	forged := w.KeyRecord
	forged.Body.PublicKey = tdh2.Generator()
	if _, err := custody.VerifyKeyRecord(forged, w.known.Group.Certificates()); err == nil {
		t.Fatal("a swapped public key passes")
	}
}

func TestReleaseWaitsForTheHoldersOwnClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	bids := w.bids(t, 2)
	r := w.Release(w.Freeze(t, w.OpeningAt, 0, bids...), bids...)
	w.strike(-time.Millisecond)
	_, err := w.holders[0].Release(r)
	wants(t, err, "release-too-early")
	for _, k := range w.officers(t, -time.Millisecond) {
		_, err := k.Release(r)
		wants(t, err, "release-too-early")
	}
	w.strike(0)
	a, err := w.holders[0].Release(r)
	ok(t, err)
	if len(a.Batch.Body.Items) != 2 || len(a.Refused) != 0 {
		t.Fatalf("%d items, refused %+v", len(a.Batch.Body.Items), a.Refused)
	}
	w.strike(-time.Hour) // a clock that jumps back closes the door again
	_, err = w.holders[0].Release(r)
	wants(t, err, "release-too-early")
}

func TestFreezeMustBeLoggedAndFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	w.strike(time.Minute)
	k := w.holders[0]
	bids := w.bids(t, 3)
	good := w.Freeze(t, w.OpeningAt, 0, bids...)

	refused := func(name, code string, change func(e *custody.FreezeEvidence)) {
		t.Helper()
		e := good
		change(&e)
		_, err := k.Release(w.Release(e, bids...))
		t.Run(name, func(t *testing.T) { t.Helper(); wants(t, err, code) })
	}
	refused("not in the log", "release-not-frozen", func(e *custody.FreezeEvidence) { e.Event = nil })
	refused("proof of another event", "release-not-frozen", func(e *custody.FreezeEvidence) {
		d := w.Log.Publish(t, w.Tender, w.Lot.Lot, "bid.submitted.v1", map[string]any{"freeze": mustHash(t, e.Freeze)})
		e.Event = &d
	})
	refused("event names another record", "release-not-frozen", func(e *custody.FreezeEvidence) {
		d := w.Log.Publish(t, w.Tender, w.Lot.Lot, custody.EventFrozen, map[string]any{"freeze": canon.Sum(nil)})
		e.Event = &d
	})
	refused("event of another lot", "release-not-frozen", func(e *custody.FreezeEvidence) {
		d := w.Log.Publish(t, w.Tender, custodytest.ID("lt"), custody.EventFrozen, map[string]any{"freeze": mustHash(t, e.Freeze)})
		e.Event = &d
	})
	refused("checkpoint by another log", "release-not-frozen", func(e *custody.FreezeEvidence) {
		d := custodytest.NewLog(t, w.CA).Publish(t, w.Tender, w.Lot.Lot, custody.EventFrozen, map[string]any{"freeze": mustHash(t, e.Freeze)})
		e.Event = &d
	})
	refused("tampered proof", "release-not-frozen", func(e *custody.FreezeEvidence) {
		d := *e.Event
		d.Proof.Siblings[3][0] ^= 1
		e.Event = &d
	})
	refused("not signed by the platform", "release-not-frozen", func(e *custody.FreezeEvidence) {
		s, err := pki.Sign(e.Freeze.Body, w.Dealer.Signer)
		ok(t, err)
		e.Freeze = s
	})
	refused("another set of statements", "freeze-root", func(e *custody.FreezeEvidence) { e.Statements = e.Statements[:2] })
	refused("another opening time", "freeze-time", func(e *custody.FreezeEvidence) {
		b := e.Freeze.Body
		b.OpeningAt = canon.At(w.OpeningAt.Add(-time.Minute))
		s, err := pki.Sign(b, w.Platform.Signer)
		ok(t, err)
		e.Freeze = s
	})
	refused("frozen before the opening time", "freeze-time", func(e *custody.FreezeEvidence) {
		b := e.Freeze.Body
		b.FrozenAt = canon.At(w.OpeningAt.Add(-time.Millisecond))
		s, err := pki.Sign(b, w.Platform.Signer)
		ok(t, err)
		e.Freeze = s
	})

	_, err := k.Release(w.Release(good, bids...))
	ok(t, err)
	h, err := k.Health("test")
	ok(t, err)
	if h.Checkpoint != good.Event.Proof.Size {
		t.Fatalf("last checkpoint %d, want %d", h.Checkpoint, good.Event.Proof.Size)
	}
	second := w.Freeze(t, w.OpeningAt, h.Checkpoint, bids[:2]...) // well logged, but not the first
	_, err = k.Release(w.Release(second, bids[:2]...))
	wants(t, err, "freeze-second")
	k.restart(t, w.known)
	_, err = k.Release(w.Release(second, bids[:2]...))
	wants(t, err, "freeze-second") // remembered on disk
	_, err = k.Release(w.Release(custody.FreezeEvidence{Freeze: good.Freeze}, bids...))
	ok(t, err) // the first needs no proof any more
}

func TestForkedLogIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	w.strike(time.Minute)
	k := w.holders[0]
	// The holder has seen the log in another lot's opening.
	fork := w.Log.Fork()
	other := w.another(t)
	bid := other.bids(t, 1)[0]
	seen := other.Freeze(t, other.OpeningAt, 0, bid)
	_, err := k.Release(other.Release(seen, bid))
	ok(t, err)
	last := seen.Event.Proof.Size

	bids := w.bids(t, 1)
	e := w.Freeze(t, w.OpeningAt, last, bids...)
	forked := e
	fork.Rounds(t, 10) // a longer history of its own, under the same key
	forked = w.Prove(t, fork, forked, last)
	_, err = k.Release(w.Release(forked, bids...))
	wants(t, err, "checkpoint-inconsistent")
	stale := e
	stale.Consistency.From = last - 1
	_, err = k.Release(w.Release(stale, bids...))
	wants(t, err, "checkpoint-from")
	_, err = k.Release(w.Release(e, bids...))
	ok(t, err)
}

// another is a second lot of the same keyholders, platform and log, bound to a key of its own.
func (w *world) another(t *testing.T) *world {
	t.Helper()
	for _, h := range w.holders {
		h.clock.set(w.start)
	}
	o := *w
	o.Lot = custodytest.NewLot(t, w.CA, w.Platform, w.Log, w.generate(t), w.OpeningAt, 3, 2)
	o.bind(t)
	w.strike(time.Minute)
	return &o
}

func TestItemsAreRefusedOneByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	w.strike(time.Minute)
	other := w.another(t)
	good := w.bids(t, 2)
	with := func(change func(p *seal.Purpose)) custodytest.Bid {
		b := w.bidder(t)
		p := w.Purpose(b)
		change(&p)
		return w.Seal(t, b, p)
	}
	notFrozen := w.bids(t, 1)[0]
	withdrawn := w.bids(t, 1)[0]
	gone := w.State(t, withdrawn, seal.Statement{Bid: withdrawn.Statement.Body.Bid, Version: 2, Action: seal.ActionWithdraw, Previous: mustHash(t, withdrawn.Statement), Parts: []seal.Part{}})
	withdrawn.Statement = gone.Statement // the frozen set holds the withdrawal; the old statement is shown

	mixed := w.bids(t, 1)[0]
	newer := w.Seal(t, mixed.Bidder, w.Purpose(mixed.Bidder))
	mixed.Item.Front = newer.Front.Bytes() // the part of another version under this version's statement

	rival := w.bidder(t) // copies a victim's front into a bid of its own
	copied := w.State(t, custodytest.Bid{Bidder: rival, Front: good[0].Front, Content: good[0].Content}, seal.Statement{})

	forgedSignature := w.bids(t, 1)[0]
	s, err := pki.Sign(forgedSignature.Statement.Body, rival.Signer)
	ok(t, err)
	s.Signatures[0].Signer = forgedSignature.Bidder.Print()
	raw, err := s.Marshal()
	ok(t, err)
	forgedSignature.Item.Statement = raw

	flipped := w.bids(t, 1)[0]
	front := append([]byte(nil), flipped.Item.Front...)
	h := flipped.Front.Header
	h.T[tdh2.StanzaSize-1] ^= 1 // its proof; the bidder signs it all the same
	flipped = w.resealed(t, flipped.Bidder, h)
	truncated := w.bids(t, 1)[0]
	truncated.Item.Front = front[:100]

	offCurve := w.bids(t, 1)[0]
	h = offCurve.Front.Header
	h.T[64] ^= 1
	offCurve = w.resealed(t, offCurve.Bidder, h)

	replayed := w.replayed(t, other.bids(t, 1)[0])

	cases := []struct {
		name string
		bid  custodytest.Bid
		code string
	}{
		{"good", good[0], ""},
		{"not in the freeze", notFrozen, "release-not-in-freeze"},
		{"withdrawn", withdrawn, "release-not-in-freeze"},
		{"part of another version", mixed, "release-part-not-in-statement"},
		{"copied by a rival", copied, "release-bidder"},
		{"statement not signed by its bidder", forgedSignature, "release-bidder"},
		{"label of another lot", other.bids(t, 1)[0], "release-label-mismatch"},
		{"label of another lot, statement of this one", replayed, "release-label-mismatch"},
		{"label of another class", with(func(p *seal.Purpose) { p.Class = custody.Production }), "class-mismatch"},
		{"label of another binding", with(func(p *seal.Purpose) { p.Binding = canon.Sum(nil) }), "release-label-mismatch"},
		{"label of another moment", with(func(p *seal.Purpose) { p.Moment = "price" }), "release-label-mismatch"},
		{"label of another kind", with(func(p *seal.Purpose) { p.Kind = seal.KindEvidence }), "release-label-mismatch"},
		{"label of another time", with(func(p *seal.Purpose) { p.NotBefore = p.NotBefore.Add(time.Hour) }), "release-label-mismatch"},
		{"stanza's proof false", flipped, "stanza-proof"},
		{"stanza's point off the curve", offCurve, "point-invalid"},
		{"front truncated", truncated, "file-truncated"},
		{"good too", good[1], ""},
		{"the same part twice", good[1], "request-malformed"},
	}
	var frozen, asked []custodytest.Bid
	for _, c := range cases[:len(cases)-1] {
		asked = append(asked, c.bid)
		if c.name != "not in the freeze" {
			frozen = append(frozen, c.bid)
		}
	}
	asked = append(asked, good[1])
	last, err := w.holders[0].Health("")
	ok(t, err)
	e := w.Freeze(t, w.OpeningAt, last.Checkpoint, frozen...)
	a, err := w.holders[0].Release(w.Release(e, asked...))
	ok(t, err)
	got := map[int]string{}
	for _, r := range a.Refused {
		got[r.Item] = r.Code
	}
	for i, c := range cases {
		if got[i] != c.code {
			t.Errorf("%s: %q, want %q", c.name, got[i], c.code)
		}
	}
	if len(a.Batch.Body.Items) != 2 || a.Batch.Body.Items[0].Digest != good[0].Front.Digest() || a.Batch.Body.Items[1].Digest != good[1].Front.Digest() {
		t.Fatalf("batch: %+v", a.Batch.Body.Items)
	}
	key, err := w.KeyRecord.Body.Points()
	ok(t, err)
	_, err = custody.VerifyBatch(*a.Batch, w.holders[0].Signer.Certificate(), key, map[canon.Hash]seal.Front{good[0].Front.Digest(): good[0].Front, good[1].Front.Digest(): good[1].Front})
	ok(t, err)
}

// resealed is a bid whose front has this header and a good signature.
func (w *world) resealed(t *testing.T, bidder custodytest.Party, h seal.Header) custodytest.Bid {
	t.Helper()
	f := seal.Front{Header: h, Raw: h.Encode(), Root: canon.Sum([]byte("root"))}
	id := f.ID()
	sig, err := bidder.Signer.Sign(append(append([]byte("GMTB v1 sealed"), id[:]...), f.Root[:]...))
	ok(t, err)
	f.Sig = sig
	return w.State(t, custodytest.Bid{Bidder: bidder, Front: f, Content: []byte("x")}, seal.Statement{})
}

// replayed states another lot's front in a statement for this lot.
func (w *world) replayed(t *testing.T, b custodytest.Bid) custodytest.Bid {
	t.Helper()
	return w.State(t, b, seal.Statement{})
}

func TestFalsePartialIsAttributedAndTheNextHolderUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	w.strike(time.Minute)
	bid := w.bids(t, 1)[0]
	r := w.Release(w.Freeze(t, w.OpeningAt, 0, bid), bid)
	a, err := w.holders[0].Release(r)
	ok(t, err)
	lie := a.Batch.Body
	lie.Items = append([]custody.PartialItem(nil), lie.Items...)
	lie.Items[0].Partial = tdh2.Generator()
	signed, err := pki.Sign(lie, w.holders[0].Signer)
	ok(t, err)
	key, err := w.KeyRecord.Body.Points()
	ok(t, err)
	_, err = custody.VerifyBatch(signed, w.holders[0].Signer.Certificate(), key, map[canon.Hash]seal.Front{bid.Front.Digest(): bid.Front})
	named(t, err, "partials-proof", 1)
	_, err = w.openAs(t, bid, []int{2, 3}, []int{1, 2})
	ok(t, err)
}

func TestLaterMomentNeedsTheOfficersRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	w.strike(time.Minute)
	b := w.bidder(t)
	p := w.Purpose(b)
	p.Kind, p.Moment = seal.KindPrice, "price"
	bid := w.Seal(t, b, p)
	k := w.holders[0]
	e := w.Freeze(t, w.OpeningAt, 0, bid)
	r := w.Release(e, bid)
	r.Kind, r.Moment = string(seal.KindPrice), "price"

	_, err := k.Release(r)
	wants(t, err, "release-moment-closed")

	body := custody.MomentRelease{Type: custody.TypeRelease, Class: w.Class, Tender: w.Tender, Lot: w.Lot.Lot, Binding: w.Hash, Moment: "price", After: canon.Sum([]byte("technical result"))}
	evidence := func(signers ...custodytest.Party) *custody.MomentEvidence {
		m := custody.MomentEvidence{Release: pki.Signed[custody.MomentRelease]{Body: body}}
		for _, s := range signers {
			ok(t, m.Release.Add(s.Signer))
			m.Certificates = append(m.Certificates, s.Signer.Certificate().DER())
		}
		m.Event = w.Log.Publish(t, w.Tender, w.Lot.Lot, custody.EventMomentReleased, map[string]any{"release": mustHash(t, m.Release)})
		h, err := k.Health("")
		ok(t, err)
		m.Consistency = w.Log.Since(t, h.Checkpoint, m.Event)
		return &m
	}
	r.Later = evidence(w.Officers[0])
	_, err = k.Release(r)
	wants(t, err, "release-moment-closed") // k−1 officers
	r.Later = evidence(w.Officers[0], w.Dealer)
	_, err = k.Release(r)
	wants(t, err, "release-moment-closed") // the tenderer is no officer
	r.Later = evidence(w.Officers[0], w.Officers[1], w.Dealer)
	_, err = k.Release(r)
	wants(t, err, "release-moment-closed") // nor does a stranger's signature go along with enough
	unlogged := evidence(w.Officers[0], w.Officers[1])
	unlogged.Event.Salt[0] ^= 1
	r.Later = unlogged
	_, err = k.Release(r)
	wants(t, err, "release-moment-closed")
	r.Later = evidence(w.Officers[0], w.Officers[2])
	a, err := k.Release(r)
	ok(t, err)
	if a.Batch == nil {
		t.Fatalf("refused: %+v", a.Refused)
	}
	r.Later = nil
	k.restart(t, w.known)
	_, err = k.Release(r)
	ok(t, err) // remembered

	for _, o := range w.officers(t, time.Minute) {
		r.Later = nil
		_, err := o.Release(r)
		wants(t, err, "release-moment-closed")
	}
}

func TestRehearsalAndProductionNeverMix(t *testing.T) {
	t.Parallel()
	for _, class := range []string{custody.Rehearsal, custody.Production} {
		t.Run(class, func(t *testing.T) {
			t.Parallel()
			w := newWorldOf(t, 2, 3, class)
			w.strike(time.Minute)
			other := custody.Production
			if class == other {
				other = custody.Rehearsal
			}
			bid := w.bids(t, 1)[0]
			r := w.Release(w.Freeze(t, w.OpeningAt, 0, bid), bid)
			r.Class = other
			_, err := w.holders[0].Release(r)
			wants(t, err, "class-mismatch")
			plan := w.plan()
			plan.Class = other
			_, err = w.holders[0].GenerateStart(plan)
			wants(t, err, "class-mismatch")
			k := w.known
			k.Class = "demo"
			_, err = custody.NewKeeper(nil, k, w.holders[0].Signer, w.holders[0].Opener, newDisk(), time.Now)
			wants(t, err, "class-mismatch")
		})
	}
}

func TestModeBNeedsTheBidderToo(t *testing.T) {
	t.Parallel()
	w := unbound(t, 2, 3, custody.Rehearsal)
	w.Mode = custody.ModeBidderKey
	w.Binding.Body = w.Lot.Bind(t)
	w.Hash = mustHash(t, w.Binding)
	w.bind(t)
	w.strike(time.Minute)
	bid := w.bids(t, 1)[0]
	_, err := w.openAs(t, bid, []int{1, 2, 3}, []int{1, 2, 3})
	if err == nil {
		t.Fatal("opened without the bidder's key")
	}
	kB, err := seal.OpenStanzaB(bid.Front.Header, bid.Bidder.Opener)
	ok(t, err)
	r := w.Release(custody.FreezeEvidence{Freeze: w.frozen(t)}, bid)
	dT := w.partials(t, r, bid, custody.LockT, []int{1, 2}, func(i int) (custody.Release, error) { return w.holders[i-1].Release(r) })
	r = w.Release(w.Freeze(t, w.OpeningAt, 0, bid), bid)
	officers := w.officers(t, time.Minute)
	dC := w.partials(t, r, bid, custody.LockC, []int{1, 2}, func(i int) (custody.Release, error) { return officers[i-1].Release(r) })
	kt, err := w.KeyRecord.Body.Points()
	ok(t, err)
	kc, err := w.OfficerKey.Body.Points()
	ok(t, err)
	_, err = custody.Open(bid.Front, kt, kc, dT, dC, &kB)
	ok(t, err)
}

// frozen is the freeze record that holder 1 has stored.
func (w *world) frozen(t *testing.T) pki.Signed[custody.Freeze] {
	t.Helper()
	raw, err := w.holders[0].disk.Load("freeze-" + w.Lot.Lot)
	ok(t, err)
	var doc struct {
		Freeze     pki.Signed[custody.Freeze] `json:"freeze"`
		Statements []canon.Hash               `json:"statements"`
	}
	ok(t, canon.Unmarshal(raw, &doc))
	return doc.Freeze
}

package custody_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/custody/custodytest"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
)

// shelf is a lot's archive: its archivists, 2 of 3, and the record over some bids' bodies.
type shelf struct {
	people []custodytest.Party
	key    pki.Signed[custody.ArchiveKey]
	record pki.Signed[custody.Archive]
	bodies []custodytest.Bid
	keys   []seal.CEK
	freeze custody.FreezeEvidence
}

func (s *shelf) certificates(more ...custodytest.Party) (ders [][]byte, find custody.Certificates) {
	var list []*pki.Certificate
	for _, p := range append(slices.Clone(s.people), more...) {
		list, ders = append(list, p.Signer.Certificate()), append(ders, p.Signer.Certificate().DER())
	}
	return ders, custody.CertificatesOf(list...)
}

func (w *world) dealArchive(t *testing.T) *shelf {
	t.Helper()
	s := &shelf{people: custodytest.NewParties(t, w.CA, "档案保管人", 3)}
	var list []custody.Officer
	for _, p := range s.people {
		list = append(list, p.Officer("archivist"))
	}
	var err error
	s.key, err = custody.DealArchiveKey(rand.Reader, custody.Dealing{Class: w.Class, Tender: w.Tender, Lot: w.Lot.Lot, Threshold: 2, DealtAt: canon.At(w.start)}, list, w.Dealer.Signer)
	ok(t, err)
	for _, p := range s.people {
		ok(t, custody.ConfirmArchiveKey(&s.key, p.Signer, p.Opener))
	}
	return s
}

// archive opens n sealed bodies as the platform does and wraps their content keys.
func (w *world) archive(t *testing.T, n int) *shelf {
	t.Helper()
	s := w.dealArchive(t)
	for range n {
		b := w.bidder(t)
		p := w.Purpose(b)
		p.Kind = seal.KindBody
		s.bodies = append(s.bodies, w.Seal(t, b, p))
	}
	slices.SortFunc(s.bodies, func(x, y custodytest.Bid) int { return strings.Compare(x.Statement.Body.Bid, y.Statement.Body.Bid) })
	w.strike(time.Minute)
	s.freeze = w.Freeze(t, w.OpeningAt, 0, s.bodies...)
	for _, b := range s.bodies {
		s.keys = append(s.keys, w.openBody(t, s.freeze, b))
	}
	a := custody.Archive{Type: custody.TypeArchive, Class: w.Class, Tender: w.Tender, Lot: w.Lot.Lot, Binding: w.Hash, Freeze: mustHash(t, s.freeze.Freeze),
		ArchiveKey: mustHash(t, s.key), ArchivedAt: canon.At(w.OpeningAt.Add(time.Hour)), Parts: []custody.ArchivedPart{}}
	for i, b := range s.bodies {
		ok(t, a.Keep(rand.Reader, s.key.Body.PublicKey, partOf(b), s.keys[i]))
	}
	var err error
	s.record, err = pki.Sign(a, w.Platform.Signer)
	ok(t, err)
	return s
}

func partOf(b custodytest.Bid) custody.ArchivedPart {
	return custody.ArchivedPart{Bid: b.Statement.Body.Bid, Kind: string(seal.KindBody), Digest: b.Front.Digest(), Commit: b.Front.Header.Commit}
}

func (w *world) openBody(t *testing.T, freeze custody.FreezeEvidence, b custodytest.Bid) seal.CEK {
	t.Helper()
	r := w.Release(freeze, b)
	r.Kind = string(seal.KindBody)
	clients := w.officers(t, time.Minute)
	dT := w.partials(t, r, b, custody.LockT, []int{1, 2}, func(i int) (custody.Release, error) { return w.holders[i-1].Release(r) })
	dC := w.partials(t, r, b, custody.LockC, []int{1, 2}, func(i int) (custody.Release, error) { return clients[i-1].Release(r) })
	kt, err := w.KeyRecord.Body.Points()
	ok(t, err)
	kc, err := w.OfficerKey.Body.Points()
	ok(t, err)
	cek, err := custody.Open(b.Front, kt, kc, dT, dC, nil)
	ok(t, err)
	return cek
}

// release is archivist i's partial decryptions of these parts.
func (s *shelf) release(t *testing.T, i int, digests ...canon.Hash) pki.Signed[custody.ArchivePartials] {
	t.Helper()
	p := s.people[i-1]
	share, err := custody.OpenArchiveShare(s.key.Body, p.Print(), p.Opener)
	ok(t, err)
	defer share.Erase()
	b, err := custody.ReleaseArchived(rand.Reader, s.record.Body, s.key, share, digests, p.Signer)
	ok(t, err)
	return b
}

// The keyholders erase, then two of three archivists open what was sealed.
func TestArchiveOutlivesTheKeyholders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	s := w.archive(t, 3)
	r := w.eraseArchived(t, s, 0)
	for _, h := range w.holders {
		r.Archive.Consistency = custody.Consistency{}
		if seen, err := h.Health(""); err == nil && seen.Checkpoint > 0 {
			r.Archive.Consistency = w.Log.Since(t, seen.Checkpoint, r.Archive.Event)
		}
		e, err := h.Erase(r)
		ok(t, err)
		ok(t, e.VerifyAll(h.Signer.Certificate()))
		if len(h.disk.shares) != 0 {
			t.Fatal("the share is still there")
		}
		_, err = h.Release(w.Release(s.freeze, s.bodies[0]))
		wants(t, err, "release-erased")
	}
	_, find := s.certificates()
	for i, b := range s.bodies {
		d := b.Front.Digest()
		cek, err := custody.OpenArchived(s.record.Body, s.key, d, []pki.Signed[custody.ArchivePartials]{s.release(t, 3, d), s.release(t, 1, d)}, find)
		ok(t, err)
		if cek != s.keys[i] {
			t.Error("another content key")
		}
	}
}

func (w *world) eraseArchived(t *testing.T, s *shelf, seen int64) custody.EraseRequest {
	t.Helper()
	r := w.order(t, custody.Archived, mustHash(t, s.record), w.Dealer)
	r.Certificates, _ = s.certificates(w.Dealer)
	event := w.Log.Publish(t, w.Tender, w.Lot.Lot, custody.EventArchived, map[string]any{"archive": mustHash(t, s.record)})
	r.Archive = &custody.ArchiveEvidence{Archive: s.record, Key: s.key, Event: event}
	if seen > 0 {
		r.Archive.Consistency = w.Log.Since(t, seen, event)
	}
	return r
}

// Holder 3 took no part in the opening; whatever is wrong with the evidence, its share stays.
func TestArchivedErasureNeedsItsEvidence(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	s := w.archive(t, 2)
	k := w.holders[2]
	good := w.eraseArchived(t, s, 0)
	forged := w.archiveAgain(t, s, func(a *custody.Archive) { a.Freeze = canon.Sum([]byte("another")) })
	swapped := w.archiveAgain(t, s, func(a *custody.Archive) { a.Parts[0].Stanza, a.Parts[1].Stanza = a.Parts[1].Stanza, a.Parts[0].Stanza })
	unconfirmed := *s
	unconfirmed.key.Signatures = nil
	for _, sig := range s.key.Signatures {
		if sig.Signer != s.people[1].Print() {
			unconfirmed.key.Signatures = append(unconfirmed.key.Signatures, sig)
		}
	}
	stranger := *w.dealArchiveBy(t, w.Platform)
	stranger.record = w.archiveAgain(t, s, func(a *custody.Archive) { a.ArchiveKey = mustHash(t, stranger.key) }).record
	for _, c := range []struct {
		name, code string
		make       func() custody.EraseRequest
	}{
		{"no evidence", "erase-no-ground", func() custody.EraseRequest { r := good; r.Archive = nil; return r }},
		{"ordered by the platform", "erase-not-authority", func() custody.EraseRequest {
			r := good
			r.Order = w.order(t, custody.Archived, mustHash(t, s.record), w.Platform).Order
			r.Certificates = append(slices.Clone(r.Certificates), w.Platform.Signer.Certificate().DER())
			return r
		}},
		{"another ground", "erase-no-ground", func() custody.EraseRequest {
			r := good
			r.Order = w.order(t, custody.Archived, canon.Sum([]byte("n")), w.Dealer).Order
			return r
		}},
		{"not signed by the platform", "erase-no-ground", func() custody.EraseRequest {
			x := *s
			var err error
			x.record, err = pki.Sign(s.record.Body, w.Dealer.Signer)
			ok(t, err)
			return w.eraseArchived(t, &x, 0)
		}},
		{"the event names another record", "erase-no-ground", func() custody.EraseRequest {
			r, e := good, *good.Archive
			e.Event = w.Log.Publish(t, w.Tender, w.Lot.Lot, custody.EventArchived, map[string]any{"archive": canon.Sum(nil)})
			r.Archive = &e
			return r
		}},
		{"a proof of another event", "erase-no-ground", func() custody.EraseRequest {
			r, e := good, *good.Archive
			e.Event.Proof.Siblings[0][0] ^= 1
			r.Archive = &e
			return r
		}},
		{"a wrapped key of another part", "archive-mismatch", func() custody.EraseRequest { return w.eraseArchived(t, swapped, 0) }},
		{"an archivist has not confirmed", "archive-key-unfit", func() custody.EraseRequest { return w.eraseArchived(t, &unconfirmed, 0) }},
		{"dealt by no authority", "archive-key-unfit", func() custody.EraseRequest { return w.eraseArchived(t, &stranger, 0) }},
	} {
		_, err := k.Erase(c.make())
		if got := codeOf(err); got != c.code {
			t.Errorf("%s: %q, want %q (%v)", c.name, got, c.code, err)
		}
		if len(k.disk.shares) == 0 {
			t.Fatalf("%s: the share is gone", c.name)
		}
	}
	early := w.eraseArchived(t, s, 0)
	k.clock.set(w.start)
	_, err := k.Erase(early)
	wants(t, err, "release-too-early")
	k.clock.set(w.OpeningAt.Add(time.Minute))
	opened := w.holders[0] // remembers the freeze
	_, err = opened.Erase(w.eraseArchived(t, forged, 0))
	wants(t, err, "archive-mismatch")
	_, err = k.Erase(good)
	ok(t, err)
}

func (w *world) dealArchiveBy(t *testing.T, dealer custodytest.Party) *shelf {
	t.Helper()
	s := w.dealArchive(t)
	key, err := pki.Sign(s.key.Body, dealer.Signer)
	ok(t, err)
	for _, p := range s.people {
		ok(t, custody.ConfirmArchiveKey(&key, p.Signer, p.Opener))
	}
	s.key = key
	return s
}

// archiveAgain is the shelf with a changed record, signed by the platform.
func (w *world) archiveAgain(t *testing.T, s *shelf, change func(*custody.Archive)) *shelf {
	t.Helper()
	x := *s
	body := s.record.Body
	body.Parts = slices.Clone(body.Parts)
	change(&body)
	var err error
	x.record, err = pki.Sign(body, w.Platform.Signer)
	ok(t, err)
	return &x
}

func TestArchivistsAttacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	s := w.archive(t, 2)
	_, find := s.certificates()
	one, two := s.bodies[0].Front.Digest(), s.bodies[1].Front.Digest()
	open := func(digest canon.Hash, list ...pki.Signed[custody.ArchivePartials]) error {
		_, err := custody.OpenArchived(s.record.Body, s.key, digest, list, find)
		return err
	}
	wants(t, open(one, s.release(t, 1, one)), "open-too-few")                       // k−1
	wants(t, open(one, s.release(t, 1, one), s.release(t, 1, one)), "open-too-few") // one, twice
	wants(t, open(one, s.release(t, 1, one), s.release(t, 2, two)), "open-too-few") // of another part
	wants(t, open(canon.Sum([]byte("x")), s.release(t, 1, one)), "archive-part-unknown")
	false2 := s.release(t, 2, one)
	false2.Body.Items = []custody.ArchivePartial{{Digest: one, Partial: s.release(t, 1, one).Body.Items[0].Partial}}
	resigned, err := pki.Sign(false2.Body, s.people[1].Signer)
	ok(t, err)
	wants(t, open(one, s.release(t, 1, one), resigned), "partials-proof")
	wants(t, open(one, s.release(t, 1, one), false2), "record-signatures")

	body := s.record.Body
	body.Parts = []custody.ArchivedPart{}
	wants(t, body.Keep(rand.Reader, s.key.Body.PublicKey, partOf(s.bodies[0]), s.keys[1]), "archive-mismatch") // another part's content key
	_, err = custody.OpenArchiveShare(s.key.Body, w.Dealer.Print(), w.Dealer.Opener)
	wants(t, err, "archivist-unknown")
	_, err = custody.OpenArchiveShare(s.key.Body, s.people[0].Print(), s.people[1].Opener)
	wants(t, err, "officer-share")
	_, err = custody.DealArchiveKey(rand.Reader, custody.Dealing{Class: w.Class, Tender: w.Tender, Lot: w.Lot.Lot, Threshold: 4, DealtAt: canon.At(w.start)}, make([]custody.Officer, 3), w.Dealer.Signer)
	wants(t, err, "record-malformed") // fewer archivists than k
}

func TestArchiveRecordIsWellFormed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2, 3)
	s := w.archive(t, 2)
	for name, change := range map[string]func(*custody.Archive){
		"order":      func(a *custody.Archive) { slices.Reverse(a.Parts) },
		"twice":      func(a *custody.Archive) { a.Parts = append(a.Parts, a.Parts[1]) },
		"read-out":   func(a *custody.Archive) { a.Parts[0].Kind = "readout" },
		"stanza":     func(a *custody.Archive) { a.Parts[0].Stanza = a.Parts[0].Stanza[:tdh2.StanzaSize-1] },
		"no list":    func(a *custody.Archive) { a.Parts = nil },
		"other type": func(a *custody.Archive) { a.Type = custody.TypeFreeze },
		"no freeze":  func(a *custody.Archive) { a.Freeze = canon.Hash{} },
	} {
		body := s.record.Body
		body.Parts = slices.Clone(body.Parts)
		change(&body)
		if got := codeOf(custody.VerifyArchive(body, s.key)); got != "record-malformed" {
			t.Errorf("%s: %q", name, got)
		}
	}
	ok(t, custody.VerifyArchive(s.record.Body, s.key))
}

func codeOf(err error) string {
	var coded interface{ Code() string }
	if errors.As(err, &coded) {
		return coded.Code()
	}
	return ""
}

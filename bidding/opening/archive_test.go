package opening_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
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
	"sunbid/crypto/sm"
)

// Erase is the holder's; what it was shown is kept.
func (h *holder) Erase(_ context.Context, r custody.EraseRequest) (pki.Signed[custody.Erased], error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shown = append(h.shown, r)
	if h.eraseFault != nil {
		return pki.Signed[custody.Erased]{}, h.eraseFault
	}
	return pki.Sign(custody.Erased{Type: custody.TypeErased, Class: r.Order.Body.Class, Key: h.key, Lot: r.Order.Body.Lot, Index: h.index, ErasedAt: canon.At(due)}, h.signer)
}

// archivists of a hall's lot: 2 of 3.
type archivists struct {
	signers []pki.Signer
	devices []*sm.PrivateKey
	list    []custody.Officer
}

func (h *hall) archivists(t *testing.T) archivists {
	t.Helper()
	var a archivists
	for _, name := range []string{"档案甲", "档案乙", "档案丙"} {
		s, signing, _ := h.person(t, name, pki.Signing)
		_, encryption, device := h.person(t, name, pki.Encryption)
		a.signers, a.devices = append(a.signers, s), append(a.devices, device)
		a.list = append(a.list, custody.Officer{Name: name, Role: "archivist", Signing: signing, Encryption: encryption})
	}
	return a
}

func (h *hall) archiveKey(t *testing.T, a archivists, threshold, confirmed int, dealer pki.Signer) pki.Signed[custody.ArchiveKey] {
	t.Helper()
	l := h.lotState()
	key, err := custody.DealArchiveKey(rand.Reader, custody.Dealing{Class: string(l.Class), Tender: l.Tender.String(), Lot: l.ID.String(), Threshold: threshold, DealtAt: canon.At(due)}, a.list, dealer)
	if err != nil {
		t.Fatal(err)
	}
	for i := range confirmed {
		if err := custody.ConfirmArchiveKey(&key, a.signers[i], a.devices[i]); err != nil {
			t.Fatal(err)
		}
	}
	return key
}

// recorded opens three bids, bodies and all, with the record signed by the tenderer, who is alone.
func recorded(t *testing.T) (*hall, *opening.Service, pki.Signer) {
	t.Helper()
	h := newHall(t, 3, law.Keyholders)
	dealer, c, _ := h.person(t, "招标人", pki.Signing)
	h.tenderer.Certificate = c.Fingerprint()
	state := h.lotState()
	state.Agency, state.Authorities = bidding.OrgID{}, []tender.Authority{{Role: bidding.Tenderer, Certificate: c.Fingerprint()}}
	h.lot = tender.RestoreLot(state, 6)
	for _, x := range h.holders {
		x.key = state.Key
	}
	s := h.service(4)
	if err := <-h.begin(t, s, threshold); err != nil {
		t.Fatal(err)
	}
	return h, s, dealer
}

func (h *hall) signRecord(t *testing.T, s *opening.Service, dealer pki.Signer) {
	t.Helper()
	record, err := pki.ParseSigned[custody.OpeningRecord](h.documents[h.opening.Snapshot().Record].Signed)
	if err != nil {
		t.Fatal(err)
	}
	own, err := pki.Sign(record.Body, dealer)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SignRecord(t.Context(), h.tenderer, h.lotState().ID, own.Signatures[0]); err != nil {
		t.Fatal(err)
	}
}

func TestArchive(t *testing.T) {
	t.Parallel()
	h, s, dealer := recorded(t)
	h.certs[h.platform.Certificate().Fingerprint()] = h.platform.Certificate()
	ctx, lot, people := t.Context(), h.lotState().ID, h.archivists(t)
	good := h.archiveKey(t, people, 2, 3, dealer)
	wants := func(name string, got, want error) {
		t.Helper()
		if !errors.Is(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	wants("record not signed", s.Archive(ctx, h.tenderer, lot, good), opening.ErrArchiveEarly)
	h.signRecord(t, s, dealer)
	wants("bodies still opening", s.Archive(ctx, h.tenderer, lot, good), opening.ErrArchiveEarly)
	if err := h.officersRelease(ctx, s, seal.KindBody, threshold); err != nil {
		t.Fatal(err)
	}
	if err := s.OpenBodies(ctx, lot, seal.KindBody); err != nil {
		t.Fatal(err)
	}
	wants("not a tenderer", s.Archive(ctx, h.supervisor, lot, good), bidding.ErrForbidden)
	wants("another tenderer", s.Archive(ctx, h.strngr, lot, good), bidding.ErrForbidden)
	wants("one archivist alone", s.Archive(ctx, h.tenderer, lot, h.archiveKey(t, people, 1, 3, dealer)), opening.ErrArchiveKey)
	if err := s.Archive(ctx, h.tenderer, lot, h.archiveKey(t, people, 2, 2, dealer)); code(err) != "archive-key-unfit" {
		t.Errorf("not confirmed by all: %v", err)
	}
	other, _, _ := h.person(t, "他人", pki.Signing)
	if err := s.Archive(ctx, h.tenderer, lot, h.archiveKey(t, people, 2, 3, other)); code(err) != "archive-key-unfit" {
		t.Errorf("dealt by somebody else: %v", err)
	}
	order := func(ground canon.Hash, reason string, by pki.Signer) pki.Signed[custody.ErasureOrder] {
		l := h.lotState()
		o, err := pki.Sign(custody.ErasureOrder{Type: custody.TypeErasureOrder, Class: string(l.Class), Tender: l.Tender.String(), Lot: l.ID.String(), Binding: l.Binding, Reason: reason, Ground: ground}, by)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	wants("nothing archived", s.OrderErasure(ctx, h.tenderer, lot, order(canon.Sum(nil), custody.Archived, dealer)), opening.ErrNotArchived)
	if err := s.Archive(ctx, h.tenderer, lot, good); err != nil {
		t.Fatal(err)
	}
	wants("again", s.Archive(ctx, h.tenderer, lot, good), opening.ErrArchived)
	wants("not wrapped yet", s.OrderErasure(ctx, h.tenderer, lot, order(canon.Sum(nil), custody.Archived, dealer)), opening.ErrNotArchived)
	for range 2 { // the job may come twice
		if err := s.Rewrap(ctx, lot); err != nil {
			t.Fatal(err)
		}
	}
	state := h.opening.Snapshot()
	f, err := s.ArchiveFile(ctx, h.tenderer, lot)
	if err != nil || f.Archive == nil || len(f.Archive.Body.Parts) != 3 || f.Order != nil {
		t.Fatalf("%+v %v", f, err)
	}
	if err := f.Archive.VerifyAll(h.platform.Certificate()); err != nil {
		t.Error(err)
	}
	h.openArchived(t, s, f, people)
	wants("another ground", s.OrderErasure(ctx, h.tenderer, lot, order(canon.Sum(nil), custody.Archived, dealer)), opening.ErrEraseOrder)
	wants("another reason", s.OrderErasure(ctx, h.tenderer, lot, order(state.Archive, custody.Terminated, dealer)), opening.ErrEraseOrder)
	if err := s.OrderErasure(ctx, h.tenderer, lot, order(state.Archive, custody.Archived, people.signers[0])); err == nil {
		t.Error("signed by an archivist")
	}
	if err := s.Erase(ctx, lot); err != nil || len(h.holders[0].shown) != 0 {
		t.Fatalf("erased without an order: %v", err)
	}
	if err := s.OrderErasure(ctx, h.tenderer, lot, order(state.Archive, custody.Archived, dealer)); err != nil {
		t.Fatal(err)
	}
	wants("given already", s.OrderErasure(ctx, h.tenderer, lot, order(state.Archive, custody.Archived, dealer)), opening.ErrEraseOrder)
	h.holders[1].eraseFault = errDown
	if err := s.Erase(ctx, lot); err == nil || h.opening.Snapshot().Erased {
		t.Fatalf("one keyholder did not erase: %v", err)
	}
	h.holders[1].eraseFault = nil
	if err := s.Erase(ctx, lot); err != nil {
		t.Fatal(err)
	}
	if f, err = s.ArchiveFile(ctx, h.tenderer, lot); err != nil || len(f.Erased) != seats || !h.opening.Snapshot().Erased {
		t.Errorf("%d erased: %v", len(f.Erased), err)
	}
	r := h.holders[2].shown[0]
	if r.Archive == nil || r.Freeze != nil || len(r.Certificates) != 4 {
		t.Errorf("what the keyholder was shown: %+v", r)
	}
	replayed(t, h.opening)
	if _, err := s.ArchiveFile(ctx, h.strngr, lot); !errors.Is(err, bidding.ErrForbidden) {
		t.Errorf("a stranger reads it: %v", err)
	}
}

// openArchived has archivists 1 and 3 open every archived part, and decrypts it.
func (h *hall) openArchived(t *testing.T, s *opening.Service, f opening.ArchiveFile, a archivists) {
	t.Helper()
	var digests []canon.Hash
	for _, p := range f.Archive.Body.Parts {
		digests = append(digests, p.Digest)
	}
	var batches []pki.Signed[custody.ArchivePartials]
	for _, i := range []int{0, 2} {
		share, err := custody.OpenArchiveShare(f.Key.Body, a.signers[i].Certificate().Fingerprint(), a.devices[i])
		if err != nil {
			t.Fatal(err)
		}
		b, err := custody.ReleaseArchived(rand.Reader, f.Archive.Body, *f.Key, share, digests, a.signers[i])
		if err != nil {
			t.Fatal(err)
		}
		batches = append(batches, b)
	}
	for _, p := range f.Archive.Body.Parts {
		cek, err := custody.OpenArchived(f.Archive.Body, *f.Key, p.Digest, batches, func(c canon.Hash) *pki.Certificate { return h.certs[c] })
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(h.bids, func(b opening.Admitted) bool { return b.Bid.String() == p.Bid })
		plain, err := h.Open(h.opened[h.bids[i].Bid].Key)
		if err != nil || seal.CEK(plain) != cek {
			t.Errorf("bid %d: another content key: %v", i, err)
		}
	}
}

func TestArchiveWaitsForTheStage(t *testing.T) {
	t.Parallel()
	s := newScene(t, 3, law.Keyholders)
	o, _ := s.freeze(t, due)
	if err := o.DealArchive(s.tenderer, custody.ArchiveKey{}, canon.Sum(nil), due); !errors.Is(err, opening.ErrArchiveEarly) {
		t.Error(err)
	}
	if err := o.Suspend(s.supervisor, "平台故障", due.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := o.DealArchive(s.tenderer, custody.ArchiveKey{}, canon.Sum(nil), due); !errors.Is(err, opening.ErrArchiveEarly) {
		t.Error(err)
	}
	if err := o.KeysErased(3); err == nil {
		t.Error("erased while it opens")
	}
}

func code(err error) string {
	if r, ok := errors.AsType[*bidding.Refusal](err); ok {
		return r.Code
	}
	return ""
}

package opening_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/law"
	"sunbid/bidding/opening"
	"sunbid/bidding/party"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
	"sunbid/crypto/tdh2"
	"sunbid/crypto/tlog"
)

// hall is an opening with real keys and sealed bids; remote holders are hand-written so that they can fail on demand, and what they
// are asked is kept in maps. The stores' own suite runs the same service over PostgreSQL.
type hall struct {
	scene
	ca       *pki.CA
	certs    map[canon.Hash]*pki.Certificate
	holders  []*holder // lock T
	officers []*holder // lock C
	parts    map[canon.Hash]bid.SealedPart
	chunks   map[canon.Hash][]byte
	bidders  []bidding.Actor
	signers  []pki.Signer
	device   *sm.PrivateKey // every bidder's encryption key, mode B
	silence  time.Duration  // after which the next keyholder is asked

	mu        sync.Mutex // guards the rest
	opening   *opening.Opening
	documents map[canon.Hash]bidding.Document
	rows      []opening.Row
	batches   []opening.Batch
	keys      []opening.KeyRelease
	opened    map[bidding.BidID]opening.OpenedPart
	now       time.Time
}

// holder of a share; trouble is asked before each answer.
type holder struct {
	opening.Keyholder
	index   int
	lock    string
	share   *tdh2.Share
	signer  pki.Signer
	trouble func(ctx context.Context, call int) error
	lies    bool
	key     string // of the lot, for an erasure

	mu         sync.Mutex // guards the rest
	calls      int
	told       []custody.PostponeRequest // postponements that it was brought
	shown      []custody.EraseRequest
	eraseFault error
}

func (h *holder) Index() int                              { return h.index }
func (h *holder) Name() string                            { return fmt.Sprintf("保管方%d", h.index) }
func (h *holder) LastSeen(context.Context) (int64, error) { return 0, nil }

func (h *holder) Release(ctx context.Context, r custody.ReleaseRequest) (custody.Release, error) {
	h.mu.Lock()
	h.calls++
	call := h.calls
	h.mu.Unlock()
	if h.trouble != nil {
		if err := h.trouble(ctx, call); err != nil {
			return custody.Release{}, err
		}
	}
	b := custody.PartialsBatch{Type: custody.TypePartials, Class: r.Class, Lot: r.Lot, Lock: h.lock, Index: h.index, Kind: r.Kind, Moment: r.Moment}
	var items []tdh2.Item
	for _, it := range r.Items {
		front, err := seal.ParseFront(it.Front)
		if err != nil {
			return custody.Release{}, err
		}
		st, err := pki.ParseSigned[seal.Statement](it.Statement)
		if err != nil {
			return custody.Release{}, err
		}
		stanza := front.Header.T
		if h.lock == custody.LockC {
			stanza = front.Header.C
		}
		item, err := stanza.Item(front.Header.Label())
		if err != nil {
			return custody.Release{}, err
		}
		items = append(items, item)
		b.Items = append(b.Items, custody.PartialItem{Bid: st.Body.Bid, Digest: front.Digest()})
	}
	points, proof, err := tdh2.Partials(rand.Reader, h.share, items)
	if err != nil {
		return custody.Release{}, err
	}
	for i := range points {
		b.Items[i].Partial = points[i]
	}
	if h.lies {
		b.Items[0].Partial = tdh2.Generator()
	}
	b.Proof = proof[:]
	signed, err := pki.Sign(b, h.signer)
	return custody.Release{Batch: &signed}, err
}

func (h *hall) person(t testing.TB, name string, usage pki.Usage) (pki.Signer, *pki.Certificate, *sm.PrivateKey) {
	t.Helper()
	key, err := sm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.ca.Issue(key.Public(), pki.Subject{Organisation: name, Name: name}, usage, due.AddDate(-1, 0, 0), due.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	h.certs[c.Fingerprint()] = c
	if usage != pki.Signing {
		return nil, c, key
	}
	s, err := pki.NewSigner(key, c)
	if err != nil {
		t.Fatal(err)
	}
	return s, c, key
}

// lockOf makes a threshold key and its holders.
func (h *hall) lockOf(t testing.TB, name string, threshold, n int) (holders []*holder, commitments, verification []tdh2.Point) {
	t.Helper()
	poly, err := tdh2.NewPolynomial(rand.Reader, threshold)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= n; i++ {
		share, err := poly.Share(i)
		if err != nil {
			t.Fatal(err)
		}
		s, _, _ := h.person(t, fmt.Sprintf("%s%d", name, i), pki.Signing)
		holders = append(holders, &holder{index: i, lock: name, share: share, signer: s})
		verification = append(verification, share.Public())
	}
	return holders, poly.Commitments(), verification
}

const threshold, seats = 2, 3

func newHall(t testing.TB, bids int, mode law.Mode) *hall {
	t.Helper()
	ca, err := pki.NewCA(rand.Reader, pki.Subject{Organisation: "根", Name: "根"}, pki.Production, due.AddDate(-1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{scene: newScene(t, 0, mode), ca: ca, certs: map[canon.Hash]*pki.Certificate{}, parts: map[canon.Hash]bid.SealedPart{}, chunks: map[canon.Hash][]byte{},
		documents: map[canon.Hash]bidding.Document{}, opened: map[bidding.BidID]opening.OpenedPart{}, now: due, silence: 10 * time.Second}
	s := h.lotState()
	s.Kinds = []tender.PartRule{{Kind: seal.KindReadout, Moment: "opening", Required: true}, {Kind: seal.KindBody, Moment: "opening"}}
	key := custody.KeyRecord{Type: custody.TypeKeyRecord, Class: string(s.Class), Key: bidding.NewKeyID().String(), Threshold: threshold, Ceremony: "c", MadeAt: canon.At(due)}
	h.holders, key.Commitments, key.Verification = h.lockOf(t, custody.LockT, threshold, seats)
	key.PublicKey = key.Commitments[0]
	officers := custody.OfficerKey{Type: custody.TypeOfficerKey, Class: string(s.Class), Tender: s.Tender.String(), Lot: s.ID.String(), Threshold: threshold, DealtAt: canon.At(due)}
	h.officers, officers.Commitments, officers.Verification = h.lockOf(t, custody.LockC, threshold, seats)
	officers.PublicKey = officers.Commitments[0]
	s.Keyholders, s.Officers, s.Key = &tender.Lock{Threshold: threshold, Point: key.PublicKey.Bytes()}, &tender.Lock{Threshold: threshold, Point: officers.PublicKey.Bytes()}, key.Key
	for i := range seats {
		t, c := h.holders[i].signer.Certificate().Fingerprint(), h.officers[i].signer.Certificate().Fingerprint()
		key.Keyholders = append(key.Keyholders, custody.KeyholderRef{Index: i + 1, Name: h.holders[i].Name(), Certificate: t})
		officers.Officers = append(officers.Officers, custody.OfficerRef{Index: i + 1, Name: h.officers[i].Name(), Role: "tenderer", Certificate: c, Encryption: c, Share: canon.Hex{1}})
		s.Keyholders.Holders = append(s.Keyholders.Holders, tender.Seat{Index: i + 1, Name: h.holders[i].Name(), Certificate: t})
		s.Officers.Holders = append(s.Officers.Holders, tender.Seat{Index: i + 1, Name: fmt.Sprintf("解锁人%d", i+1), Certificate: c})
	}
	s.Keyholders.Record, s.Officers.Record = put(t, h, key), put(t, h, officers)
	h.lot = tender.RestoreLot(s, 5)
	_, _, h.device = h.person(t, "投标人加密", pki.Encryption)
	for i := range bids {
		h.sealBid(t, i, key.PublicKey, officers.PublicKey)
	}
	return h
}

func put[T any](t testing.TB, h *hall, body T) canon.Hash {
	t.Helper()
	r, err := pki.Sign(body, h.platform)
	if err != nil {
		t.Fatal(err)
	}
	d, err := bidding.NewDocument("record", bidding.LotID{}, r.Body, r)
	if err != nil {
		t.Fatal(err)
	}
	h.documents[d.Hash] = d
	return d.Hash
}

func price(i int) int64 { return int64(1_000_000 + i) }

func (h *hall) sealBid(t testing.TB, i int, T, C tdh2.Point) {
	t.Helper()
	signer, c, _ := h.person(t, fmt.Sprintf("投标人%d", i), pki.Signing)
	by := bidding.Actor{Person: bidding.NewPersonID(), Org: bidding.NewOrgID(), Role: bidding.Bidder, Certificate: c.Fingerprint()}
	l := h.lotState()
	fen := price(i)
	readout, err := seal.Readout{Type: seal.ReadoutType, Bidder: seal.Party{Name: fmt.Sprintf("投标人%d", i), Code: "91350100M000100Y43"}, PriceFen: &fen, DurationDays: 90, Quality: "合格", Security: "保函", Extra: map[string]string{}}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	container, err := seal.NewContainer([]seal.File{{Name: "投标函.txt", Media: "text/plain", Content: bytes.NewReader([]byte("我方投标")), Size: 12}})
	if err != nil {
		t.Fatal(err)
	}
	st := seal.Statement{Type: seal.StatementType, Class: string(l.Class), Tender: l.Tender.String(), Lot: l.ID.String(), Bid: bidding.NewBidID().String(), Binding: l.Binding,
		Version: 1, Action: seal.ActionSubmit, SignedAt: canon.At(due), Parts: []seal.Part{}}
	a := opening.Admitted{Bidder: by.Org, Name: fmt.Sprintf("投标人%d", i), Code: "91350100M000100Y43", Certificate: by.Certificate, Version: 1, Arrival: canon.At(due.Add(-time.Second))}
	contents := map[seal.Kind]io.ReaderAt{seal.KindReadout: bytes.NewReader(readout), seal.KindBody: container}
	if i >= 10 { // bodies weigh a MiB each: a few are enough
		delete(contents, seal.KindBody)
	}
	for kind, content := range contents {
		size := int64(len(readout))
		if kind == seal.KindBody {
			size = container.Size()
		}
		keys := seal.Keys{T: T, C: C}
		if l.Mode == law.BidderKey {
			pub := h.device.Public()
			keys.B = &pub
		}
		file := &memory{}
		front, err := seal.SealFile(rand.Reader, keys, seal.Purpose{Class: string(l.Class), Binding: l.Binding, Lot: l.ID.String(), Bidder: by.Certificate, Kind: kind, Moment: "opening", NotBefore: due}, signer, content, size, file, nil)
		if err != nil {
			t.Fatal(err)
		}
		part := bid.SealedPart{Lot: l.ID, By: by.Org, Signer: by.Certificate, Kind: kind, Moment: "opening", Digest: front.Digest(), Size: int64(len(file.b)), Chunks: int(front.Header.Chunks), Front: front.Bytes()}
		h.parts[part.Digest], h.chunks[part.Digest] = part, file.b[front.Size():]
		st.Parts = append(st.Parts, seal.Part{Kind: kind, Moment: "opening", Digest: part.Digest, Size: part.Size})
		a.Parts = append(a.Parts, bid.Part{Kind: kind, Moment: "opening", Digest: part.Digest, Size: part.Size})
	}
	slices.SortFunc(st.Parts, func(x, y seal.Part) int { return bytes.Compare([]byte(x.Kind), []byte(y.Kind)) })
	signed, err := pki.Sign(st, signer)
	if err != nil {
		t.Fatal(err)
	}
	if a.Signed, err = signed.Marshal(); err != nil {
		t.Fatal(err)
	}
	a.Statement, _ = signed.Hash()
	a.Bid, _ = bidding.ParseBidID(st.Bid)
	h.bids, h.bidders, h.signers = append(h.bids, a), append(h.bidders, by), append(h.signers, signer)
}

type memory struct {
	mu sync.Mutex
	b  []byte
}

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if need := int(off) + len(p); need > len(m.b) {
		m.b = append(m.b, make([]byte, need-len(m.b))...)
	}
	return copy(m.b[off:], p), nil
}

func (h *hall) service(batch int) *opening.Service {
	set := opening.DefaultSettings()
	set.Batch, set.Poll, set.Silence = batch, 5*time.Millisecond, h.silence
	return opening.NewService(opening.Ports{Store: h, Parts: h, Keyholders: h, Log: h, Submissions: bid.NewInFlight(), Certificates: h, Strongbox: h}, h.platform, bidding.ClockFunc(h.clock), set)
}

func (h *hall) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hall) lotState() tender.LotState {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lot.Snapshot()
}

func (h *hall) stored() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.batches)
}

func (h *hall) setClock(t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = t
}

// officersRelease has the first n officers' clients do their whole task.
func (h *hall) officersRelease(ctx context.Context, s *opening.Service, kind seal.Kind, n int) error {
	lot := h.lotState().ID
	for _, o := range h.officers[:n] {
		by := bidding.Actor{Role: bidding.Officer, Certificate: o.signer.Certificate().Fingerprint()}
		for cursor := ""; ; {
			page, err := s.Task(ctx, by, lot, kind, cursor, 0)
			if err != nil {
				return err
			}
			if len(page.Request.Items) > 0 {
				answer, err := o.Release(ctx, page.Request)
				if err != nil {
					return err
				}
				if err := s.AcceptPartials(ctx, by, lot, *answer.Batch); err != nil {
					return err
				}
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
	}
	return nil
}

// The ports.

func (h *hall) Of(context.Context, custody.KeyRecord) ([]opening.Keyholder, error) {
	var list []opening.Keyholder
	for _, x := range h.holders {
		list = append(list, x)
	}
	return list, nil
}

func (h *hall) Disclosed(context.Context, string, int) (tlog.Disclosed, error) {
	return tlog.Disclosed{Proof: tlog.EventProof{Size: 9}}, nil
}
func (h *hall) Consistency(context.Context, int64, int64) ([]canon.Hash, error) { return nil, nil }
func (h *hall) Find(_ context.Context, f canon.Hash) (*pki.Certificate, error) {
	if c := h.certs[f]; c != nil {
		return c, nil
	}
	return nil, bidding.ErrMissing
}
func (h *hall) Judge(*pki.Certificate, pki.Usage, time.Time) error { return nil }
func (h *hall) Holder(context.Context, canon.Hash) (party.State, error) {
	return party.State{}, bidding.ErrMissing
}
func (h *hall) PublicKey() sm.PublicKey            { return h.device.Public() }
func (h *hall) Open(sealed []byte) ([]byte, error) { return h.device.Decrypt(sealed) }
func (h *hall) Fronts(context.Context, bidding.LotID, []canon.Hash) (map[canon.Hash]bid.SealedPart, error) {
	return h.parts, nil
}
func (h *hall) Chunks(_ context.Context, p bid.SealedPart) (io.ReadCloser, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return io.NopCloser(bytes.NewReader(h.chunks[p.Digest])), nil
}

func (h *hall) keep(out opening.Outcome) {
	for _, d := range out.Documents {
		h.documents[d.Hash] = d
	}
	h.rows = append(h.rows, out.Rows...)
}

func (h *hall) Freeze(_ context.Context, _ bidding.Actor, _ time.Time, _ bidding.LotID, fn func(tender.State, *tender.Lot, []opening.Admitted) (*opening.Opening, opening.Outcome, error)) (bidding.Recorded, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.opening != nil {
		return bidding.Recorded{}, opening.ErrFrozenAlready
	}
	o, out, err := fn(h.tender, h.lot, slices.Clone(h.bids))
	if err == nil {
		h.opening = o
		h.keep(out)
	}
	return bidding.Recorded{}, err
}

func (h *hall) Update(_ context.Context, _ bidding.Actor, _ time.Time, _ bidding.LotID, fn func(*tender.Lot, *opening.Opening) (opening.Outcome, error)) (bidding.Recorded, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	out, err := fn(h.lot, h.opening)
	if err == nil {
		h.keep(out)
	}
	return bidding.Recorded{}, err
}

func (h *hall) Load(context.Context, bidding.LotID) (tender.LotState, opening.State, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.opening == nil {
		return h.lot.Snapshot(), opening.State{}, nil
	}
	return h.lot.Snapshot(), h.opening.Snapshot(), nil
}

func (h *hall) Admitted(context.Context, bidding.LotID) ([]opening.Admitted, error) {
	return slices.Clone(h.bids), nil
}

func (h *hall) Document(_ context.Context, f canon.Hash) (bidding.Document, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if d, ok := h.documents[f]; ok {
		return d, nil
	}
	return bidding.Document{}, bidding.ErrMissing
}

func (h *hall) Documents(_ context.Context, _ bidding.LotID, kind string) ([]bidding.Document, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []bidding.Document
	for _, d := range h.documents {
		if d.Type == kind {
			list = append(list, d)
		}
	}
	return list, nil
}

func (h *hall) Due(context.Context, time.Time, int) ([]bidding.LotID, error) {
	return []bidding.LotID{h.lotState().ID}, nil
}

func (h *hall) SaveBatch(_ context.Context, _ bidding.LotID, b opening.Batch) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.ContainsFunc(h.batches, func(x opening.Batch) bool { return x.Hash == b.Hash }) {
		h.batches = append(h.batches, b)
	}
	return nil
}

func (h *hall) Batches(_ context.Context, _ bidding.LotID, kind seal.Kind, after int64) ([]opening.Batch, int64, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []opening.Batch
	for _, b := range h.batches[after:] {
		if b.Kind == kind {
			list = append(list, b)
		}
	}
	return list, int64(len(h.batches)), nil
}

func (h *hall) SaveKeyRelease(_ context.Context, _ bidding.Actor, _ time.Time, _ bidding.LotID, r opening.KeyRelease, _ opening.KeyReceived, check func(opening.State) error) (bidding.Recorded, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := check(h.opening.Snapshot()); err != nil {
		return bidding.Recorded{}, err
	}
	r.ID = int64(len(h.keys) + 1)
	h.keys = append(h.keys, r)
	return bidding.Recorded{}, nil
}

func (h *hall) KeyReleases(_ context.Context, _ bidding.LotID, known []int64) ([]opening.KeyRelease, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(h.keys), func(r opening.KeyRelease) bool { return slices.Contains(known, r.ID) }), nil
}

func (h *hall) SaveOpenedPart(_ context.Context, p opening.OpenedPart) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.opened[p.Bid] = p
	return nil
}

func (h *hall) OpenedPart(_ context.Context, _ bidding.LotID, b bidding.BidID, _ seal.Kind) (opening.OpenedPart, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p, ok := h.opened[b]; ok {
		return p, nil
	}
	return opening.OpenedPart{}, bidding.ErrMissing
}

func (h *hall) OpenedParts(context.Context, bidding.LotID, seal.Kind) ([]bidding.BidID, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []bidding.BidID
	for b := range h.opened {
		list = append(list, b)
	}
	return list, nil
}

var errDown = errors.New("no connection")

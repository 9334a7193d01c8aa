package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/law"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
	"sunbid/crypto/tlog"
	"sunbid/storage/objects"
	"sunbid/storage/postgres"
	"sunbid/storage/storetest/fixture"
	"sunbid/web/api"
)

// vault is the disk store as bids need it.
type vault struct{ store *objects.Disk }

func (v vault) Put(ctx context.Context, r io.Reader, size int64) (bid.Object, error) {
	ref, err := v.store.Put(ctx, objects.NewName(), r, size)
	return bid.Object{Name: string(ref.Name), Version: ref.Version, Size: size}, err
}
func (v vault) Get(ctx context.Context, o bid.Object) (io.ReadCloser, error) {
	return v.store.Get(ctx, objects.Ref{Name: objects.Name(o.Name), Version: o.Version}, 0, -1)
}
func (v vault) Retain(ctx context.Context, list []bid.Object, until time.Time) error {
	for _, o := range list {
		if err := v.store.Retain(ctx, objects.Ref{Name: objects.Name(o.Name), Version: o.Version}, until); err != nil {
			return err
		}
	}
	return nil
}
func (v vault) Delete(context.Context, []bid.Object) error { return nil }

// silent is a log that publishes nothing while the test runs: receipts are promises then.
type silent struct{}

func (silent) Proof(context.Context, bidding.RecordedEvent) (tlog.EventProof, error) {
	return tlog.EventProof{}, errors.New("not published")
}

// withBids gives the services a real store for sealed files.
func withBids(t *testing.T, b **bundle) func(*api.Config, *api.Services) {
	return func(_ *api.Config, s *api.Services) {
		certificates, organisations := postgres.NewCertificates((*b).db, (*b).trust), postgres.NewOrganisations((*b).db)
		s.Bids = bid.NewService(bid.Ports{
			Uploads: postgres.NewUploads((*b).db), Bids: postgres.NewBids((*b).db), Vault: vault{fixture.Objects(t)}, Log: silent{}, Certificates: certificates, Bidders: organisations,
		}, fixture.Signer(t, "平台"), bid.NewInFlight(), (*b).clock, bid.Limits{MaxSize: 1 << 30, OpenUploads: 4, OpenBytes: 1 << 30, Life: time.Hour})
	}
}

// lot is one that takes bids, with both locks' public keys. Its history is told to the store directly: how a lot comes to
// be announced is the business of other tests.
type lot struct {
	id      bidding.LotID
	tender  bidding.TenderID
	binding canon.Hash
	keys    seal.Keys
	opening canon.Time
}

func (b *bundle) submitting(t *testing.T, until time.Duration) lot {
	t.Helper()
	by := bidding.Actor{Person: bidding.NewPersonID(), Org: bidding.NewOrgID(), Role: bidding.Tenderer}
	tenders := postgres.NewTenders(b.db)
	at := canon.At(b.clock.Now())
	l := lot{id: bidding.NewLotID(), tender: bidding.NewTenderID(), binding: canon.Hash{7}, opening: canon.At(at.Add(until)), keys: seal.Keys{T: point(t), C: point(t)}}
	state := tender.State{ID: l.tender, Class: bidding.Rehearsal, Number: "T-1", Title: "滨河大桥施工", Region: "440100", Regime: law.Construction, RuleSet: law.RehearsalRules,
		Tenderer: tender.Party{Org: by.Org, Name: "城投公司", Code: creditCode(900)}, CreatedAt: at}
	var history []bidding.Event
	replay := func(n int) *tender.Lot {
		x := tender.ReplayLot(slices.Values(history))
		x.Loaded(len(history) - n)
		for _, e := range history[len(history)-n:] {
			x.Remember(e)
		}
		return x
	}
	td := tender.Replay(slices.Values([]bidding.Event{tender.Created{Tender: state}}))
	td.Loaded(0)
	td.Remember(tender.Created{Tender: state})
	if _, err := tenders.Create(t.Context(), by, at.Time, td); err != nil {
		t.Fatal(err)
	}
	if _, err := tenders.Draft(t.Context(), by, at.Time, l.tender, func(tender.State, int) (*tender.Lot, error) {
		history = append(history, tender.Drafted{Lot: tender.LotState{
			ID: l.id, Tender: l.tender, Tenderer: by.Org, Number: 1, Name: "主体工程", Class: bidding.Rehearsal, RuleSet: law.RehearsalRules, Mode: law.Keyholders,
			Kinds:         []tender.PartRule{{Kind: seal.KindReadout, Moment: "opening", Required: true}, {Kind: seal.KindBody, Moment: "opening"}},
			DocumentsFrom: at, DocumentsUntil: at, SubmitFrom: at, OpeningAt: l.opening, Stage: tender.Draft,
		}})
		return replay(1), nil
	}); err != nil {
		t.Fatal(err)
	}
	events := []bidding.Event{
		tender.OfficersDealt{Lot: l.id, Officers: tender.Lock{Record: b.record(t, custody.TypeOfficerKey).Hash, Threshold: 1, Point: l.keys.C.Bytes()}},
		tender.KeyBound{Lot: l.id, Key: bidding.NewKeyID().String(), Keyholders: tender.Lock{Record: canon.Hash{8}, Threshold: 1, Point: l.keys.T.Bytes()}, Binding: l.binding},
		tender.LotAnnounced{Lot: l.id, At: at, Findings: []law.Finding{}},
		tender.SubmissionOpened{Lot: l.id, At: at},
	}
	if _, err := tenders.Update(t.Context(), by, at.Time, l.id, func(_ tender.State, _ int, x *tender.Lot) (tender.Side, error) {
		history = append(history, events...)
		*x = *replay(len(events))
		return tender.Side{}, nil
	}); err != nil {
		t.Fatal(err)
	}
	return l
}

func (b *bundle) record(t *testing.T, kind string) bidding.Document {
	t.Helper()
	body := map[string]string{"type": kind}
	d, err := bidding.NewDocument(kind, bidding.LotID{}, body, map[string]any{"body": body, "signatures": []any{}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func point(t *testing.T) tdh2.Point {
	t.Helper()
	p, err := tdh2.NewPolynomial(rand.Reader, 1)
	if err != nil {
		t.Fatal(err)
	}
	return p.Commitments()[0]
}

// sealed is a sealed file in memory.
type sealed struct {
	front  seal.Front
	octets []byte
	part   seal.Part
}

type buffer struct{ b []byte }

func (w *buffer) WriteAt(p []byte, off int64) (int, error) {
	if need := int(off) + len(p); need > len(w.b) {
		w.b = append(w.b, make([]byte, need-len(w.b))...)
	}
	return copy(w.b[off:], p), nil
}

func (l lot) seal(t *testing.T, signer pki.Signer, kind seal.Kind, size int) sealed {
	t.Helper()
	want := seal.Purpose{Class: "rehearsal", Binding: l.binding, Lot: l.id.String(), Bidder: signer.Certificate().Fingerprint(), Kind: kind, Moment: "opening", NotBefore: l.opening.Time}
	sealer, err := seal.NewSealer(rand.Reader, l.keys, want, int64(size))
	if err != nil {
		t.Fatal(err)
	}
	content := bytes.Repeat([]byte("投"), size/3+1)[:size]
	w := &buffer{b: make([]byte, 0, size+1<<20)}
	front, err := sealer.SealAll(signer, bytes.NewReader(content), &oneAtATime{w: w}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sealed{front: front, octets: w.b, part: seal.Part{Kind: kind, Moment: "opening", Digest: front.Digest(), Size: int64(len(w.b))}}
}

func (l lot) statement(t *testing.T, signer pki.Signer, at time.Time, version int64, action seal.Action, bidID bidding.BidID, previous canon.Hash, parts ...sealed) seal.SignedStatement {
	t.Helper()
	s := seal.Statement{Type: seal.StatementType, Class: "rehearsal", Tender: l.tender.String(), Lot: l.id.String(), Bid: bidID.String(), Binding: l.binding,
		Version: version, Action: action, Previous: previous, SignedAt: canon.At(at), Parts: []seal.Part{}}
	for _, p := range parts {
		s.Parts = append(s.Parts, p.part)
	}
	slices.SortFunc(s.Parts, func(a, b seal.Part) int { return bytes.Compare([]byte(a.Kind), []byte(b.Kind)) })
	signed, err := pki.Sign(s, signer)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

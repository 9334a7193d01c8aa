package postgres_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/law"
	"sunbid/bidding/opening"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/sm"
	"sunbid/storage/objects"
	"sunbid/storage/postgres"
	"sunbid/storage/storetest/fixture"
)

// world is a database with the stores over it.
type world struct {
	t        *testing.T
	dsn      string
	db       *postgres.DB
	objects  objects.Store
	tenders  *postgres.Tenders
	bids     *postgres.Bids
	uploads  *postgres.Uploads
	openings *postgres.Openings
	by       bidding.Actor
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldAt(t, fixture.Migrated(t))
}

// newWorldAt is newWorld over a migrated database.
func newWorldAt(t *testing.T, dsn string) *world {
	t.Helper()
	w := &world{t: t, dsn: dsn, objects: fixture.Objects(t)}
	w.open()
	w.by = bidding.Actor{Person: bidding.NewPersonID(), Org: bidding.NewOrgID(), Role: bidding.Tenderer}
	return w
}

func (w *world) open() {
	w.db = fixture.Open(w.t, w.dsn)
	w.tenders, w.bids, w.uploads, w.openings = postgres.NewTenders(w.db), postgres.NewBids(w.db), postgres.NewUploads(w.db), postgres.NewOpenings(w.db)
}

// must gives a value or ends the test.
func must[T any](value T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func now() time.Time { return fixture.Clock().Now() }

// aggregate is what the stores save; events stand in for the stages' own commands, which are tested with the stages.
type aggregate interface {
	Loaded(version int)
	Remember(e bidding.Event)
}

// happened makes the last n events of a replayed history pending.
func happened(a aggregate, history []bidding.Event, n int) {
	a.Loaded(len(history) - n)
	for _, e := range history[len(history)-n:] {
		a.Remember(e)
	}
}

// spine is a lot with all that has happened to it.
type spine struct {
	w       *world
	tender  tender.State
	id      bidding.LotID
	history []bidding.Event
	opening []bidding.Event
}

// announced is a lot of a new tender, up to the given stage: draft, announced or submitting.
func (w *world) announced(stage tender.Stage) *spine {
	w.t.Helper()
	s := w.draft()
	if stage == tender.Draft {
		return s
	}
	point := func() []byte { return must(sm.GenerateKey(rand.Reader))(w.t).Public().Bytes() }
	officers, key, binding := w.record(custody.TypeOfficerKey, s.id), w.record(custody.TypeKeyRecord, s.id), w.record(custody.TypeBinding, s.id)
	s.update(tender.Side{Documents: []bidding.Document{officers}}, tender.OfficersDealt{Lot: s.id, Officers: tender.Lock{Record: officers.Hash, Threshold: 2, Point: point()}})
	s.update(tender.Side{Documents: []bidding.Document{key, binding}}, tender.KeyBound{
		Lot: s.id, Key: bidding.NewKeyID().String(), Keyholders: tender.Lock{Record: key.Hash, Threshold: 2, Point: point()}, Binding: binding.Hash,
	})
	s.update(tender.Side{}, tender.LotAnnounced{Lot: s.id, At: canon.At(now()), Findings: []law.Finding{}})
	if stage == tender.Submitting {
		s.update(tender.Side{}, tender.SubmissionOpened{Lot: s.id, At: canon.At(now())})
	}
	return s
}

func (w *world) draft() *spine {
	w.t.Helper()
	state := tender.State{
		ID: bidding.NewTenderID(), Class: bidding.Rehearsal, Number: "SZ-2026-" + bidding.NewTenderID().String()[3:9], Title: "深圳湾隧道 100%_工程", Region: "440300",
		Regime: law.Construction, RuleSet: rehearsalRules(), Tenderer: tender.Party{Org: w.by.Org, Name: "深圳市建设局", Code: "11440300MB2C000000"}, CreatedAt: canon.At(now()),
	}
	created := []bidding.Event{tender.Created{Tender: state}}
	t := tender.Replay(slices.Values(created))
	happened(t, created, 1)
	must(w.tenders.Create(w.t.Context(), w.by, now(), t))(w.t)
	s := &spine{w: w, tender: state, id: bidding.NewLotID()}
	must(w.tenders.Draft(w.t.Context(), w.by, now(), state.ID, func(t tender.State, number int) (*tender.Lot, error) {
		at := canon.At(now())
		s.history = []bidding.Event{tender.Drafted{Lot: tender.LotState{
			ID: s.id, Tender: t.ID, Tenderer: t.Tenderer.Org, Number: number, Name: fmt.Sprintf("%d 标段", number), Class: t.Class, RuleSet: t.RuleSet,
			Mode: law.Keyholders, Kinds: []tender.PartRule{}, DocumentsFrom: at, DocumentsUntil: at, SubmitFrom: at,
			OpeningAt: canon.At(now().Add(time.Hour)), Stage: tender.Draft,
		}}}
		return s.lot(1), nil
	}))(w.t)
	return s
}

func rehearsalRules() string {
	for _, rs := range law.RuleSets() {
		if rs.Class == bidding.Rehearsal {
			return rs.ID
		}
	}
	return ""
}

// lot is the lot with its last n events pending.
func (s *spine) lot(n int) *tender.Lot {
	l := tender.ReplayLot(slices.Values(s.history))
	happened(l, s.history, n)
	return l
}

func (s *spine) update(side tender.Side, events ...bidding.Event) bidding.Recorded {
	s.w.t.Helper()
	return must(s.w.tenders.Update(s.w.t.Context(), s.w.by, now(), s.id, func(_ tender.State, _ int, l *tender.Lot) (tender.Side, error) {
		s.history = append(s.history, events...)
		*l = *s.lot(len(events))
		return side, nil
	}))(s.w.t)
}

// record is a signed record of no particular content.
func (w *world) record(kind string, lot bidding.LotID) bidding.Document {
	w.t.Helper()
	body := map[string]string{"type": kind, "nonce": bidding.NewStreamID().String()}
	signer := strings.Repeat("0b", 32)
	return must(bidding.NewDocument(kind, lot, body, map[string]any{"body": body, "signatures": []any{map[string]string{"signer": signer, "sig": strings.Repeat("00", 64)}}}))(w.t)
}

// bidder is an organisation that bids.
type bidder struct {
	actor bidding.Actor
}

func newBidder() *bidder {
	return &bidder{actor: bidding.Actor{Person: bidding.NewPersonID(), Org: bidding.NewOrgID(), Role: bidding.Bidder}}
}

// errClosed is what the rule of a bid says in these tests when the lot takes none.
var errClosed = bidding.Refuse("test-closed", bidding.Late, "", "已截止。", "closed")

// submit sends the next version of a bid with the given parts.
func (s *spine) submit(ctx context.Context, b *bidder, at time.Time, parts ...bid.SealedPart) (bid.Receipt, error) {
	hash := canon.Sum([]byte(bidding.NewStreamID().String()))
	return s.submitStatement(ctx, b, at, hash, parts...)
}

func (s *spine) submitStatement(ctx context.Context, b *bidder, at time.Time, hash canon.Hash, parts ...bid.SealedPart) (bid.Receipt, error) {
	id := bidding.NewBidID()
	statement := bid.Statement{Hash: hash, Signed: []byte(`{"body":{},"signatures":[]}`), Parts: parts}
	return s.w.bids.Update(ctx, b.actor, at, s.id, statement, func(w bid.Window, x *bid.Bid) error {
		if w.Stage != tender.Submitting {
			return errClosed
		}
		before := x.Snapshot()
		if !before.ID.IsZero() {
			id = before.ID
		}
		fact := bid.Fact{
			Bid: id, Lot: s.id, Tender: w.Tender, Bidder: b.actor.Org, BidderName: "某建筑公司", Code: "91440300MA5D000000",
			Certificate: canon.Sum([]byte("certificate")), Version: before.Version + 1, Statement: hash, Arrival: canon.At(at),
		}
		for _, p := range parts {
			fact.Parts = append(fact.Parts, bid.Part{Kind: p.Kind, Moment: p.Moment, Digest: p.Digest, Size: p.Size})
		}
		e := bidding.Event(bid.BidSubmitted{Fact: fact})
		*x = *bid.Replay(slices.Values([]bidding.Event{e}))
		x.Loaded(before.Version)
		x.Remember(e)
		return nil
	}, func(r bidding.Recorded) (bid.Receipt, error) {
		return bid.Receipt{ID: bidding.NewReceiptID(), Statement: hash, Signed: must(json.Marshal(map[string]int{"events": len(r.Events)}))(s.w.t)}, nil
	})
}

// freeze closes the lot and returns what was admitted.
func (s *spine) freeze(ctx context.Context) (admitted []opening.Admitted, err error) {
	document := s.w.record(custody.TypeFreeze, s.id)
	_, err = s.w.openings.Freeze(ctx, bidding.SystemActor(), now(), s.id, func(_ tender.State, l *tender.Lot, set []opening.Admitted) (*opening.Opening, opening.Outcome, error) {
		admitted = set
		at := canon.At(now())
		s.history = append(s.history, tender.LotSealed{Lot: s.id, At: at, Freeze: document.Hash})
		*l = *s.lot(1)
		s.opening = []bidding.Event{opening.BidsFrozen{
			Lot: s.id, Tender: s.tender.ID, Class: bidding.Rehearsal, Mode: law.Keyholders, Freeze: document.Hash, FrozenAt: at, Count: len(set),
			OpeningAt: at, WindowEnd: at,
		}}
		o := opening.Replay(slices.Values(s.opening))
		happened(o, s.opening, 1)
		return o, opening.Outcome{Documents: []bidding.Document{document}}, nil
	})
	return admitted, err
}

// sound derives every row again and wants no fault.
func (w *world) sound() postgres.Report {
	w.t.Helper()
	r := must(w.db.Fsck(w.t.Context(), w.objects))(w.t)
	for _, f := range r.Faults {
		w.t.Error("fsck: " + f)
	}
	return r
}

func (w *world) owner() *pgxpool.Pool {
	w.t.Helper()
	pool := must(pgxpool.New(w.t.Context(), w.dsn))(w.t)
	w.t.Cleanup(pool.Close)
	return pool
}

// withdraw takes a bid back.
func (w *world) withdraw(s *spine, b *bidder) {
	w.t.Helper()
	hash := canon.Sum([]byte(bidding.NewStreamID().String()))
	must(w.bids.Update(w.t.Context(), b.actor, now(), s.id, bid.Statement{Hash: hash, Signed: []byte(`{}`)}, func(_ bid.Window, x *bid.Bid) error {
		before := x.Snapshot()
		e := bidding.Event(bid.BidWithdrawn{Fact: bid.Fact{
			Bid: before.ID, Lot: before.Lot, Tender: before.Tender, Bidder: before.Bidder, BidderName: before.BidderName, Code: before.Code,
			Certificate: before.Certificate, Version: before.Version + 1, Statement: hash, Arrival: canon.At(now()),
		}})
		*x = *bid.Replay(slices.Values([]bidding.Event{e}))
		x.Loaded(before.Version)
		x.Remember(e)
		return nil
	}, func(bidding.Recorded) (bid.Receipt, error) {
		return bid.Receipt{ID: bidding.NewReceiptID(), Statement: hash, Signed: []byte(`{}`)}, nil
	}))(w.t)
}

package postgres_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
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
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
	"sunbid/crypto/tdh2"
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
	signer   pki.Signer // signs for everybody; its certificate is known
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldAt(t, fixture.Migrated(t))
}

// newWorldAt is newWorld over a migrated database.
func newWorldAt(t *testing.T, dsn string) *world {
	t.Helper()
	w := &world{t: t, dsn: dsn, objects: fixture.Objects(t), signer: fixture.Signer(t, "某建筑公司")}
	w.open()
	if err := postgres.NewCertificates(w.db, nil).Add(t.Context(), w.signer.Certificate()); err != nil {
		t.Fatal(err)
	}
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
	opens   canon.Time // the opening time as drafted
	history []bidding.Event
	opening []bidding.Event
	binding canon.Hash // once announced, with the keys that parts are sealed to
	keys    seal.Keys
}

// announced is a lot of a new tender, up to the given stage: draft, announced or submitting.
func (w *world) announced(stage tender.Stage) *spine {
	w.t.Helper()
	s := w.draft()
	if stage == tender.Draft {
		return s
	}
	point := func() tdh2.Point {
		return must(tdh2.DecodePoint(must(sm.GenerateKey(rand.Reader))(w.t).Public().Bytes()))(w.t)
	}
	s.keys = seal.Keys{T: point(), C: point()}
	officers, binding := w.record(custody.TypeOfficerKey, s.id), w.record(custody.TypeBinding, s.id)
	name, key := w.key(s.id)
	if err := postgres.NewKeyPool(w.db).Add(w.t.Context(), name, key.Signed); err != nil {
		w.t.Fatal(err)
	}
	must(postgres.NewKeyPool(w.db).Take(w.t.Context(), s.id))(w.t)
	s.binding = binding.Hash
	s.update(tender.Side{Documents: []bidding.Document{officers}}, tender.OfficersDealt{Lot: s.id, Officers: tender.Lock{Record: officers.Hash, Threshold: 2, Point: s.keys.C.Bytes()}})
	s.update(tender.Side{Documents: []bidding.Document{key, binding}}, tender.KeyBound{
		Lot: s.id, Key: name, Keyholders: tender.Lock{Record: key.Hash, Threshold: 2, Point: s.keys.T.Bytes()}, Binding: binding.Hash,
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
		s.opens = s.history[0].(tender.Drafted).Lot.OpeningAt
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
	if !lot.IsZero() {
		body["lot"] = lot.String()
	}
	signed := must(pki.Sign(body, w.signer))(w.t)
	return must(bidding.NewDocument(kind, lot, signed.Body, signed))(w.t)
}

// bidder is an organisation that bids.
type bidder struct {
	actor bidding.Actor
	part  *bid.SealedPart // to submit with when the test names none
}

func newBidder() *bidder {
	return &bidder{actor: bidding.Actor{Person: bidding.NewPersonID(), Org: bidding.NewOrgID(), Role: bidding.Bidder}}
}

// errClosed is what the rule of a bid says in these tests when the lot takes none.
var errClosed = bidding.Refuse("test-closed", bidding.Late, "", "已截止。", "closed")

// freeze closes the lot and returns what was admitted.
func (s *spine) freeze(ctx context.Context) (admitted []opening.Admitted, err error) {
	document := s.w.record(custody.TypeFreeze, s.id)
	_, err = s.w.openings.Freeze(ctx, bidding.SystemActor(), now(), s.id, func(_ tender.State, l *tender.Lot, set []opening.Admitted) (*opening.Opening, opening.Outcome, error) {
		admitted = set
		statements := make([]canon.Hash, len(set))
		for i, a := range set {
			statements[i] = a.Statement
		}
		at := canon.At(now())
		s.history = append(s.history, tender.LotSealed{Lot: s.id, At: at, Freeze: document.Hash})
		*l = *s.lot(1)
		s.opening = []bidding.Event{opening.BidsFrozen{
			Lot: s.id, Tender: s.tender.ID, Class: bidding.Rehearsal, Mode: law.Keyholders, Freeze: document.Hash, FrozenAt: at, Count: len(set),
			Root: custody.FreezeRoot(statements), OpeningAt: s.openingAt(), WindowEnd: s.openingAt(),
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
	r := must(w.db.Fsck(w.t.Context(), postgres.Look{Objects: w.objects, Octets: true}))(w.t)
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

package opening_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/opening"
	"sunbid/bidding/privacy"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
)

var due = time.Date(2025, 3, 28, 1, 0, 0, 0, time.UTC)

func signer(t testing.TB) pki.Signer {
	t.Helper()
	at := due.AddDate(-1, 0, 0)
	ca, err := pki.NewCA(rand.Reader, pki.Subject{Organisation: "平台", Name: "平台根"}, pki.Production, at)
	if err != nil {
		t.Fatal(err)
	}
	key, err := sm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ca.Issue(key.Public(), pki.Subject{Organisation: "平台", Name: "平台"}, pki.Signing, at, at.AddDate(5, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	s, err := pki.NewSigner(key, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// scene is a lot whose opening time has come, with some bids.
type scene struct {
	tender             tender.State
	lot                *tender.Lot
	bids               []opening.Admitted
	tenderer, agency   bidding.Actor
	platform           pki.Signer
	supervisor, strngr bidding.Actor
}

func newScene(t testing.TB, bids int, mode law.Mode) scene {
	t.Helper()
	actor := func(r bidding.Role) bidding.Actor {
		return bidding.Actor{Person: bidding.NewPersonID(), Org: bidding.NewOrgID(), Role: r, Certificate: canon.Sum([]byte(r))}
	}
	s := scene{tenderer: actor(bidding.Tenderer), agency: actor(bidding.Agency), supervisor: actor(bidding.Supervisor), strngr: actor(bidding.Tenderer), platform: signer(t)}
	s.tender = tender.State{ID: bidding.NewTenderID(), Class: bidding.Production, RuleSet: law.ConstructionMandatory}
	state := tender.LotState{ID: bidding.NewLotID(), Tender: s.tender.ID, Tenderer: s.tenderer.Org, Agency: s.agency.Org, Class: bidding.Production, RuleSet: law.ConstructionMandatory,
		Mode: mode, OpeningAt: canon.At(due), OpeningTimes: []canon.Time{canon.At(due)}, Stage: tender.Submitting, Binding: canon.Sum([]byte("binding")),
		Kinds: []tender.PartRule{{Kind: seal.KindReadout, Moment: "opening", Required: true}, {Kind: seal.KindTechnical, Moment: "opening", Required: true}, {Kind: seal.KindPrice, Moment: "price", Required: true}}}
	if mode == law.BidderKey {
		state.DecryptWindowMS = (30 * time.Minute).Milliseconds()
	}
	s.lot = tender.RestoreLot(state, 5)
	for i := range bids {
		s.bids = append(s.bids, opening.Admitted{Bid: bidding.NewBidID(), Bidder: bidding.NewOrgID(), Name: fmt.Sprintf("投标人%d", i), Code: "91441900MA00000000",
			Version: 1, Statement: canon.Sum([]byte{byte(i)}), Arrival: canon.At(due.Add(-time.Millisecond))})
	}
	slices.SortFunc(s.bids, func(a, b opening.Admitted) int {
		if a.Bid.String() < b.Bid.String() {
			return -1
		}
		return 1
	})
	return s
}

func (s scene) freeze(t *testing.T, at time.Time) (*opening.Opening, opening.Outcome) {
	t.Helper()
	o, out, err := opening.Freeze(s.tender, s.lot, s.bids, s.platform, at)
	if err != nil {
		t.Fatal(err)
	}
	return o, out
}

func (s scene) rows(open int) []opening.Row {
	var rows []opening.Row
	for i, b := range s.bids {
		r := opening.Row{Bid: b.Bid.String(), Status: custody.Opened}
		if i >= open {
			r.Status, r.Reason = custody.NotDecrypted, opening.NoKeyRelease
		}
		rows = append(rows, r)
	}
	return rows
}

func replayed(t *testing.T, o *opening.Opening) {
	t.Helper()
	again := opening.Replay(slices.Values(o.Pending()))
	if !reflect.DeepEqual(again.Snapshot(), o.Snapshot()) || again.Version() != o.Version() {
		t.Fatalf("replay differs:\n%+v\n%+v", again.Snapshot(), o.Snapshot())
	}
	for _, e := range o.Pending() {
		raw, err := canon.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := opening.DecodeEvent(e.EventType(), raw); err != nil || !reflect.DeepEqual(back, e) {
			t.Fatalf("%s: %v", e.EventType(), err)
		}
	}
	raw, err := canon.Marshal(o.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	var row opening.State
	if err := canon.Unmarshal(raw, &row); err != nil || !reflect.DeepEqual(row, o.Snapshot()) {
		t.Fatalf("row does not come back: %v", err)
	}
}

func TestFreeze(t *testing.T) {
	t.Parallel()
	s := newScene(t, 3, law.Keyholders)
	if _, _, err := opening.Freeze(s.tender, s.lot, s.bids, s.platform, due.Add(-time.Millisecond)); !errors.Is(err, tender.ErrTooSoon) {
		t.Fatalf("before the opening time: %v", err)
	}
	o, out := s.freeze(t, due)
	got := o.Snapshot()
	var statements []canon.Hash
	for _, b := range s.bids {
		statements = append(statements, b.Statement)
	}
	if got.Stage != opening.Frozen || got.Count != 3 || got.Root != custody.FreezeRoot(statements) || s.lot.Snapshot().Stage != tender.Sealed || out.Erase {
		t.Fatalf("%+v", got)
	}
	record, err := pki.ParseSigned[custody.Freeze](out.Documents[0].Signed)
	if err != nil || record.VerifyAll(s.platform.Certificate()) != nil || out.Documents[0].Hash != got.Freeze || record.Body.Check() != nil {
		t.Fatalf("freeze record: %v", err)
	}
	replayed(t, o)
	if _, _, err := opening.Freeze(s.tender, s.lot, s.bids, s.platform, due); !errors.Is(err, tender.ErrStage) {
		t.Errorf("a second freeze: %v", err)
	}
}

func TestFreezeRefusesALateBidInTheSet(t *testing.T) {
	t.Parallel()
	s := newScene(t, 3, law.Keyholders)
	s.bids[1].Arrival = canon.At(due)
	if _, _, err := opening.Freeze(s.tender, s.lot, s.bids, s.platform, due); err == nil {
		t.Error("a bid that arrived at the opening time was frozen")
	}
}

func TestFewerThanThree(t *testing.T) {
	t.Parallel()
	for bids := range 3 {
		s := newScene(t, bids, law.Keyholders)
		o, out := s.freeze(t, due)
		if o.Snapshot().Stage != opening.Failed || s.lot.Snapshot().Stage != tender.Failed || !out.Erase || len(out.Documents) != 2 {
			t.Fatalf("%d bids: %+v", bids, o.Snapshot())
		}
		order, err := pki.ParseSigned[custody.ErasureOrder](out.Documents[1].Signed)
		if err != nil || order.Body.Check() != nil || order.Body.Ground != o.Snapshot().Freeze || order.Body.Reason != custody.FewerThanThree {
			t.Fatalf("order: %v", err)
		}
		if err := o.Start(s.lot, due); !errors.Is(err, opening.ErrStage) {
			t.Errorf("started: %v", err)
		}
		if err := o.KeysErased(3); err != nil {
			t.Error(err)
		}
		if err := o.KeysErased(3); !errors.Is(err, opening.ErrStage) {
			t.Errorf("erased twice: %v", err)
		}
		replayed(t, o)
	}
}

func TestWindowOfModeB(t *testing.T) {
	t.Parallel()
	s := newScene(t, 3, law.BidderKey)
	o, _ := s.freeze(t, due.Add(time.Second))
	end := due.Add(30 * time.Minute)
	if !o.Snapshot().WindowEnd.Equal(end) {
		t.Fatalf("ends %v", o.Snapshot().WindowEnd)
	}
	for at, want := range map[time.Time]error{due.Add(-time.Millisecond): opening.ErrWindow, due: nil, end.Add(-time.Millisecond): nil, end: opening.ErrWindow} {
		if err := o.Snapshot().TakesKey(at); !errors.Is(err, want) {
			t.Errorf("%v: %v", at, err)
		}
	}
	if err := (opening.State{}).TakesKey(due); !errors.Is(err, opening.ErrNotFrozen) {
		t.Error(err)
	}
	if err := o.Start(s.lot, due.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := o.Publish(s.lot, canon.Hash{1}, s.rows(2), end.Add(-time.Millisecond)); !errors.Is(err, opening.ErrStage) {
		t.Errorf("published without a bidder whose window is open: %v", err)
	}
	if err := o.Suspend(s.supervisor, "来电0595-23881234反映故障", due.Add(5*time.Minute)); !errors.Is(err, privacy.ErrPersonal) {
		t.Errorf("a reason with a phone number: %v", err)
	}
	// A suspension of ten minutes makes the window longer by ten minutes, for all.
	if err := o.Suspend(bidding.SystemActor(), "平台故障", due.Add(5*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := o.Snapshot().TakesKey(due.Add(6 * time.Minute)); !errors.Is(err, opening.ErrSuspended) {
		t.Error(err)
	}
	if err := o.Publish(s.lot, canon.Hash{1}, s.rows(3), due.Add(6*time.Minute)); !errors.Is(err, opening.ErrSuspended) {
		t.Errorf("published while suspended: %v", err)
	}
	if err := o.Resume(s.supervisor, "身份证11010519491231002X的来访者", due.Add(15*time.Minute)); !errors.Is(err, privacy.ErrPersonal) {
		t.Errorf("a reason with an identity number: %v", err)
	}
	if err := o.Resume(s.supervisor, "故障排除", due.Add(15*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if want := end.Add(10 * time.Minute); !o.Snapshot().WindowEnd.Equal(want) {
		t.Errorf("ends %v, want %v", o.Snapshot().WindowEnd, want)
	}
	if err := o.Publish(s.lot, canon.Hash{1}, s.rows(2), end.Add(10*time.Minute)); err != nil {
		t.Error(err)
	}
	replayed(t, o)
	late := newScene(t, 3, law.BidderKey)
	o, _ = late.freeze(t, due.Add(time.Hour)) // the platform was down: bidders still have the whole window
	if !o.Snapshot().WindowEnd.Equal(due.Add(90 * time.Minute)) {
		t.Errorf("late freeze: ends %v", o.Snapshot().WindowEnd)
	}
}

func published(t *testing.T, s scene, open int) *opening.Opening {
	t.Helper()
	o, _ := s.freeze(t, due)
	if err := o.Start(s.lot, due); err != nil {
		t.Fatal(err)
	}
	if err := o.Publish(s.lot, canon.Hash{1}, s.rows(open), due.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestPublishHasEveryRow(t *testing.T) {
	t.Parallel()
	s := newScene(t, 4, law.Keyholders)
	o, _ := s.freeze(t, due)
	if err := o.Publish(s.lot, canon.Hash{1}, s.rows(4), due); !errors.Is(err, opening.ErrStage) {
		t.Errorf("before the start: %v", err)
	}
	if err := o.Start(s.lot, due); err != nil {
		t.Fatal(err)
	}
	if err := o.Publish(s.lot, canon.Hash{1}, s.rows(4)[:3], due); !errors.Is(err, opening.ErrStage) {
		t.Errorf("a row is missing: %v", err)
	}
	if err := o.Publish(s.lot, canon.Hash{1}, s.rows(3), due); err != nil {
		t.Fatal(err)
	}
	if got := o.Snapshot(); got.Opened != 3 || got.NotOpened != 1 || s.lot.Snapshot().Stage != tender.Opened {
		t.Errorf("%+v", got)
	}
	if err := o.Publish(s.lot, canon.Hash{1}, s.rows(4), due); !errors.Is(err, opening.ErrStage) {
		t.Errorf("published twice: %v", err)
	}
}

func TestRecordIsSignedByBothSides(t *testing.T) {
	t.Parallel()
	s := newScene(t, 3, law.Keyholders)
	o := published(t, s, 3)
	for _, step := range []struct {
		by     bidding.Actor
		record canon.Hash
		want   error
		stage  opening.Stage
	}{
		{s.strngr, canon.Hash{1}, opening.ErrRecord, opening.Published},
		{s.supervisor, canon.Hash{1}, opening.ErrRecord, opening.Published},
		{s.tenderer, canon.Hash{2}, opening.ErrRecord, opening.Published},
		{s.tenderer, canon.Hash{1}, nil, opening.Published},
		{s.tenderer, canon.Hash{1}, opening.ErrSigned, opening.Published},
		{s.agency, canon.Hash{1}, nil, opening.Recorded},
		{s.agency, canon.Hash{1}, opening.ErrSigned, opening.Recorded},
	} {
		if err := o.SignRecord(step.by, step.record); !errors.Is(err, step.want) || o.Snapshot().Stage != step.stage {
			t.Fatalf("%s: %v, %s", step.by.Role, err, o.Snapshot().Stage)
		}
	}
	replayed(t, o)
}

func TestCause(t *testing.T) {
	t.Parallel()
	s := newScene(t, 3, law.Keyholders)
	o := published(t, s, 1)
	cause := func(i int, why, as string) custody.Cause {
		return custody.Cause{Type: custody.TypeCause, Lot: s.lot.Snapshot().ID.String(), Bid: s.bids[i].Bid.String(), Cause: why, TreatedAs: as, Evidence: "窗口内未收到密钥"}
	}
	for _, c := range []struct {
		name string
		by   bidding.Actor
		in   custody.Cause
		want error
	}{
		{"operator", bidding.Actor{Role: bidding.Operator}, cause(1, "bidder", "revoked"), bidding.ErrForbidden},
		{"agency", s.agency, cause(1, "bidder", "revoked"), bidding.ErrForbidden},
		{"opened bid", s.tenderer, cause(0, "bidder", "revoked"), opening.ErrCause},
		{"bidder withdrawn", s.tenderer, cause(1, "bidder", "withdrawn"), opening.ErrCause},
		{"other revoked", s.tenderer, cause(1, "other", "revoked"), opening.ErrCause},
		{"with a phone number", s.tenderer, told(cause(1, "bidder", "revoked"), "已电话13800138000核实"), privacy.ErrPersonal},
		{"with an account", s.tenderer, told(cause(1, "bidder", "revoked"), "保证金账号：35001656807050001234"), privacy.ErrPersonal},
		{"bidder", s.tenderer, cause(1, "bidder", "revoked"), nil},
		{"again", s.tenderer, cause(1, "other", "withdrawn"), opening.ErrCauseKnown},
		{"other", s.tenderer, cause(2, "other", "withdrawn"), nil},
	} {
		if err := o.DetermineCause(c.by, c.in, canon.Hash{7}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	replayed(t, o)
}

func told(c custody.Cause, evidence string) custody.Cause {
	c.Evidence = evidence
	return c
}

func TestLaterMoment(t *testing.T) {
	t.Parallel()
	s := newScene(t, 3, law.Keyholders)
	release := func(moment string) custody.MomentRelease {
		l := s.lot.Snapshot()
		return custody.MomentRelease{Type: custody.TypeRelease, Class: string(l.Class), Tender: l.Tender.String(), Lot: l.ID.String(), Binding: l.Binding, Moment: moment, After: canon.Hash{1}}
	}
	o, _ := s.freeze(t, due)
	if err := o.ReleaseMoment(s.lot.Snapshot(), release("price"), canon.Hash{5}); !errors.Is(err, opening.ErrStage) {
		t.Errorf("before the publication: %v", err)
	}
	if o.Snapshot().Released("price") {
		t.Error("released before it was")
	}
	if err := o.Start(s.lot, due); err != nil {
		t.Fatal(err)
	}
	if err := o.Publish(s.lot, canon.Hash{1}, s.rows(3), due); err != nil {
		t.Fatal(err)
	}
	for _, m := range []string{"opening", "never"} {
		if err := o.ReleaseMoment(s.lot.Snapshot(), release(m), canon.Hash{5}); !errors.Is(err, opening.ErrMoment) {
			t.Errorf("%s: %v", m, err)
		}
	}
	if err := o.ReleaseMoment(s.lot.Snapshot(), release("price"), canon.Hash{5}); err != nil {
		t.Fatal(err)
	}
	if got := o.Snapshot(); !got.Released("price") || got.Moments[0].Seq != o.Version() {
		t.Errorf("%+v, version %d", got.Moments, o.Version())
	}
	if err := o.ReleaseMoment(s.lot.Snapshot(), release("price"), canon.Hash{5}); !errors.Is(err, opening.ErrMomentReleased) {
		t.Errorf("twice: %v", err)
	}
	replayed(t, o)
}

func TestStatusSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := opening.Status{KeyholdersMissing: 1, Keyholders: []opening.Holder{{Index: 1, Name: "甲", Done: true}, {Index: 2, Name: "乙", Why: "silent"}}, OfficersMissing: 2,
		Officers: []opening.Holder{{Index: 1, Name: "张"}, {Index: 2, Name: "李"}}}
	if got, want := s.Missing(), "还需 1 家密钥保管方（乙：silent）；还需 2 名解锁人（张、李）"; got != want {
		t.Errorf("got %s", got)
	}
}

func TestStreamOfALot(t *testing.T) {
	t.Parallel()
	if s := opening.Stream(bidding.NewLotID()); len(s) != 29 {
		t.Error(s)
	} else if _, err := bidding.ParseStreamID(s); err != nil {
		t.Error(err)
	}
}

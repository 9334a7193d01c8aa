package tender_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
)

var issued = time.Date(2025, 3, 3, 1, 0, 0, 0, time.UTC) // 09:00 in Shanghai

// world is a tender with the people around it.
type world struct {
	tenderer, agency, other, officer, operator, supervisor bidding.Actor
	tender                                                 tender.State
}

func person(role bidding.Role, org bidding.OrgID) bidding.Actor {
	return bidding.Actor{Person: bidding.NewPersonID(), Org: org, Role: role, Certificate: canon.Sum([]byte(org.String()), []byte(role))}
}

func newWorld(t *testing.T) world {
	t.Helper()
	w := world{tenderer: person(bidding.Tenderer, bidding.NewOrgID()), agency: person(bidding.Agency, bidding.NewOrgID()), other: person(bidding.Tenderer, bidding.NewOrgID()),
		officer: person(bidding.Officer, bidding.NewOrgID()), operator: person(bidding.Operator, bidding.NewOrgID()), supervisor: person(bidding.Supervisor, bidding.NewOrgID())}
	agency := tender.Party{Org: w.agency.Org, Name: "某招标代理有限公司"}
	td, err := tender.Create(w.tenderer, tender.New{Number: "E4419000001", Title: "某道路工程施工招标", Region: "441900", RuleSet: law.ConstructionMandatory}, bidding.Production,
		tender.Party{Org: w.tenderer.Org, Name: "某建设单位"}, &agency, issued)
	if err != nil {
		t.Fatal(err)
	}
	w.tender = td.Snapshot()
	return w
}

func lotOf() tender.NewLot {
	at := func(days int) canon.Time { return canon.At(issued.AddDate(0, 0, days)) }
	return tender.NewLot{Name: "第一标段", DocumentsFrom: at(0), DocumentsUntil: at(6), SubmitFrom: at(1), OpeningAt: at(25)}
}

func (w world) draft(t *testing.T) *tender.Lot {
	t.Helper()
	l, err := tender.DraftLot(w.tenderer, w.tender, 1, lotOf(), issued)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func officerKey(s tender.LotState, threshold, n int) custody.OfficerKey {
	k := custody.OfficerKey{Type: custody.TypeOfficerKey, Class: string(s.Class), Tender: s.Tender.String(), Lot: s.ID.String(), Threshold: threshold, PublicKey: tdh2.Generator()}
	for i := range n {
		k.Officers = append(k.Officers, custody.OfficerRef{Index: i + 1, Name: fmt.Sprintf("解锁人%d", i+1), Role: "tenderer", Certificate: canon.Sum([]byte{byte(i)})})
	}
	return k
}

var recordHash = canon.Sum([]byte("a record"))

func (w world) deal(l *tender.Lot) error {
	return l.DealOfficers(w.tenderer, officerKey(l.Snapshot(), 2, 3), recordHash)
}

func (w world) bind(l *tender.Lot, at time.Time) error {
	key := custody.KeyRecord{Key: bidding.NewKeyID().String(), Threshold: 2, PublicKey: tdh2.Generator(),
		Keyholders: []custody.KeyholderRef{{Index: 1, Name: "甲"}, {Index: 2, Name: "乙"}, {Index: 3, Name: "丙"}}}
	b := l.Binding(key, recordHash, []tender.Authority{{Role: bidding.Tenderer, Certificate: w.tenderer.Certificate}})
	hash, err := canon.HashOf(b)
	if err != nil {
		return err
	}
	return l.BindKey(w.tenderer, key, recordHash, b, hash, at)
}

func promise(s tender.LotState) law.Timetable {
	return law.Timetable{IssuedAt: canon.At(issued), DocumentsFrom: s.DocumentsFrom, DocumentsUntil: s.DocumentsUntil, SubmitFrom: s.SubmitFrom, Deadline: s.OpeningAt, OpeningAt: s.OpeningAt}
}

func postponement(s tender.LotState, by time.Duration) custody.Postponement {
	return custody.Postponement{Type: custody.TypePostponement, Class: string(s.Class), Tender: s.Tender.String(), Lot: s.ID.String(), Binding: s.Binding,
		Number: len(s.Postponements) + 1, OpeningFrom: s.OpeningAt, OpeningTo: canon.At(s.OpeningAt.Add(by)), Reason: "系统故障"}
}

func order(s tender.LotState, ground canon.Hash) *custody.ErasureOrder {
	if s.Keyholders == nil {
		return nil
	}
	return &custody.ErasureOrder{Class: string(s.Class), Tender: s.Tender.String(), Lot: s.ID.String(), Binding: s.Binding, Reason: custody.Terminated, Ground: ground}
}

func replayed(t *testing.T, history []bidding.Event, l *tender.Lot) {
	t.Helper()
	again := tender.ReplayLot(slices.Values(history))
	if !reflect.DeepEqual(again.Snapshot(), l.Snapshot()) || again.Version() != len(history) {
		t.Fatalf("replay differs:\n%+v\n%+v", again.Snapshot(), l.Snapshot())
	}
	for _, e := range history { // and through its stored form
		body, err := canon.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		back, err := tender.DecodeEvent(e.EventType(), body)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := canon.Marshal(back); err != nil || string(second) != string(body) {
			t.Fatalf("%s does not come back: %v", e.EventType(), err)
		}
	}
	raw, err := canon.Marshal(l.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	var s tender.LotState
	if err := canon.Unmarshal(raw, &s); err != nil || !reflect.DeepEqual(s, l.Snapshot()) {
		t.Fatalf("row does not come back: %v\n%+v\n%+v", err, s, l.Snapshot())
	}
}

// Random commands at random moments against a small model: no illegal stage is reached, none of the legal ones is refused, and the row
// is the fold of the events after every command.
func TestLotAgainstModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 7))
		w := newWorld(t)
		l := w.draft(t)
		m := model{stage: tender.Draft, opening: l.Snapshot().OpeningAt.Time}
		at := issued
		for range 60 {
			at = at.Add(time.Duration(r.IntN(40)) * time.Hour)
			name, want, got := m.command(r.IntN(13), w, l, at)
			if want != (got == nil) {
				t.Fatalf("seed %d, %s at %v in %s (suspended %v): model says %v, got %v", seed, name, at, m.stage, m.suspended, want, got)
			}
			var refusal *bidding.Refusal
			if got != nil && !errors.As(got, &refusal) {
				t.Fatalf("%s: not a refusal: %v", name, got)
			}
			s := l.Snapshot()
			if s.Stage != m.stage || s.Suspended != m.suspended || !s.OpeningAt.Equal(m.opening) {
				t.Fatalf("seed %d, after %s: %s/%v, model %s/%v", seed, name, s.Stage, s.Suspended, m.stage, m.suspended)
			}
		}
		replayed(t, l.Pending(), l)
	}
}

type model struct {
	stage                  tender.Stage
	suspended, dealt, tied bool
	opening                time.Time
}

func (m *model) is(stages ...tender.Stage) bool { return slices.Contains(stages, m.stage) }

func (m *model) command(n int, w world, l *tender.Lot, at time.Time) (name string, want bool, err error) {
	s := l.Snapshot()
	switch n {
	case 0:
		want = m.is(tender.Draft) && !m.tied
		err = w.deal(l)
		m.dealt = m.dealt || want
		return "deal", want, err
	case 1:
		want = m.is(tender.Draft) && m.dealt && !m.tied && at.Before(m.opening)
		err = w.bind(l, at)
		m.tied = m.tied || want
		return "bind", want, err
	case 2:
		// 20 days from the day of issue; documents 5 days
		want = m.is(tender.Draft) && m.tied && !at.Before(issued) && !law.DateOf(at).AddDate(0, 0, 20).After(law.DateOf(m.opening)) && !law.DateOf(at).AddDate(0, 0, 5).After(law.DateOf(s.DocumentsUntil.Time))
		err = l.Announce(w.agency, promise(s), recordHash, at)
		if want {
			m.stage = tender.Announced
		}
		return "announce", want, err
	case 3:
		want = m.is(tender.Announced) && !at.Before(s.SubmitFrom.Time)
		err = l.OpenSubmission(at)
		if want {
			m.stage = tender.Submitting
		}
		return "open submission", want, err
	case 4:
		want = m.is(tender.Announced, tender.Submitting) && at.Add(tender.PostponeMargin).Before(m.opening)
		err = l.Postpone(w.tenderer, postponement(s, 30*time.Hour), recordHash, at)
		if want {
			m.opening = m.opening.Add(30 * time.Hour)
		}
		return "postpone", want, err
	case 5:
		want = m.is(tender.Announced, tender.Submitting) && !m.suspended && !at.Before(m.opening)
		err = l.Seal(recordHash, at)
		if want {
			m.stage = tender.Sealed
		}
		return "seal", want, err
	case 6:
		want = m.is(tender.Sealed) && !m.suspended
		err = l.BeginOpening(at)
		if want {
			m.stage = tender.Opening
		}
		return "begin", want, err
	case 7:
		want = m.is(tender.Opening)
		err = l.Opened(recordHash, at)
		if want {
			m.stage = tender.Opened
		}
		return "opened", want, err
	case 8:
		want = m.is(tender.Sealed)
		if at.Hour()%4 != 0 { // rarely, so that other paths are walked
			return "nothing", true, nil
		}
		err = l.Fail(recordHash, at)
		if want {
			m.stage = tender.Failed
		}
		return "fail", want, err
	case 9:
		if at.Hour()%6 != 0 {
			return "nothing", true, nil
		}
		want = m.is(tender.Draft, tender.Announced, tender.Submitting, tender.Sealed)
		err = l.Terminate(w.tenderer, "项目取消", recordHash, order(s, recordHash), recordHash, at)
		if want {
			m.stage = tender.Terminated
		}
		return "terminate", want, err
	case 10:
		want = m.is(tender.Announced, tender.Submitting, tender.Sealed) && !m.suspended
		err = l.Suspend(w.supervisor, "异议处理", at)
		m.suspended = m.suspended || want
		return "suspend", want, err
	case 11:
		want = m.suspended
		err = l.Resume(w.tenderer, "异议已答复", at)
		m.suspended = m.suspended && !want
		return "resume", want, err
	default:
		return "stranger", false, l.Suspend(w.other, "无关单位", at)
	}
}

func announced(t *testing.T, w world) *tender.Lot {
	t.Helper()
	l := w.draft(t)
	for _, err := range []error{w.deal(l), w.bind(l, issued), l.Announce(w.tenderer, promise(l.Snapshot()), recordHash, issued)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func TestOnlyTheTendererDecides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, by := range []bidding.Actor{w.other, w.officer, w.operator, person(bidding.Bidder, w.tenderer.Org), person(bidding.Agency, w.tenderer.Org), {}} {
		l := announced(t, w)
		s := l.Snapshot()
		for name, err := range map[string]error{
			"draft":     second(tender.DraftLot(by, w.tender, 2, lotOf(), issued)),
			"deal":      w.draft(t).DealOfficers(by, officerKey(s, 2, 3), recordHash),
			"announce":  w.draft(t).Announce(by, promise(s), recordHash, issued),
			"postpone":  l.Postpone(by, postponement(s, time.Hour), recordHash, issued),
			"terminate": l.Terminate(by, "项目取消", recordHash, order(s, recordHash), recordHash, issued),
			"suspend":   l.Suspend(by, "异议处理", issued),
			"resume":    l.Resume(by, "异议处理", issued),
		} {
			if !errors.Is(err, bidding.ErrForbidden) {
				t.Errorf("%s by %s: %v", name, by.Role, err)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestPostponementMustFit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[string]struct {
		change func(*custody.Postponement)
		want   error
	}{
		"number":      {func(p *custody.Postponement) { p.Number = 2 }, tender.ErrPostpone},
		"from":        {func(p *custody.Postponement) { p.OpeningFrom = canon.At(issued) }, tender.ErrPostpone},
		"advance":     {func(p *custody.Postponement) { p.OpeningTo = canon.At(p.OpeningFrom.Add(-time.Second)) }, tender.ErrPostpone},
		"same":        {func(p *custody.Postponement) { p.OpeningTo = p.OpeningFrom }, tender.ErrPostpone},
		"another lot": {func(p *custody.Postponement) { p.Lot = bidding.NewLotID().String() }, tender.ErrPostpone},
		"binding":     {func(p *custody.Postponement) { p.Binding = recordHash }, tender.ErrPostpone},
		"class":       {func(p *custody.Postponement) { p.Class = "rehearsal" }, bidding.ErrClass},
		"reason":      {func(p *custody.Postponement) { p.Reason = " " }, tender.ErrReason},
	} {
		l := announced(t, w)
		p := postponement(l.Snapshot(), time.Hour)
		c.change(&p)
		if err := l.Postpone(w.tenderer, p, recordHash, issued); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	l := announced(t, w)
	late := l.Snapshot().OpeningAt.Add(-tender.PostponeMargin)
	if err := l.Postpone(w.tenderer, postponement(l.Snapshot(), time.Hour), recordHash, late); !errors.Is(err, tender.ErrPostponeDue) {
		t.Errorf("at the margin: %v", err)
	}
	if err := l.Postpone(w.tenderer, postponement(l.Snapshot(), time.Hour), recordHash, late.Add(-time.Millisecond)); err != nil {
		t.Errorf("before the margin: %v", err)
	}
	if n := len(l.Snapshot().OpeningTimes); n != 2 {
		t.Errorf("%d published opening times", n)
	}
}

func TestKindsOfParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, kinds := range map[string][]tender.PartRule{
		"no read-out":          {{Kind: seal.KindBody, Moment: "opening", Required: true}},
		"read-out later":       {{Kind: seal.KindReadout, Moment: "later", Required: true}},
		"read-out not needed":  {{Kind: seal.KindReadout, Moment: "opening"}},
		"twice":                {{Kind: seal.KindReadout, Moment: "opening", Required: true}, {Kind: seal.KindReadout, Moment: "opening", Required: true}},
		"unknown":              {{Kind: seal.KindReadout, Moment: "opening", Required: true}, {Kind: "video", Moment: "opening"}},
		"moment not well said": {{Kind: seal.KindReadout, Moment: "opening", Required: true}, {Kind: seal.KindPrice, Moment: "After Technical"}},
	} {
		n := lotOf()
		n.Kinds = kinds
		if _, err := tender.DraftLot(w.tenderer, w.tender, 1, n, issued); !errors.Is(err, tender.ErrKinds) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNextDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.draft(t)
	if _, ok := l.Snapshot().NextDue(); ok {
		t.Error("a draft is due")
	}
	l = announced(t, w)
	s := l.Snapshot()
	if d, ok := s.NextDue(); !ok || d.What != tender.DueSubmission || !d.At.Equal(s.SubmitFrom.Time) {
		t.Errorf("announced: %+v", d)
	}
	if err := l.OpenSubmission(s.SubmitFrom.Time); err != nil {
		t.Fatal(err)
	}
	if d, ok := l.Snapshot().NextDue(); !ok || d.What != tender.DueOpening || !d.At.Equal(s.OpeningAt.Time) {
		t.Errorf("submitting: %+v", d)
	}
	if err := l.Suspend(w.supervisor, "异议处理", issued); err != nil {
		t.Fatal(err)
	}
	if _, ok := l.Snapshot().NextDue(); ok {
		t.Error("a suspended lot is due to open")
	}
}

func TestUnknownEventPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	tender.ReplayLot(slices.Values([]bidding.Event{tender.Created{}}))
}

package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/opening"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/seal"
	"sunbid/storage/postgres"
	"sunbid/web/api"
	"sunbid/web/problem"
)

// TestStagesOnTheServer puts a lot into every stage, in a real database, and sends every request of the table to the running server as
// every role: a denied one is refused, with its code wherever a form is enough to reach the rule, and changes nothing; an allowed one is
// not refused for its role or stage.
func TestStagesOnTheServer(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	tokens, actors := map[bidding.Role]string{}, map[bidding.Role]bidding.Actor{}
	for i, role := range roles()[1:] {
		c, token := b.login(t, i+1, role)
		me, err := c.Me(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		tokens[role] = token
		actors[role] = me.Actor
	}
	send := func(row api.Row, lot bidding.LotID, role bidding.Role) (int, *problem.Problem) {
		path := strings.NewReplacer("{id}", lot.String(), "{bid}", bidding.NewBidID().String()).Replace(row.Path)
		body, _ := formOf(row)
		if strings.HasSuffix(path, "/task") || strings.HasSuffix(path, "/stanza") {
			path += "?kind=" + string(seal.KindReadout)
		}
		req := b.request(t, row.Method, path, body)
		req.Header.Set("Content-Type", row.Body.Type)
		req.Header.Set("Idempotency-Key", bidding.NewUploadID().String())
		if tokens[role] != "" {
			req.Header.Set("Authorization", "Bearer "+tokens[role])
		}
		return b.send(t, req)
	}
	for i, stage := range api.Stages() {
		lot := b.lotAt(t, stage, i+1, actors)
		var allowed []func()
		before := b.state(t, lot)
		for _, row := range api.Access() {
			if row.During == nil {
				continue
			}
			want := row.During(stage)
			for _, role := range roles() {
				name := fmt.Sprintf("%s %s as %s at %s", row.Method, row.Path, role, stage.Name)
				if slices.Contains(row.Roles, role) && want == nil {
					allowed = append(allowed, func() {
						status, p := send(row, lot, role)
						if status == http.StatusUnauthorized || status == http.StatusInternalServerError ||
							p != nil && (p.Code == bidding.ErrForbidden.Code || codeOfStage(p.Code)) {
							t.Errorf("%s: %d %+v\n%s", name, status, p, b.log)
						}
					})
					continue
				}
				status, p := send(row, lot, role)
				_, reaches := formOf(row)
				switch {
				case p == nil:
					t.Errorf("%s: %d", name, status)
				case role == bidding.Public && p.Code != problem.ErrUnauthenticated.Code:
					t.Errorf("%s: %+v, want no session", name, p)
				case role != bidding.Public && !slices.Contains(row.Roles, role) && p.Code != bidding.ErrForbidden.Code:
					t.Errorf("%s: %+v, want forbidden", name, p)
				case slices.Contains(row.Roles, role) && reaches && p.Code != refusal(t, want).Code:
					t.Errorf("%s: %+v, want %v", name, p, want)
				}
			}
		}
		if after := b.state(t, lot); after != before {
			t.Errorf("at %s what was refused changed the lot: %s, was %s", stage.Name, after, before)
		}
		for _, ask := range allowed {
			ask()
		}
	}
}

func codeOfStage(code string) bool {
	return slices.ContainsFunc(stageRefusals(), func(r error) bool { return r.(*bidding.Refusal).Code == code })
}

func refusal(t *testing.T, err error) *bidding.Refusal {
	t.Helper()
	r, ok := err.(*bidding.Refusal)
	if !ok {
		t.Fatalf("%v is no refusal", err)
	}
	return r
}

// formOf is a body that the form of a row allows; reaches tells whether it is enough to reach the rule of stages. Signed records are read,
// and refused, before that: the domain is asked about them in TestStagesAgreeWithTheDomain.
func formOf(row api.Row) (body string, reaches bool) {
	switch path := strings.TrimPrefix(row.Path, "/api/v1/lots/{id}/"); path {
	case "suspend", "resume", "opening/suspend", "opening/resume":
		return `{"reason":"核查异议"}`, true
	case "uploads":
		return `{"kind":"readout","size":1048592,"chunks":1}`, true
	case "bind":
		return `{"authorities":[{"role":"tenderer","certificate":"` + canon.Hash{5}.String() + `"}]}`, true
	case "task", "bid/stanza":
		return "", true
	}
	return "{}", false
}

// state is the version and state of lot and opening as stored.
func (b *bundle) state(t *testing.T, id bidding.LotID) string {
	t.Helper()
	l, o, err := postgres.NewOpenings(b.db).Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal([]any{l, o})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// lotAt puts a lot of the actors into a stage. Its history is told to the stores directly, as in submitting.
func (b *bundle) lotAt(t *testing.T, stage api.Stage, n int, actors map[bidding.Role]bidding.Actor) bidding.LotID {
	t.Helper()
	by, at := actors[bidding.Tenderer], canon.At(b.clock.Now())
	tenders := postgres.NewTenders(b.db)
	id, tenderID := bidding.NewLotID(), bidding.NewTenderID()
	agency := tender.Party{Org: actors[bidding.Agency].Org, Name: "代理公司", Code: creditCode(3)}
	created := tender.Created{Tender: tender.State{ID: tenderID, Class: bidding.Rehearsal, Number: fmt.Sprintf("T-%d", n), Title: "滨河大桥施工", Region: "440100",
		Regime: law.Construction, RuleSet: law.RehearsalRules, Tenderer: tender.Party{Org: by.Org, Name: "城投公司", Code: creditCode(2)}, Agency: &agency, CreatedAt: at}}
	td := tender.Replay(slices.Values([]bidding.Event{created}))
	td.Loaded(0)
	td.Remember(created)
	if _, err := tenders.Create(t.Context(), by, at.Time, td); err != nil {
		t.Fatal(err)
	}
	due := canon.At(at.Add(time.Hour))
	if stage.Opening != "" {
		due = at
	}
	officer := tender.Seat{Index: 1, Name: "解锁人", Certificate: actors[bidding.Officer].Certificate}
	history := []bidding.Event{tender.Drafted{Lot: tender.LotState{
		ID: id, Tender: tenderID, Tenderer: by.Org, Agency: agency.Org, Number: 1, Name: "主体工程", Class: bidding.Rehearsal, RuleSet: law.RehearsalRules, Mode: law.Keyholders,
		Kinds:         []tender.PartRule{{Kind: seal.KindReadout, Moment: tender.OpeningMoment, Required: true}},
		DocumentsFrom: at, DocumentsUntil: at, SubmitFrom: at, OpeningAt: due, Stage: tender.Draft,
	}}}
	replay := func(last int) *tender.Lot {
		x := tender.ReplayLot(slices.Values(history))
		x.Loaded(len(history) - last)
		for _, e := range history[len(history)-last:] {
			x.Remember(e)
		}
		return x
	}
	if _, err := tenders.Draft(t.Context(), by, at.Time, tenderID, func(tender.State, int) (*tender.Lot, error) { return replay(1), nil }); err != nil {
		t.Fatal(err)
	}
	steps := []bidding.Event{
		tender.OfficersDealt{Lot: id, Officers: tender.Lock{Record: b.record(t, custody.TypeOfficerKey).Hash, Threshold: 1, Holders: []tender.Seat{officer}, Point: point(t).Bytes()}},
		tender.KeyBound{Lot: id, Key: bidding.NewKeyID().String(), Keyholders: tender.Lock{Record: canon.Hash{8}, Threshold: 1, Point: point(t).Bytes()}, Binding: canon.Hash{7}},
		tender.LotAnnounced{Lot: id, At: at, Findings: []law.Finding{}},
		tender.SubmissionOpened{Lot: id, At: at},
		tender.LotTerminated{Lot: id, At: at, Reason: "项目取消", Ground: canon.Hash{9}},
	}
	switch stage.Name {
	case "draft":
		steps = nil
	case "announced":
		steps = steps[:3]
	case "terminated":
	default:
		steps = steps[:4]
	}
	if len(steps) > 0 {
		history = append(history, steps...)
		if _, err := tenders.Update(t.Context(), by, at.Time, id, func(_ tender.State, _ int, x *tender.Lot) (tender.Side, error) {
			*x = *replay(len(steps))
			return tender.Side{}, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if stage.Opening == "" {
		return id
	}
	freeze, record := b.record(t, custody.TypeFreezeBlind), b.record(t, custody.TypeOpeningRecord)
	frozen := opening.BidsFrozen{Lot: id, Tender: tenderID, Tenderer: by.Org, Agency: agency.Org, Class: bidding.Rehearsal, Mode: law.Keyholders, Freeze: freeze.Hash,
		FrozenAt: at, OpeningAt: due, WindowEnd: due}
	more, own := []bidding.Event{tender.LotSealed{Lot: id, At: at, Freeze: freeze.Hash}}, []bidding.Event{frozen}
	switch stage.Lot {
	case tender.Failed:
		more, own = append(more, tender.LotFailed{Lot: id, At: at, Ground: freeze.Hash}), append(own, opening.OpeningFailed{Lot: id, Order: canon.Hash{6}})
	case tender.Terminated:
		more = append(more, tender.LotTerminated{Lot: id, At: at, Reason: "项目取消", Ground: canon.Hash{9}})
	case tender.Opening, tender.Opened:
		more, own = append(more, tender.OpeningBegun{Lot: id, At: at}), append(own, opening.Started{Lot: id, At: at})
	}
	if stage.Lot == tender.Opened {
		more, own = append(more, tender.LotOpened{Lot: id, At: at, Record: record.Hash}), append(own, opening.ResultsPublished{Lot: id, Record: record.Hash, At: at})
	}
	if stage.Opening == opening.Recorded {
		own = append(own, opening.RecordSigned{Lot: id, Record: record.Hash, Role: bidding.Tenderer}, opening.RecordSigned{Lot: id, Record: record.Hash, Role: bidding.Agency})
	}
	history = append(history, more...)
	if _, err := postgres.NewOpenings(b.db).Freeze(t.Context(), bidding.SystemActor(), at.Time, id, func(_ tender.State, l *tender.Lot, _ []opening.Admitted) (*opening.Opening, opening.Outcome, error) {
		*l = *replay(len(more))
		o := opening.Replay(slices.Values(own))
		o.Loaded(0)
		for _, e := range own {
			o.Remember(e)
		}
		return o, opening.Outcome{Documents: []bidding.Document{freeze, record}}, nil
	}); err != nil {
		t.Fatal(err)
	}
	if l, o, err := postgres.NewOpenings(b.db).Load(t.Context(), id); err != nil || l.Stage != stage.Lot || o.Stage != stage.Opening {
		t.Fatalf("%s is a lot in %q with an opening in %q: %v", stage.Name, l.Stage, o.Stage, err)
	}
	return id
}

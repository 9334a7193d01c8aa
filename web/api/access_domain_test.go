package api_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/party"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/custody/custodytest"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/web/api"
)

// errPast means that a command asked who acts, let the actor by, and went on to the store.
var errPast = errors.New("let by")

// Stores that stop a service where it would begin to work.
type (
	pastOpenings struct {
		opening.Store
		lot     tender.LotState
		opening opening.State
	}
	pastBids          struct{ bid.Bids }
	pastUploads       struct{ bid.Uploads }
	pastOrganisations struct{ party.Organisations }
	pastNotices       struct {
		notice.Notices
		subject notice.Subject
	}
	oneCertificate struct{ *pki.Certificate }
)

func (p pastOpenings) Load(context.Context, bidding.LotID) (tender.LotState, opening.State, error) {
	return p.lot, p.opening, nil
}
func (pastOpenings) Document(context.Context, canon.Hash) (bidding.Document, error) {
	return bidding.Document{}, errPast
}
func (p pastOpenings) Update(_ context.Context, _ bidding.Actor, _ time.Time, _ bidding.LotID, fn func(*tender.Lot, *opening.Opening) (opening.Outcome, error)) (bidding.Recorded, error) {
	if p.opening.Stage == "" {
		return bidding.Recorded{}, opening.ErrNotFrozen // as the store promises
	}
	_, err := fn(tender.RestoreLot(p.lot, 1), opening.Restore(p.opening, 1))
	return bidding.Recorded{}, err
}
func (pastBids) Window(context.Context, bidding.LotID) (bid.Window, error) {
	return bid.Window{}, errPast
}
func (pastBids) ReceiptFor(context.Context, bidding.OrgID, canon.Hash) (bid.Receipt, error) {
	return bid.Receipt{}, errPast
}
func (pastBids) Receipt(context.Context, bidding.OrgID, bidding.ReceiptID) (bid.Receipt, error) {
	return bid.Receipt{}, errPast
}
func (pastBids) Own(context.Context, bidding.OrgID, bidding.LotID) (bid.State, error) {
	return bid.State{}, errPast
}
func (pastUploads) Get(context.Context, bidding.OrgID, bidding.UploadID) (bid.Upload, error) {
	return bid.Upload{}, errPast
}
func (pastOrganisations) List(context.Context, party.Standing, string, int) ([]party.State, string, error) {
	return nil, "", errPast
}
func (p pastNotices) Publish(_ context.Context, _ bidding.Actor, _ time.Time, _ bidding.TenderID, _ bidding.LotID, fn func(notice.Subject) (*notice.Notice, bidding.Document, error)) (bidding.Recorded, error) {
	_, _, err := fn(p.subject)
	return bidding.Recorded{}, err
}
func (c oneCertificate) Find(context.Context, canon.Hash) (*pki.Certificate, error) {
	return c.Certificate, nil
}
func (oneCertificate) Judge(*pki.Certificate, pki.Usage, time.Time) error { return nil }

// rule is how the domain is asked who may do what a row is for; refusal is what it answers everybody else with.
type rule struct {
	refusal *bidding.Refusal
	ask     func(by bidding.Actor) error
}

// elsewhere are rows that need a session and whose rule about people is not the domain's, with who holds them.
func elsewhere() map[string]string {
	return map[string]string{
		"GET /api/v1/me":                       "tells a session who it is",
		"GET /api/v1/readiness":                "the platform's drills (cmd/sunbid/node)",
		"POST /api/v1/lots/{id}/drill":         "the platform's drills",
		"GET /api/v1/lots/{id}/drill":          "the platform's drills: sealed to the officer who asks",
		"POST /api/v1/lots/{id}/drill/answers": "the platform's drills: signed by the officer who answers",
	}
}

// TestRowsAgreeWithTheDomain holds the access table to the rules of bidding, which do not know it: whoever a row lets in the domain
// lets act on what is its own, and whoever a row keeps out the domain refuses too. So no permission hangs on the table alone, and none
// stands in the domain that nobody can use.
func TestRowsAgreeWithTheDomain(t *testing.T) {
	t.Parallel()
	w := newWho(t)
	rules := w.rules(t)
	for _, row := range api.Access() {
		name := row.Method + " " + row.Path
		if elsewhere()[name] != "" || slices.Contains(row.Roles, bidding.Public) {
			continue
		}
		r, ok := rules[name]
		if !ok {
			t.Errorf("%s: the domain is not asked", name)
			continue
		}
		delete(rules, name)
		for _, role := range roles()[1:] {
			err := r.ask(w.actors[role])
			if may, row := !errors.Is(err, r.refusal), slices.Contains(row.Roles, role); may != row {
				t.Errorf("%s as %s: the row says %v, the domain %v (%v)", name, role, row, may, err)
			}
		}
	}
	for name := range rules {
		t.Errorf("%s is no row", name)
	}
}

// who is one tender with a person in every role; each owns what such a person can own.
type who struct {
	actors  map[bidding.Role]bidding.Actor
	lot     tender.LotState
	opening opening.State
	signer  pki.Signer
}

func newWho(t *testing.T) *who {
	t.Helper()
	w := &who{actors: map[bidding.Role]bidding.Actor{}, signer: custodytest.NewParty(t, custodytest.NewCA(t, pki.Rehearsal), "签名人").Signer}
	for _, role := range roles()[1:] {
		w.actors[role] = bidding.Actor{Person: bidding.NewPersonID(), Org: bidding.NewOrgID(), Role: role, Certificate: canon.Sum([]byte(role))}
	}
	tenderer, agency := w.actors[bidding.Tenderer].Org, w.actors[bidding.Agency].Org
	w.lot = tender.LotState{ID: bidding.NewLotID(), Tender: bidding.NewTenderID(), Tenderer: tenderer, Agency: agency, Class: bidding.Rehearsal, Stage: tender.Draft,
		Officers: &tender.Lock{Holders: []tender.Seat{{Index: 1, Name: "解锁人", Certificate: w.actors[bidding.Officer].Certificate}}}}
	w.opening = opening.State{Lot: w.lot.ID, Tender: w.lot.Tender, Tenderer: tenderer, Agency: agency, Stage: opening.Frozen}
	return w
}

// rules asks the domain for every row that has a rule of people.
func (w *who) rules(t *testing.T) map[string]rule {
	t.Helper()
	all := map[string]rule{}
	for _, more := range []map[string]rule{w.partyRules(), w.tenderRules(), w.bidRules(), w.openingRules()} {
		for name, r := range more {
			all[name] = r
		}
	}
	all["POST /api/v1/notices"] = rule{bidding.ErrForbidden, w.notice(t)}
	return all
}

const (
	getLot  = "GET /api/v1/lots/{id}"
	postLot = "POST /api/v1/lots/{id}"
)

func (w *who) partyRules() map[string]rule {
	other, why := bidding.NewPersonID(), "资料不符"
	on := func(do func(o *party.Organisation, by bidding.Actor) error) rule {
		return rule{bidding.ErrForbidden, func(by bidding.Actor) error { return do(party.Restore(party.State{ID: by.Org}, 1), by) }}
	}
	const enrolment = "POST /api/v1/enrolments/{org}/"
	return map[string]rule{
		"POST /api/v1/me/certificates": on(func(o *party.Organisation, by bidding.Actor) error { return o.Renew(by, by.Person, nil, canon.Hash{}) }),
		"GET /api/v1/enrolments": {bidding.ErrForbidden, func(by bidding.Actor) error {
			_, _, err := party.NewService(pastOrganisations{}, nil, nil, bidding.Rehearsal, false).List(context.Background(), by, "", "", 1)
			return err
		}},
		enrolment + "approve": on(func(o *party.Organisation, by bidding.Actor) error { return o.Approve(by, other, nil) }),
		enrolment + "refuse":  on(func(o *party.Organisation, by bidding.Actor) error { return o.Refuse(by, other, why) }),
		enrolment + "grant":   on(func(o *party.Organisation, by bidding.Actor) error { return o.Grant(by, other, nil) }),
		enrolment + "suspend": on(func(o *party.Organisation, by bidding.Actor) error { return o.Suspend(by, why) }),
		enrolment + "resume":  on(func(o *party.Organisation, by bidding.Actor) error { return o.Resume(by, why) }),
	}
}

func (w *who) tenderRules() map[string]rule {
	now := time.Now()
	on := func(do func(l *tender.Lot, by bidding.Actor) error) rule {
		return rule{bidding.ErrForbidden, func(by bidding.Actor) error { return do(tender.RestoreLot(w.lot, 1), by) }}
	}
	tenderer, agency := tender.Party{Org: w.lot.Tenderer}, tender.Party{Org: w.lot.Agency}
	return map[string]rule{
		"POST /api/v1/tenders": {bidding.ErrForbidden, func(by bidding.Actor) error {
			_, err := tender.Create(by, tender.New{}, bidding.Rehearsal, tenderer, &agency, now)
			return err
		}},
		"POST /api/v1/tenders/{id}/lots": {bidding.ErrForbidden, func(by bidding.Actor) error {
			_, err := tender.DraftLot(by, tender.State{Tenderer: tenderer, Agency: &agency}, 1, tender.NewLot{}, now)
			return err
		}},
		getLot + "/check": {bidding.ErrForbidden, w.lot.Owned},
		postLot + "/officer-key": on(func(l *tender.Lot, by bidding.Actor) error {
			return l.DealOfficers(by, custody.OfficerKey{}, canon.Hash{})
		}),
		postLot + "/bind": on(func(l *tender.Lot, by bidding.Actor) error { return l.MayBind(by, now) }),
		postLot + "/announce": on(func(l *tender.Lot, by bidding.Actor) error {
			return l.Announce(by, l.Snapshot().Timetable(now), canon.Hash{}, now)
		}),
		postLot + "/postpone": on(func(l *tender.Lot, by bidding.Actor) error { return l.MayPostpone(by, custody.Postponement{}, now) }),
		postLot + "/terminate": on(func(l *tender.Lot, by bidding.Actor) error {
			return l.Terminate(by, "", canon.Hash{}, nil, canon.Hash{}, now)
		}),
		postLot + "/suspend": on(func(l *tender.Lot, by bidding.Actor) error { return l.Suspend(by, "", now) }),
		postLot + "/resume":  on(func(l *tender.Lot, by bidding.Actor) error { return l.Resume(by, "", now) }),
	}
}

// notice asks twice: an outage is the operator's to declare, an addendum the tenderer's and the agency's.
func (w *who) notice(t *testing.T) func(bidding.Actor) error {
	service := notice.NewService(pastNotices{subject: notice.Subject{Tender: w.lot.Tender, Class: bidding.Rehearsal, Tenderer: w.lot.Tenderer, Agency: w.lot.Agency}},
		oneCertificate{w.signer.Certificate()}, bidding.ClockFunc(time.Now), bidding.Rehearsal)
	return func(by bidding.Actor) error {
		var errs []error
		for _, kind := range []notice.Kind{notice.Outage, notice.Addendum} {
			signed, err := pki.Sign(notice.Record{Type: notice.RecordType, Class: bidding.Rehearsal, Tender: w.lot.Tender, Kind: kind}, w.signer)
			if err != nil {
				t.Fatal(err)
			}
			_, err = service.Publish(context.Background(), by, signed, nil)
			errs = append(errs, err)
		}
		if errors.Is(errs[0], bidding.ErrForbidden) {
			return errs[1]
		}
		return errs[0]
	}
}

func (w *who) bidRules() map[string]rule {
	service := bid.NewService(bid.Ports{Uploads: pastUploads{}, Bids: pastBids{}}, w.signer, bid.NewInFlight(), bidding.ClockFunc(time.Now), bid.Limits{})
	lot, upload, ctx := w.lot.ID, bidding.NewUploadID(), context.Background()
	is := func(refusal *bidding.Refusal, ask func(bidding.Actor) error) rule { return rule{refusal, ask} }
	return map[string]rule{
		postLot + "/uploads":       is(bidding.ErrForbidden, func(by bidding.Actor) error { return second(service.Begin(ctx, by, lot, seal.KindBody, 1, 1)) }),
		"GET /api/v1/uploads/{id}": is(bidding.ErrMissing, func(by bidding.Actor) error { return second(service.Get(ctx, by, upload)) }),
		"PUT /api/v1/uploads/{id}/parts/{n}": is(bidding.ErrMissing, func(by bidding.Actor) error {
			return second(service.AcceptPart(ctx, by, upload, 0, nil, nil, 0))
		}),
		"PUT /api/v1/uploads/{id}/front": is(bidding.ErrMissing, func(by bidding.Actor) error { return second(service.Seal(ctx, by, upload, nil)) }),
		postLot + "/bids":                is(bid.ErrNotOwn, func(by bidding.Actor) error { return second(service.Submit(ctx, by, lot, seal.SignedStatement{})) }),
		getLot + "/bid":                  is(bidding.ErrMissing, func(by bidding.Actor) error { return second(service.Own(ctx, by, lot)) }),
		"GET /api/v1/receipts/{id}":      is(bidding.ErrMissing, func(by bidding.Actor) error { return second(service.Receipt(ctx, by, bidding.NewReceiptID())) }),
	}
}

func second[T any](_ T, err error) error { return err }

func (w *who) openingRules() map[string]rule {
	service := opening.NewService(opening.Ports{Store: pastOpenings{lot: w.lot, opening: w.opening}}, w.signer, bidding.ClockFunc(time.Now), opening.DefaultSettings())
	lot, ctx, now := w.lot.ID, context.Background(), time.Now()
	on := func(refusal *bidding.Refusal, do func(o *opening.Opening, by bidding.Actor) error) rule {
		return rule{refusal, func(by bidding.Actor) error { return do(opening.Restore(w.opening, 1), by) }}
	}
	return map[string]rule{
		getLot + "/process": {bidding.ErrForbidden, func(by bidding.Actor) error { return second(service.Status(ctx, by, lot)) }},
		getLot + "/task":    {opening.ErrOfficer, func(by bidding.Actor) error { return second(service.Task(ctx, by, lot, seal.KindReadout, "", 0)) }},
		postLot + "/partials": {opening.ErrOfficer, func(by bidding.Actor) error {
			return service.AcceptPartials(ctx, by, lot, pki.Signed[custody.PartialsBatch]{})
		}},
		postLot + "/moments": {opening.ErrOfficer, func(by bidding.Actor) error {
			return service.ReleaseMoment(ctx, by, lot, pki.Signed[custody.MomentRelease]{})
		}},
		getLot + "/bid/stanza": {opening.ErrNotInSet, func(by bidding.Actor) error { return second(service.Stanza(ctx, by, lot, seal.KindReadout)) }},
		postLot + "/bid/key-release": {opening.ErrNotInSet, func(by bidding.Actor) error {
			return service.KeyRelease(ctx, by, lot, pki.Signed[custody.KeyRelease]{})
		}},
		postLot + "/opening/suspend": {bidding.ErrForbidden, func(by bidding.Actor) error { return service.Suspend(ctx, by, lot, "存储故障") }},
		postLot + "/opening/resume":  {bidding.ErrForbidden, func(by bidding.Actor) error { return service.Resume(ctx, by, lot, "故障排除") }},
		postLot + "/bids/{bid}/cause": on(bidding.ErrForbidden, func(o *opening.Opening, by bidding.Actor) error {
			return o.DetermineCause(by, custody.Cause{}, canon.Hash{})
		}),
		getLot + "/archive": {bidding.ErrForbidden, func(by bidding.Actor) error { return second(service.ArchiveFile(ctx, by, lot)) }},
		postLot + "/archive": on(bidding.ErrForbidden, func(o *opening.Opening, by bidding.Actor) error {
			return o.DealArchive(by, custody.ArchiveKey{}, canon.Hash{}, now)
		}),
		postLot + "/archive/erasure": on(bidding.ErrForbidden, func(o *opening.Opening, by bidding.Actor) error {
			return o.OrderErasure(by, w.lot, custody.ErasureOrder{}, canon.Hash{})
		}),
		postLot + "/record/signatures": on(opening.ErrRecord, func(o *opening.Opening, by bidding.Actor) error { return o.SignRecord(by, canon.Hash{}) }),
	}
}

package postgres_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/party"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/storage/objects"
	"sunbid/storage/postgres"
)

func TestFsckFindsWhatWasChanged(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"a lot's state":          `UPDATE lot SET state = replace(state::text, '标段', '标断')::json`,
		"a lot's stage":          `UPDATE lot SET stage = 'opened'`,
		"a version":              `UPDATE bid SET version = version + 1`,
		"a bid's bidder":         `UPDATE bid SET org = 'og_00000000000000000000000000'`,
		"a bid's state":          `UPDATE bid SET state = replace(state::text, '某建筑', '某某筑')::json`,
		"an event's envelope":    `UPDATE event SET envelope = replace(envelope::text, '某建筑', '某某筑')::json WHERE type = 'bid.submitted.v1'`,
		"an event removed":       `DELETE FROM event WHERE type = 'bid.submitted.v1'`,
		"a bid removed":          `DELETE FROM bid`,
		"a receipt removed":      `DELETE FROM receipt`,
		"a statement removed":    `DELETE FROM statement`,
		"an admission taken":     `UPDATE bid SET admitted = false`,
		"a part removed":         `DELETE FROM sealed_part`,
		"a document changed":     `UPDATE document SET signed = replace(signed::text, 'nonce', 'nonsense')::json`,
		"a row of no record":     `INSERT INTO opening_row SELECT lot, 'bd_00000000000000000000000000', '{}' FROM lot`,
		"a part's object gone":   `UPDATE sealed_part SET objects = '[{"name":"none","version":"x","size":1}]'`,
		"a lot's opening time":   `UPDATE lot SET opening_at = opening_at + interval '1 hour'`,
		"a lot's next moment":    `UPDATE lot SET due_at = '2099-01-01'`,
		"a tender's title":       `UPDATE tender SET title = title || '二期'`,
		"a tender hidden":        `UPDATE tender SET published_at = NULL`,
		"a public status":        `UPDATE opening_status SET stage = 'published'`,
		"a lot's due moment":     `UPDATE lot SET due_at = '2001-01-01'`,
		"a publication's time":   `UPDATE tender SET published_at = published_at - interval '1 hour'`,
		"a certificate's holder": `UPDATE certificate SET org = 'og_00000000000000000000000000'`,
		"a status's stage":       `UPDATE opening_status SET stage = 'failed'`,
		"a notice's kind":        `UPDATE notice SET kind = 'x'`,
		"a public price":         `UPDATE opening_row SET body = replace(body::text, 'price-1', 'price-2')::json`,
		"a public row removed":   `DELETE FROM opening_row`,
		"an object's size wrong": `UPDATE sealed_part SET objects = replace(objects::text, '"size":29', '"size":30')::json`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s := w.announced(tender.Submitting)
			b := newBidder()
			must(s.submit(t.Context(), b, now(), s.part(b, "readout")))(t)
			admitted := must(s.freeze(t.Context()))(t)
			if name != "a lot's stage" && name != "a public status" { // which are to be changed into this one
				s.publish(admitted)
			}
			w.enrolled()
			s.noticed()
			w.sound()
			if tag := must(w.owner().Exec(t.Context(), sql))(t); tag.RowsAffected() == 0 {
				t.Fatal("nothing was changed")
			}
			if r := must(w.db.Fsck(t.Context(), w.objects))(t); len(r.Faults) == 0 {
				t.Error("nothing was found")
			}
		})
	}
}

// publish gives the results with a true record.
func (s *spine) publish(admitted []opening.Admitted) {
	t, at := s.w.t, canon.At(now())
	t.Helper()
	body := custody.OpeningRecord{Type: custody.TypeOpeningRecord, Lot: s.id.String(), OpeningAt: at, PublishedAt: at, Rows: []custody.Row{}}
	for _, a := range admitted {
		body.Rows = append(body.Rows, opening.Row{Bid: a.Bid.String(), Statement: a.Statement, Arrival: a.Arrival, Status: custody.NotDecrypted, Reason: "price-1"})
	}
	record := must(bidding.NewDocument(custody.TypeOpeningRecord, s.id, body, map[string]any{"body": body, "signatures": []any{}}))(t)
	must(s.w.openings.Update(t.Context(), bidding.SystemActor(), now(), s.id, func(l *tender.Lot, o *opening.Opening) (opening.Outcome, error) {
		s.history = append(s.history, tender.OpeningBegun{Lot: s.id, At: at}, tender.LotOpened{Lot: s.id, At: at, Record: record.Hash})
		*l = *s.lot(2)
		s.opening = append(s.opening, opening.Started{Lot: s.id, At: at},
			opening.ResultsPublished{Lot: s.id, Record: record.Hash, At: at, NotOpened: len(body.Rows)})
		*o = *opening.Replay(slices.Values(s.opening))
		happened(o, s.opening, 2)
		return opening.Outcome{Documents: []bidding.Document{record}, Rows: body.Rows}, nil
	}))(t)
}

// noticed publishes a notice.
func (s *spine) noticed() {
	t := s.w.t
	t.Helper()
	must(postgres.NewNotices(s.w.db).Publish(t.Context(), s.w.by, now(), s.tender.ID, s.id, func(notice.Subject) (*notice.Notice, bidding.Document, error) {
		id := bidding.NewNoticeID()
		d := s.w.record(notice.RecordType, s.id)
		history := []bidding.Event{notice.Published{Notice: id, Tender: s.tender.ID, Hash: d.Hash, At: canon.At(now()),
			Record: notice.Record{Notice: id, Tender: s.tender.ID, Lot: &s.id, Number: 1, Kind: "clarification"}}}
		n := notice.Replay(slices.Values(history))
		happened(n, history, 1)
		return n, d, nil
	}))(t)
}

// enrolled enrols an organisation of one person with one certificate.
func (w *world) enrolled() {
	w.t.Helper()
	history := []bidding.Event{party.Enrolled{Organisation: bidding.NewOrgID(), Class: bidding.Rehearsal, Code: "91440300MA5D000002", Person: party.Person{
		ID: bidding.NewPersonID(), Roles: []bidding.Role{bidding.Bidder}, Standing: party.Pending,
		Certificates: []party.Certificate{{Fingerprint: canon.Sum([]byte("one")), DER: []byte("der"), Standing: party.Active}}}}}
	must(postgres.NewOrganisations(w.db).Enrol(w.t.Context(), w.by, now(), "91440300MA5D000002", func(o *party.Organisation) (bidding.Document, error) {
		*o = *party.Replay(slices.Values(history))
		happened(o, history, 1)
		return w.record("sunbid/enrolment/v1", bidding.LotID{}), nil
	}))(w.t)
}

func TestFsckWantsRetention(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.announced(tender.Submitting)
	b := newBidder()
	p := s.part(b, "readout")
	r := must(w.objects.Put(t.Context(), "free", nothing{}, 0))(t)
	p.Objects[0].Name, p.Objects[0].Version, p.Objects[0].Size = string(r.Name), r.Version, 0
	must(w.owner().Exec(t.Context(), `UPDATE sealed_part SET objects = json_build_array(json_build_object('name', $1::text, 'version', $2::text, 'size', 0))`, "free", r.Version))(t)
	must(s.submit(t.Context(), b, now(), p))(t)
	if r := must(w.db.Fsck(t.Context(), w.objects))(t); len(r.Faults) != 1 {
		t.Errorf("%v", r.Faults)
	}
	if err := w.objects.Retain(t.Context(), objects.Ref{Name: "free", Version: r.Version}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w.sound()
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, errEOF }

// Personal data stands beside the log, and goes without a trace but that it was there.
func TestPartiesAndErasure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := postgres.NewOrganisations(w.db)
	id, fingerprint := bidding.NewOrgID(), canon.Sum([]byte("certificate"))
	person := party.Person{ID: bidding.NewPersonID(), Name: "王建国", Roles: []bidding.Role{bidding.Bidder}, Standing: party.Pending,
		Certificates: []party.Certificate{{Fingerprint: fingerprint, DER: []byte("der"), Standing: party.Active}}}
	enrolled := party.Enrolled{Organisation: id, Class: bidding.Rehearsal, Name: "某建筑公司", Code: "91440300MA5D000000", Person: person}
	history := []bidding.Event{enrolled}
	r := must(store.Enrol(t.Context(), w.by, now(), enrolled.Code, func(o *party.Organisation) (bidding.Document, error) {
		if !o.Snapshot().ID.IsZero() {
			t.Error("known before it enrolled")
		}
		*o = *party.Replay(slices.Values(history))
		happened(o, history, 1)
		return w.record("sunbid/enrolment/v1", bidding.LotID{}), nil
	}))(t)
	if body := string(r.Events[0].Envelope); contains(body, "王建国") || contains(body, "某建筑") {
		t.Error("personal data in the envelope: " + body)
	}
	w.sound()
	history = append(history, party.Approved{Organisation: id, Person: person.ID, Roles: person.Roles})
	must(store.Update(t.Context(), w.by, now(), id, func(o *party.Organisation) ([]bidding.Document, error) {
		*o = *party.Replay(slices.Values(history))
		happened(o, history, 1)
		return nil, nil
	}))(t)
	got := must(store.ByCertificate(t.Context(), fingerprint))(t)
	if got.ID != id || got.Standing != party.Active {
		t.Errorf("%+v", got)
	}
	if _, err := store.ByCertificate(t.Context(), canon.Sum([]byte("another"))); !errors.Is(err, bidding.ErrMissing) {
		t.Error(err)
	}
	if page, next, err := store.List(t.Context(), party.Active, "", 10); err != nil || len(page) != 1 || next != "" {
		t.Errorf("%v %q %v", page, next, err)
	}
	if page, _, err := store.List(t.Context(), party.Pending, "", 10); err != nil || len(page) != 0 {
		t.Errorf("%v %v", page, err)
	}
	if name, _, err := store.Bidder(t.Context(), id); err != nil || name != enrolled.Name {
		t.Errorf("%q %v", name, err)
	}
	if r := w.sound(); r.Erased != 0 {
		t.Errorf("%+v", r)
	}
	must(w.owner().Exec(t.Context(), `DELETE FROM payload WHERE kind = 'personal'`))(t)
	if r := w.sound(); r.Erased != 1 {
		t.Errorf("%+v", r)
	}
}

func TestOneCodeEnrolsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := postgres.NewOrganisations(w.db)
	const code = "91440300MA5D000001"
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			_, err := store.Enrol(t.Context(), w.by, now(), code, func(o *party.Organisation) (bidding.Document, error) {
				history := []bidding.Event{party.Enrolled{Organisation: bidding.NewOrgID(), Code: code, Person: party.Person{ID: bidding.NewPersonID(), Roles: []bidding.Role{}, Certificates: []party.Certificate{}}}}
				if known := o.Snapshot(); !known.ID.IsZero() {
					e := party.PersonEnrolled{Organisation: known.ID, Person: party.Person{ID: bidding.NewPersonID(), Roles: []bidding.Role{}, Certificates: []party.Certificate{}}}
					o.Remember(e) // the fold is the stage's; here only the serialisation counts
					return bidding.Document{}, errClosed
				}
				*o = *party.Replay(slices.Values(history))
				happened(o, history, 1)
				return w.record("sunbid/enrolment/v1", bidding.LotID{}), nil
			})
			if err != nil && !errors.Is(err, errClosed) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if page, _, err := store.List(t.Context(), "", "", 10); err != nil || len(page) != 1 {
		t.Errorf("%d organisations with one code (%v)", len(page), err)
	}
	w.sound()
}

package postgres_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/party"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
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
		"an object's size wrong": `UPDATE sealed_part SET objects = replace(objects::text, '"size":29', '"size":30')::json`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s := w.announced(tender.Submitting)
			b := newBidder()
			must(s.submit(t.Context(), b, now(), s.part(b, "readout")))(t)
			must(s.freeze(t.Context()))(t)
			w.sound()
			must(w.owner().Exec(t.Context(), sql))(t)
			if r := must(w.db.Fsck(t.Context(), w.objects))(t); len(r.Faults) == 0 {
				t.Error("nothing was found")
			}
		})
	}
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

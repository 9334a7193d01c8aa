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
	"sunbid/crypto/pki"
	"sunbid/storage/postgres"
	"sunbid/storage/storetest/fixture"
)

// TestFsckFindsWhatWasChanged: what fsck says of a change must name what was changed.
func TestFsckFindsWhatWasChanged(t *testing.T) {
	t.Parallel()
	whole := newWhole(t)
	for _, c := range []struct{ says, sql string }{
		{"lot.state of", `UPDATE lot SET state = replace(state::text, '标段', '标断')::json`},
		{"lot.stage of", `UPDATE lot SET stage = 'failed'`},
		{"lot.due_at of", `UPDATE lot SET due_at = '2001-01-01'`},
		{"bid.state of", `UPDATE bid SET state = replace(state::text, '某建筑', '某某筑')::json`},
		{"bid.admitted", `UPDATE bid SET admitted = false WHERE admitted`},
		{"bid.admitted of", `UPDATE bid SET admitted = true WHERE NOT admitted`},
		{"receipt.signed of", `UPDATE event SET envelope = replace(envelope::text, '某建筑', '某某筑')::json WHERE type = 'bid.submitted.v1'`},
		{"has no events", `DELETE FROM event WHERE type = 'bid.submitted.v1' AND stream = (SELECT bid FROM bid WHERE version = 1 LIMIT 1)`},
		{"stands where 1 is due", `DELETE FROM event WHERE type = 'lot.drafted.v1'`},
		{"event of a stream that has no row", `DELETE FROM bid`},
		{"receipt is missing for", `DELETE FROM receipt`},
		{"statement is missing for", `DELETE FROM statement`},
		{"statement.signed or", `UPDATE statement SET signed = regexp_replace(signed::text, '"binding":"..', '"binding":"00')::json`},
		{"statement.signed of", `UPDATE statement SET signed = regexp_replace(signed::text, '"sig":"..', '"sig":"00')::json`},
		{"receipt.signed of", `UPDATE receipt SET signed = regexp_replace(signed::text, '"sig":"..', '"sig":"00')::json`},
		{"attempt.signed of", `UPDATE attempt SET signed = convert_to(regexp_replace(convert_from(signed, 'UTF8'), '"binding":"..', '"binding":"00'), 'UTF8')`},
		{"attempt is missing for", `DELETE FROM attempt`},
		{"sealed_part is missing", `DELETE FROM sealed_part`},
		{"sealed_part.front of", `UPDATE sealed_part SET front = set_byte(front, octet_length(front) - 1, get_byte(front, octet_length(front) - 1) # 1)`},
		{"sealed_part.digest (or front) of", `UPDATE sealed_part SET front = set_byte(front, octet_length(front) - 70, get_byte(front, octet_length(front) - 70) # 1)`},
		{"sealed_part.objects", `UPDATE sealed_part SET objects = '[]'`},
		{"octets, not", `WITH p AS (UPDATE upload_piece SET size = size + 1) UPDATE sealed_part SET objects = replace(objects::text, '"size":65552', '"size":65553')::json`},
		{"no such object", `WITH p AS (UPDATE upload_piece SET object = replace(object, 'a', 'b')) UPDATE sealed_part SET objects = replace(replace(replace(objects::text, 'a', 'b'), 'nbme', 'name'), '"vbrsion', '"version')::json`},
		{"document.signed or", `UPDATE document SET signed = replace(signed::text, 'nonce', 'nonsense')::json`},
		{"document.signed of", `UPDATE document SET signed = regexp_replace(signed::text, '"sig":"..', '"sig":"00')::json`},
		{"has 1 signatures, 2 were made", `UPDATE document SET signed = regexp_replace(signed::text, ',\{"sig"[^}]*\}', '')::json WHERE type = 'sunbid/opening-record/v1'`},
		{"is missing", `DELETE FROM document WHERE type = 'sunbid/binding/v1'`},
		{"is wrong: the opening record", `UPDATE document SET signed = replace(signed::text, 'not-decrypted', 'not-decrypt')::json WHERE type = 'sunbid/opening-record/v1'`},
		{"is of no row of the record", `INSERT INTO opening_row SELECT lot, 'bd_00000000000000000000000000', '{}' FROM opening`},
		{"opening_row before its record", `INSERT INTO opening_row SELECT lot, 'bd_00000000000000000000000000', '{}' FROM lot`},
		{"opening_row.body of", `UPDATE opening_row SET body = replace(body::text, 'price-1', 'price-2')::json`},
		{"opening_row.body of", `DELETE FROM opening_row`},
		{"tender.published_at of", `UPDATE tender SET published_at = NULL`},
		{"opening_status.published_at of", `UPDATE opening_status SET published_at = NULL`},
		{"opening_status.opened of", `UPDATE opening_status SET opened = opened + 1`},
		{"certificate.org or certificate.person", `UPDATE certificate SET org = 'og_00000000000000000000000000' WHERE org IS NOT NULL`},
		{"certificate.org is not set", `UPDATE certificate SET org = NULL, person = NULL`},
		{"certificate ", `DELETE FROM certificate`},
		{"payload that no event names", `UPDATE event SET payload = NULL`},
		{"opening_batch.lot of", `UPDATE opening_batch SET lot = (SELECT lot FROM lot WHERE lot <> opening_batch.lot LIMIT 1)`},
		{"key_release is missing", `DELETE FROM key_release`},
		{"disclosure.body of", `UPDATE disclosure SET body = replace(body::text, '标段', '标断')::json`},
	} {
		t.Run(c.says+" "+c.sql[:min(len(c.sql), 40)], func(t *testing.T) {
			t.Parallel()
			whole.finds(t, c.says, c.sql)
		})
	}
}

// publish gives the results with a true record, signed by the platform.
func (s *spine) publish(admitted []opening.Admitted, out opening.Outcome) bidding.Document {
	s.w.t.Helper()
	return must(s.results(admitted, out))(s.w.t)
}

func (s *spine) results(admitted []opening.Admitted, out opening.Outcome) (bidding.Document, error) {
	t, at := s.w.t, canon.At(s.openingAt().Add(time.Second))
	t.Helper()
	frozen := s.opening[0].(opening.BidsFrozen)
	body := custody.OpeningRecord{Type: custody.TypeOpeningRecord, Class: pki.Rehearsal, Tender: s.tender.ID.String(), Lot: s.id.String(), Mode: custody.ModeKeyholders,
		Binding: s.binding, Freeze: frozen.Freeze, OpeningAt: s.openingAt(), PublishedAt: at, Rows: []custody.Row{}}
	for _, a := range admitted {
		body.Rows = append(body.Rows, opening.Row{Bid: a.Bid.String(), Bidder: custody.NamedBidder{Name: a.Name, Code: a.Code}, Statement: a.Statement,
			Arrival: a.Arrival, Status: custody.NotDecrypted, Reason: "price-1"})
	}
	record := must(pki.Sign(body, s.w.signer))(t)
	document := must(bidding.NewDocument(custody.TypeOpeningRecord, s.id, body, record))(t)
	out.Documents, out.Rows = []bidding.Document{document}, body.Rows
	_, err := s.w.openings.Update(t.Context(), bidding.SystemActor(), now(), s.id, func(l *tender.Lot, o *opening.Opening) (opening.Outcome, error) {
		s.history = append(s.history, tender.OpeningBegun{Lot: s.id, At: at}, tender.LotOpened{Lot: s.id, At: at, Record: document.Hash})
		*l = *s.lot(2)
		s.opening = append(s.opening, opening.Started{Lot: s.id, At: at},
			opening.ResultsPublished{Lot: s.id, Record: document.Hash, At: at, NotOpened: len(body.Rows)})
		*o = *opening.Replay(slices.Values(s.opening))
		happened(o, s.opening, 2)
		return out, nil
	})
	return document, err
}

// countersign adds the tenderer's signature to the record.
func (s *spine) countersign(record bidding.Document, by pki.Signer) {
	t := s.w.t
	t.Helper()
	full := must(pki.ParseSigned[custody.OpeningRecord](record.Signed))(t)
	if err := full.Add(by); err != nil {
		t.Fatal(err)
	}
	document := must(bidding.NewDocument(custody.TypeOpeningRecord, s.id, full.Body, full))(t)
	must(s.w.openings.Update(t.Context(), s.w.by, now(), s.id, func(_ *tender.Lot, o *opening.Opening) (opening.Outcome, error) {
		s.opening = append(s.opening, opening.RecordSigned{Lot: s.id, Record: document.Hash, Role: bidding.Tenderer, Signer: by.Certificate().Fingerprint()})
		*o = *opening.Replay(slices.Values(s.opening))
		happened(o, s.opening, 1)
		return opening.Outcome{Documents: []bidding.Document{document}}, nil
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
			Record: notice.Record{Type: notice.RecordType, Class: bidding.Rehearsal, SignedAt: canon.At(now()), Notice: id, Tender: s.tender.ID, Lot: &s.id, Number: 1, Kind: notice.Addendum}}}
		n := notice.Replay(slices.Values(history))
		happened(n, history, 1)
		return n, d, nil
	}))(t)
}

// enrolled enrols an organisation of one person with one certificate, and gives its signer.
func (w *world) enrolled(code string) (pki.Signer, bidding.OrgID) {
	w.t.Helper()
	signer, org := fixture.Signer(w.t, "深圳市建设局"), bidding.NewOrgID()
	w.enrol(code, org, signer.Certificate())
	return signer, org
}

func (w *world) enrol(code string, org bidding.OrgID, c *pki.Certificate) {
	w.t.Helper()
	record := w.record("sunbid/enrolment/v1", bidding.LotID{})
	history := []bidding.Event{party.Enrolled{Organisation: org, Class: bidding.Rehearsal, Code: code, Record: record.Hash, Person: party.Person{
		ID: bidding.NewPersonID(), Roles: []bidding.Role{bidding.Bidder}, Standing: party.Pending,
		Certificates: []party.Certificate{{Fingerprint: c.Fingerprint(), DER: c.DER(), Usage: party.Signing, Standing: party.Active}}}}}
	must(postgres.NewOrganisations(w.db).Enrol(w.t.Context(), w.by, now(), code, func(o *party.Organisation) (bidding.Document, error) {
		*o = *party.Replay(slices.Values(history))
		happened(o, history, 1)
		return record, nil
	}))(w.t)
}

func TestFsckWantsRetention(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.announced(tender.Submitting)
	b := newBidder()
	p := s.loosePart(b, "readout")
	must(s.submit(t.Context(), b, now(), p))(t)
	if r := must(w.db.Fsck(t.Context(), postgres.Look{Objects: w.objects}))(t); len(r.Faults) != 1 || !contains(r.Faults[0], "not under retention") {
		t.Errorf("%v", r.Faults)
	}
	if err := s.retain(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	w.sound()
}

// Personal data stands beside the log, and goes without a trace but that it was there.
func TestPartiesAndErasure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := postgres.NewOrganisations(w.db)
	certificate := fixture.Signer(t, "某建筑公司").Certificate()
	id, fingerprint := bidding.NewOrgID(), certificate.Fingerprint()
	person := party.Person{ID: bidding.NewPersonID(), Name: "王建国", Roles: []bidding.Role{bidding.Bidder}, Standing: party.Pending,
		Certificates: []party.Certificate{{Fingerprint: fingerprint, DER: certificate.DER(), Standing: party.Active}}}
	record := w.record("sunbid/enrolment/v1", bidding.LotID{})
	enrolled := party.Enrolled{Organisation: id, Class: bidding.Rehearsal, Name: "某建筑公司", Code: "91440300MA5D000000", Person: person, Record: record.Hash}
	history := []bidding.Event{enrolled}
	r := must(store.Enrol(t.Context(), w.by, now(), enrolled.Code, func(o *party.Organisation) (bidding.Document, error) {
		if !o.Snapshot().ID.IsZero() {
			t.Error("known before it enrolled")
		}
		*o = *party.Replay(slices.Values(history))
		happened(o, history, 1)
		return record, nil
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

package postgres_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/opening"
	"sunbid/bidding/party"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
	"sunbid/storage/embedded/pgtest"
	"sunbid/storage/objects"
	"sunbid/storage/postgres"
	"sunbid/storage/storetest/fixture"
	"sunbid/storage/translog"
)

// whole is a database with a row in every table that fsck reads, to be copied and spoilt.
type whole struct {
	objects objects.Store
}

const wholeName = "whole"

func newWhole(t *testing.T) whole {
	t.Helper()
	var x whole
	pgtest.NewFrom(t, wholeName+t.Name(), func(dsn string) error {
		if err := postgres.Migrate(t.Context(), dsn); err != nil {
			return err
		}
		w := newWorldAt(t, dsn)
		w.happen()
		w.sound()
		w.db.Close()
		x.objects = w.objects
		return nil
	})
	return x
}

// copied is the address of a copy of its own.
func (x whole) copied(t *testing.T) string {
	t.Helper()
	parent, _, _ := strings.Cut(t.Name(), "/")
	return pgtest.NewFrom(t, wholeName+parent, nil)
}

// finds changes a copy and wants fsck to say something about it.
func (x whole) finds(t *testing.T, says, sql string) {
	t.Helper()
	dsn := x.copied(t)
	conn := must(pgx.Connect(t.Context(), dsn))(t)
	must(conn.Exec(t.Context(), `SET session_replication_role = replica`))(t) // the owner's power: no trigger, no foreign key
	tag := must(conn.Exec(t.Context(), sql))(t)
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if tag.RowsAffected() == 0 {
		t.Fatal("nothing was changed")
	}
	x.says(t, fixture.Open(t, dsn), says)
}

// says wants fsck to say something of this.
func (x whole) says(t *testing.T, db *postgres.DB, says string) {
	t.Helper()
	r := must(db.Fsck(t.Context(), postgres.Look{Objects: x.objects, Octets: true}))(t)
	if !slices.ContainsFunc(r.Faults, func(f string) bool { return strings.Contains(f, says) }) {
		t.Errorf("nothing is said of %q: %q", says, r.Faults)
	}
}

// happen fills every table: a lot whose results are out, one that takes bids, a draft.
func (w *world) happen() {
	t := w.t
	t.Helper()
	w.announced(tender.Draft)
	open := w.announced(tender.Submitting)
	must(open.submit(t.Context(), newBidder(), now()))(t)
	s := w.announced(tender.Submitting)
	first, second, third := newBidder(), newBidder(), newBidder()
	must(s.submit(t.Context(), first, now(), s.part(first, "readout")))(t)
	body := s.part(first, "body")
	must(s.submit(t.Context(), first, now(), body, s.part(first, "readout")))(t)
	must(s.submit(t.Context(), second, now()))(t)
	must(s.submit(t.Context(), third, now()))(t)
	s.withdraw(third)
	s.loosePart(third, "body")
	st, of, err := s.statement(t.Context(), newBidder(), seal.ActionSubmit, body)
	if err != nil {
		t.Fatal(err)
	}
	at := now()
	attempt := bid.Attempt{Receipt: bidding.NewReceiptID(), Signed: st.Signed, Event: bid.AttemptRefused{
		Tender: s.tender.ID, Lot: s.id, Bidder: first.actor.Org, Act: "submit", Code: "test-closed", Statement: &st.Hash, Arrival: canon.At(at)}}
	must(w.bids.Refused(t.Context(), first.actor, at, attempt, func(r bidding.Recorded) (bid.Receipt, error) {
		return s.receipt(attempt.Receipt, st, of, at, "test-closed", r)
	}))(t)
	w.refusals(s)
	admitted := must(s.freeze(t.Context()))(t)
	w.answers(s, first, admitted, body)
	record := s.publish(admitted, opening.Outcome{})
	tenderer, _ := w.enrolled("91440300MA5D000002")
	s.countersign(record, tenderer)
	s.cause(admitted[1].Bid)
	s.noticed()
	s.contacted()
	log := translog.NewLog(w.db.App(), w.signer.Certificate(), bidding.Rehearsal)
	seq := must(translog.NewSequencer(log, w.objects, w.signer, fixture.Clock()))(t)
	must(seq.Round(t.Context()))(t)
	seq.Resign(t.Context())
}

// answers saves partial decryptions, a released key and an opened part.
func (w *world) answers(s *spine, b *bidder, admitted []opening.Admitted, body bid.SealedPart) {
	t := w.t
	t.Helper()
	if err := w.openings.SaveBatch(t.Context(), s.id, s.batch(1)); err != nil {
		t.Fatal(err)
	}
	id := admitted[slices.IndexFunc(admitted, func(a opening.Admitted) bool { return a.Bidder == b.actor.Org })].Bid
	r, e := s.keyRelease(id, body.Digest)
	must(w.openings.SaveKeyRelease(t.Context(), b.actor, now(), s.id, r, e, func(opening.State) error { return nil }))(t)
	p := opening.OpenedPart{Lot: s.id, Bid: id, Kind: "body", Digest: body.Digest, Key: []byte{1}, Length: 5, OpenedAt: canon.At(now())}
	if err := w.openings.SaveOpenedPart(t.Context(), p); err != nil {
		t.Fatal(err)
	}
}

// batch is signed; its proof, which the opening checks before it saves one, is none.
func (s *spine) batch(index int) opening.Batch {
	t := s.w.t
	t.Helper()
	body := custody.PartialsBatch{Type: custody.TypePartials, Class: pki.Rehearsal, Lot: s.id.String(), Lock: custody.LockT, Index: index, Kind: "readout",
		Moment: seal.MomentOpening, Proof: make(canon.Hex, 64), Items: []custody.PartialItem{{Bid: bidding.NewBidID().String(), Digest: canon.Sum([]byte{byte(index)}), Partial: s.keys.T}}}
	signed := must(pki.Sign(body, s.w.signer))(t)
	return opening.Batch{Hash: must(signed.Hash())(t), Lock: body.Lock, Index: index, Kind: seal.Kind(body.Kind), Moment: body.Moment, Signed: must(signed.Marshal())(t)}
}

// keyRelease is a bidder's released key with its event.
func (s *spine) keyRelease(id bidding.BidID, part canon.Hash) (opening.KeyRelease, opening.KeyReceived) {
	t := s.w.t
	t.Helper()
	signed := must(pki.Sign(custody.KeyRelease{Type: custody.TypeKeyRelease, Class: pki.Rehearsal, Lot: s.id.String(), Bid: id.String(), Digest: part,
		KB: make(canon.Hex, 32)}, s.w.signer))(t)
	return opening.KeyRelease{Bid: id, Digest: part, Signed: must(signed.Marshal())(t)},
		opening.KeyReceived{Lot: s.id, Bid: id, Digest: part, Record: must(signed.Hash())(t), At: canon.At(now())}
}

// key is an opening key of one keyholder, with its signed record for a lot.
func (w *world) key(lot bidding.LotID) (string, bidding.Document) {
	t := w.t
	t.Helper()
	commitments := must(tdh2.NewPolynomial(rand.Reader, 1))(t).Commitments()
	body := custody.KeyRecord{Type: custody.TypeKeyRecord, Class: pki.Rehearsal, Key: bidding.NewKeyID().String(), Threshold: 1, Ceremony: "test", MadeAt: canon.At(now()),
		Keyholders:  []custody.KeyholderRef{{Index: 1, Name: "密钥保管方", Certificate: w.signer.Certificate().Fingerprint()}},
		Commitments: commitments, PublicKey: commitments[0], Verification: []tdh2.Point{must(tdh2.VerificationShare(commitments, 1))(t)}}
	signed := must(pki.Sign(body, w.signer))(t)
	return body.Key, must(bidding.NewDocument(custody.TypeKeyRecord, lot, body, signed))(t)
}

// saidOnce are the columns that nothing else in the database speaks of, with who else would notice.
func saidOnce() map[string]string {
	return map[string]string{
		"event.id":                 "order of insertion",
		"event.salt":               "the log: the round's root is made of it (translog.Rederive)",
		"event.round":              "the log",
		"event.slot":               "the log",
		"payload.at":               "when it was stored",
		"document.at":              "when it was stored",
		"upload.expires_at":        "nothing is told of it",
		"upload_piece.at":          "bounded by nothing but the clock",
		"sealed_part.at":           "bounded by nothing but the clock",
		"opening_batch.id":         "order of insertion",
		"key_release.id":           "order of insertion",
		"opened_part.key":          "sealed: who downloads the part",
		"opened_part.content":      "who downloads the part",
		"opened_part.length":       "who downloads the part",
		"opened_part.reason":       "who downloads the part",
		"opened_part.opened_at":    "nothing is told of it",
		"notice_contact.erased_at": "when the owner erased it",
		"key_pool.at":              "the order in which keys are given away",
		"request_refused.id":       "order of insertion",
		"request_refused.role":     "roles change, and the row stays",
		"request_refused.endpoint": "nothing else is told of it",
		"request_refused.code":     "nothing else is told of it",
		"request_refused.at":       "the day is counted (refusal_day)",
		"refusal_day.more":         "what was only counted",
		"login_refused.code":       "nothing else is told of it",
		"login_refused.count":      "nothing else is told of it",
		"login_refused.last_at":    "the day is compared",
	}
}

// keyColumns name a row: with another one, its row is missing and a strange one is there.
func keyColumns() map[string]string {
	return map[string]string{
		"organisation.org": "has no events", "tender.tender": "has no events", "lot.lot": "has no events", "notice.notice": "has no events",
		"bid.bid": "has no events", "opening.lot": "has no events", "opening_status.lot": "opening_status of no opening",
		"opening_cause.lot": "opening_cause of no opening", "opening_row.lot": "opening_row before its record", "opening_row.bid": "is of no row of the record",
		"upload.upload": "sealed_part is missing for upload", "sealed_part.upload": "sealed_part is missing for upload",
		"upload_piece.upload": "sealed_part.objects of",
		"refusal_day.kind":    "refusal_day.kept", "refusal_day.org": "refusal_day is missing", "refusal_day.lot": "refusal_day is missing", "refusal_day.day": "refusal_day is missing",
		"request_refused.org": "refusal_day.kept",
	}
}

// Every column of every table that is written once for good: a change of it is found and named, or it is on the list of what is said once.
func TestFsckReadsEveryColumn(t *testing.T) {
	t.Parallel()
	x := newWhole(t)
	conn := must(pgx.Connect(t.Context(), x.copied(t)))(t)
	defer conn.Close(t.Context())
	type column struct{ Table, Name, Type string }
	rows := must(conn.Query(t.Context(), `SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'
		AND table_name NOT LIKE 'river\_%' AND table_name NOT LIKE 'log\_%' AND table_name NOT IN ('goose_db_version', 'command', 'web_secret') ORDER BY 1, 2`))(t)
	change := map[string]string{
		"text": `%[1]s || 'x'`, "integer": `%[1]s + 7`, "bigint": `%[1]s + 7`, "boolean": `NOT %[1]s`, "timestamp with time zone": `%[1]s + interval '1 hour'`,
		"date": `%[1]s + 1`, "json": `regexp_replace(%[1]s::text, '"([a-z_]+)":', '"x\1":')::json`, "bytea": `set_byte(%[1]s, 0, get_byte(%[1]s, 0) # 1)`, "ARRAY": `%[1]s || '{x}'`,
	}
	once, names := saidOnce(), keyColumns()
	tables := map[string][]column{}
	for _, c := range must(pgx.CollectRows(rows, pgx.RowToStructByPos[column]))(t) {
		name := c.Table + "." + c.Name
		if _, ok := once[name]; ok {
			delete(once, name)
			continue
		}
		tables[c.Table] = append(tables[c.Table], c)
	}
	for table, columns := range tables {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			dsn := x.copied(t)
			conn, db := must(pgx.Connect(t.Context(), dsn))(t), fixture.Open(t, dsn)
			defer conn.Close(context.WithoutCancel(t.Context()))
			run := func(sql string) pgconn.CommandTag { return must(conn.Exec(t.Context(), fmt.Sprintf(sql, table)))(t) }
			run(`SET session_replication_role = replica; CREATE SCHEMA kept; CREATE TABLE kept.%[1]s AS TABLE %[1]s`)
			for _, c := range columns {
				says := table + "." + c.Name
				if other, ok := names[says]; ok {
					says = other
				}
				to := fmt.Sprintf(change[c.Type], c.Name)
				tag := run(fmt.Sprintf(`UPDATE %%[1]s SET %[1]s = %[2]s WHERE ctid = (SELECT min(ctid) FROM %%[1]s WHERE %[1]s IS NOT NULL)`, c.Name, to))
				if tag.RowsAffected() != 1 {
					t.Errorf("%s has no value to change", c.Name)
				}
				x.says(t, db, says)
				run(`DELETE FROM %[1]s; INSERT INTO %[1]s OVERRIDING SYSTEM VALUE TABLE kept.%[1]s`)
			}
			if r := must(db.Fsck(t.Context(), postgres.Look{Objects: x.objects, Octets: true}))(t); len(r.Faults) > 0 {
				t.Errorf("put back: %q", r.Faults)
			}
		})
	}
	for name := range once {
		t.Errorf("%s is excused and is not there", name)
	}
}

// What is legal is sound: no false alarm.
func TestFsckKnowsWhatIsLegal(t *testing.T) {
	t.Parallel()
	for name, happens := range map[string]func(w *world){
		"a certificate known before its person enrols": func(w *world) {
			signer, org := fixture.Signer(w.t, "某保管方"), bidding.NewOrgID()
			if err := postgres.NewCertificates(w.db, nil).Add(w.t.Context(), signer.Certificate()); err != nil {
				w.t.Fatal(err)
			}
			w.enrol("91440300MA5D000003", org, signer.Certificate())
			state := must(postgres.NewOrganisations(w.db).ByCertificate(w.t.Context(), signer.Certificate().Fingerprint()))(w.t)
			if state.ID != org {
				w.t.Error("the certificate has no holder")
			}
		},
		"a certificate made known again after its person enrolled": func(w *world) {
			signer, _ := w.enrolled("91440300MA5D000004")
			if err := postgres.NewCertificates(w.db, nil).Add(w.t.Context(), signer.Certificate()); err != nil {
				w.t.Fatal(err)
			}
		},
		"two people with one certificate for encryption": func(w *world) {
			signer, org := w.enrolled("91440300MA5D000005")
			store := postgres.NewOrganisations(w.db)
			record := w.record("sunbid/enrolment/v1", bidding.LotID{})
			must(store.Update(w.t.Context(), w.by, now(), org, func(o *party.Organisation) ([]bidding.Document, error) {
				before := o.Snapshot()
				again := party.PersonEnrolled{Organisation: org, Record: record.Hash, Person: party.Person{ID: bidding.NewPersonID(), Roles: []bidding.Role{bidding.Bidder},
					Standing: party.Pending, Certificates: []party.Certificate{{Fingerprint: signer.Certificate().Fingerprint(), DER: signer.Certificate().DER(), Standing: party.Active}}}}
				before.People = append(before.People, again.Person)
				*o = *party.Restore(before, o.Version())
				o.Remember(again)
				return []bidding.Document{record}, nil
			}))(w.t)
		},
		"a draft that is terminated": func(w *world) {
			s := w.announced(tender.Draft)
			ground := w.record("sunbid/notice/v1", s.id)
			s.update(tender.Side{Documents: []bidding.Document{ground}}, tender.LotTerminated{Lot: s.id, At: canon.At(now()), Reason: "项目取消", Ground: ground.Hash})
		},
		"a draft that is suspended and resumed": func(w *world) {
			s := w.announced(tender.Draft)
			s.update(tender.Side{}, tender.LotSuspended{Lot: s.id, At: canon.At(now()), Reason: "异议"})
			s.update(tender.Side{}, tender.LotResumed{Lot: s.id, At: canon.At(now()), Reason: "异议已处理"})
		},
		"a record that joins an announced lot": func(w *world) {
			s := w.announced(tender.Announced)
			if err := w.tenders.SaveDocument(w.t.Context(), w.record(custody.TypeErased, s.id)); err != nil {
				w.t.Fatal(err)
			}
		},
		"a bid withdrawn and submitted again": func(w *world) {
			s, b := w.announced(tender.Submitting), newBidder()
			must(s.submit(w.t.Context(), b, now()))(w.t)
			s.withdraw(b)
			must(s.submit(w.t.Context(), b, now()))(w.t)
			must(s.freeze(w.t.Context()))(w.t)
		},
		"a freeze of nobody": func(w *world) { must(w.announced(tender.Submitting).freeze(w.t.Context()))(w.t) },
		"a file uploaded twice, and one that no statement names": func(w *world) {
			s, b := w.announced(tender.Submitting), newBidder()
			s.loosePart(b, "body")
			must(s.submit(w.t.Context(), b, now(), s.part(b, "readout")))(w.t)
		},
		"objects that a restore gave other versions": func(w *world) {
			s, b := w.announced(tender.Submitting), newBidder()
			p := s.part(b, "readout")
			must(s.submit(w.t.Context(), b, now(), p))(w.t)
			w.moved(p)
		},
		"a readiness drill": func(w *world) {
			s := w.announced(tender.Announced)
			must(postgres.NewDrills(w.db).Freeze(w.t.Context(), s.tender.ID, bidding.NewLotID(), canon.Sum([]byte("freeze")), now()))(w.t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			happens(w)
			w.sound()
		})
	}
}

// moved does what a restore into an empty store does: the same octets lie in another version, and the rows say so.
func (w *world) moved(p bid.SealedPart) {
	t, was := w.t, p.Objects[0]
	t.Helper()
	from := must(w.objects.Get(t.Context(), objects.Ref{Name: objects.Name(was.Name), Version: was.Version}, 0, -1))(t)
	defer from.Close()
	ref := must(w.objects.Put(t.Context(), objects.NewName(), from, was.Size))(t)
	p.Objects = []bid.Object{{Name: string(ref.Name), Version: ref.Version, Size: was.Size}}
	if err := (&spine{w: w}).retain(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	must(w.owner().Exec(t.Context(), `UPDATE upload_piece SET object = $1, version = $2`, p.Objects[0].Name, p.Objects[0].Version))(t)
	must(w.owner().Exec(t.Context(), `UPDATE sealed_part SET objects = $1`, must(canon.Marshal(p.Objects))(t)))(t)
	if r := w.sound(); r.Moved != 1 {
		t.Errorf("%+v", r)
	}
}

package postgres_test

import (
	"crypto/rand"
	"slices"
	"testing"

	"sunbid/bidding"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/storage/postgres"
)

// contacted publishes an addendum that brings a contact block.
func (s *spine) contacted() notice.Contacts {
	t := s.w.t
	t.Helper()
	contacts := must(notice.NewContacts(rand.Reader, notice.ContactBlock{Tenderer: notice.Contact{Person: "陈女士", Phone: "0595-23881234", Address: "永春县桃城镇环城路1号"}}))(t)
	commitment := must(contacts.Commitment())(t)
	must(postgres.NewNotices(s.w.db).Publish(t.Context(), s.w.by, now(), s.tender.ID, s.id, func(x notice.Subject) (*notice.Notice, bidding.Document, error) {
		record := notice.Record{Type: notice.RecordType, Class: bidding.Rehearsal, Notice: bidding.NewNoticeID(), Tender: s.tender.ID, Lot: &s.id, Kind: notice.Addendum,
			Number: x.Numbers + 1, Title: "联系方式变更", Text: "联系方式以本公告为准，其他内容不变。", SignedAt: canon.At(now()), Contact: &commitment}
		d := must(bidding.NewDocument(notice.RecordType, s.id, record, must(pki.Sign(record, s.w.signer))(t)))(t)
		n, err := notice.Publish(record, &contacts, x.Numbers, d, now())
		return n, d, err
	}))(t)
	return contacts
}

// The contact block is shown as it was committed to; another is shown to nobody and found, and one that the owner erased is gone for good.
func TestContactBlock(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql            string
		faults, erased int
	}{
		"changed": {`UPDATE notice_contact SET block = replace(block::text, '23881234', '23881235')::json`, 1, 0},
		"salted":  {`UPDATE notice_contact SET salt = sha256(salt)`, 1, 0},
		"removed": {`DELETE FROM notice_contact`, 1, 0},
		"erased":  {`UPDATE notice_contact SET salt = NULL, block = NULL, erased_at = now()`, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s := w.announced(tender.Submitting)
			contacts := s.contacted()
			w.sound()
			g := postgres.NewGazette(w.db, nil)
			if page := must(g.Tender(t.Context(), s.tender.ID))(t); len(page.Notices) != 1 || page.Notices[0].Contacts == nil || *page.Notices[0].Contacts != contacts {
				t.Fatalf("%+v", page.Notices)
			}
			must(w.owner().Exec(t.Context(), c.sql))(t)
			if list := must(g.Notices(t.Context(), s.id))(t); len(list) != 1 || list[0].Contacts != nil {
				t.Errorf("shown: %+v", list)
			}
			if r := must(w.db.Fsck(t.Context(), postgres.Look{Objects: w.objects}))(t); len(r.Faults) != c.faults || int(r.Erased) != c.erased {
				t.Errorf("%d erased, %v", r.Erased, r.Faults)
			}
		})
	}
}

// A finding of cause stands beside its row in the gazette, from the finding on, and nobody changes it unseen.
func TestCauseOfARow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.announced(tender.Submitting)
	for range 2 {
		b := newBidder()
		must(s.submit(t.Context(), b, now(), s.part(b, "readout")))(t)
	}
	admitted := must(s.freeze(t.Context()))(t)
	s.publish(admitted, opening.Outcome{})
	g := postgres.NewGazette(w.db, nil)
	rows, _, err := g.Rows(t.Context(), s.id, "", 10)
	if err != nil || len(rows) != 2 || rows[0].Cause != nil || rows[1].Cause != nil {
		t.Fatalf("before the finding: %+v %v", rows, err)
	}
	found := s.cause(rows[1].Bid)
	w.sound()
	rows, _, err = g.Rows(t.Context(), s.id, "", 10)
	if err != nil || rows[0].Cause != nil || rows[1].Cause == nil || rows[1].Cause.TreatedAs != custody.TreatedRevoked || rows[1].Cause.Record != found.Record {
		t.Errorf("after it: %+v %v", rows, err)
	}
	must(w.owner().Exec(t.Context(), `UPDATE opening_cause SET treated_as = 'withdrawn'`))(t)
	if r := must(w.db.Fsck(t.Context(), postgres.Look{Objects: w.objects}))(t); len(r.Faults) != 1 {
		t.Errorf("%v", r.Faults)
	}
}

// cause has the tenderer find out why a bid did not open.
func (s *spine) cause(id bidding.BidID) opening.CauseDetermined {
	t := s.w.t
	t.Helper()
	record := s.w.record(custody.TypeCause, s.id)
	found := opening.CauseDetermined{Lot: s.id, Bid: id, Cause: custody.CauseBidder, As: custody.TreatedRevoked, Record: record.Hash}
	must(s.w.openings.Update(t.Context(), bidding.SystemActor(), now(), s.id, func(_ *tender.Lot, o *opening.Opening) (opening.Outcome, error) {
		s.opening = append(s.opening, found)
		*o = *opening.Replay(slices.Values(s.opening))
		happened(o, s.opening, 1)
		return opening.Outcome{Documents: []bidding.Document{record}}, nil
	}))(t)
	return found
}

package procedure_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/notice"
	"sunbid/bidding/tender"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// After an outage the tenderer puts the opening back, and two of three keyholders (n−t+1) sign it. Bids stand: one sealed to the
// old time is opened as it is, one is replaced after the old time has passed, a new one joins (招标投标法 art. 23).
func postponed(t *testing.T, p *stacktest.Play) {
	s := announce(t, p, cast.Plan{}, 22*time.Second)
	old := s.keys.OpeningAt
	bidders := s.bids(100_00, 200_00)
	outage(s)

	order := s.postponement(old.Add(14*time.Second), "系统故障")
	later := order
	later.Body.OpeningTo = canon.At(old.Add(15 * time.Second))
	_, err := p.Hosts.Agency.Client.Postpone(t.Context(), s.lot.Lot, later, s.told(later.Body))
	s.refused(err, "record-not-signed")
	s.notices--
	told := s.told(order.Body)
	order = s.sign(order.Body, told)
	after, err := p.Hosts.Tenderer.Client.Postpone(t.Context(), s.lot.Lot, order, told)
	if err != nil {
		t.Fatal(err)
	}
	if !after.OpeningAt.Equal(order.Body.OpeningTo.Time) || len(after.OpeningTimes) != 2 {
		t.Errorf("after the postponement it opens at %v (%d times), want %v", after.OpeningAt, len(after.OpeningTimes), order.Body.OpeningTo)
	}
	s.shows("/lots/"+s.lot.Lot.String(), "已延期", "延期公告")
	for i := range 2 {
		p.StartOfficer(t, i, s.lot.Lot)
	}

	// The old time passes and nothing opens.
	time.Sleep(time.Until(old.Add(2 * time.Second)))
	if page := s.page(); page.Stage != tender.Submitting {
		t.Errorf("after the old opening time the lot is %s, want %s", page.Stage, tender.Submitting)
	}
	s.eventually("the log has the postponement", func(context.Context) error {
		if s.fetch(); !s.keys.OpeningAt.Equal(order.Body.OpeningTo.Time) {
			return fmt.Errorf("keys open at %v", s.keys.OpeningAt)
		}
		return nil
	})
	bidders[0].Desk.Lot = s.keys
	if err := bidders[0].SealReadout(t.Context(), cast.Offer{Price: 111_00, Days: 90, Security: "保函"}); err != nil {
		t.Fatal(err)
	}
	if _, err := bidders[0].HandIn(t.Context(), seal.ActionReplace, time.Now()); err != nil {
		t.Fatalf("replace after the old time: %v", err)
	}
	third := s.bid(300_00)
	rows := s.rows()
	s.wantPrice(rows, bidders[0], 111_00)
	s.wantPrice(rows, bidders[1], 200_00)
	s.wantPrice(rows, third, 300_00)
	if now := time.Now(); now.Before(order.Body.OpeningTo.Time) {
		t.Errorf("published at %v, before the new opening time %v", now, order.Body.OpeningTo)
	}
	s.recorded()
	t.Logf("bundle with a postponement:\n%s", s.bundle())
}

func (s *scene) postponement(to time.Time, why string) pki.Signed[custody.Postponement] {
	return pki.Signed[custody.Postponement]{Body: custody.Postponement{Type: custody.TypePostponement, Class: string(bidding.Rehearsal), Tender: s.lot.Tender.String(), Lot: s.lot.Lot.String(),
		Binding: s.keys.Binding, Number: 1, OpeningFrom: canon.At(s.keys.OpeningAt), OpeningTo: canon.At(to), Reason: why}}
}

// told is the notice that tells the bidders.
func (s *scene) told(p custody.Postponement) notice.Signed {
	s.Helper()
	return s.notice(s.p.Hosts.Tenderer, notice.Postponement, "一标段延期公告", "因系统故障，投标截止时间和开标时间顺延。已递交的投标文件继续有效，可以修改。",
		&notice.Change{From: p.OpeningFrom, To: p.OpeningTo})
}

// sign ties a postponement to its notice under the tenderer's key.
func (s *scene) sign(p custody.Postponement, told notice.Signed) pki.Signed[custody.Postponement] {
	s.Helper()
	var err error
	if p.Notice, err = told.Hash(); err != nil {
		s.Fatal(err)
	}
	signed, err := pki.Sign(p, s.p.Hosts.Tenderer.Who.Signer)
	if err != nil {
		s.Fatal(err)
	}
	return signed
}

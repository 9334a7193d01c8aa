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
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// A tender that is terminated with three bids in it: told by a signed notice, and the keys destroyed, so that nobody ever opens
// them (实施条例 art. 31).
func terminated(t *testing.T, p *stacktest.Play) {
	s := announce(t, p, cast.Plan{}, 30*time.Second)
	bidders := s.bids(100_00, 200_00, 300_00)
	told := s.notice(p.Hosts.Tenderer, notice.Termination, "一标段终止招标公告", "因规划调整，本次招标终止。已递交的投标文件不再打开，开标密钥予以销毁。", nil)
	ground, err := told.Hash()
	if err != nil {
		t.Fatal(err)
	}
	order := custody.ErasureOrder{Type: custody.TypeErasureOrder, Class: string(bidding.Rehearsal), Tender: s.lot.Tender.String(), Lot: s.lot.Lot.String(),
		Binding: s.keys.Binding, Reason: custody.Terminated, Ground: ground}
	signed, err := pki.Sign(order, p.Hosts.Tenderer.Who.Signer)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Hosts.Tenderer.Client.Terminate(t.Context(), s.lot.Lot, "规划调整", told, nil)
	s.refused(err, "erasure-order-mismatch")
	after, err := p.Hosts.Tenderer.Client.Terminate(t.Context(), s.lot.Lot, "规划调整", told, &signed)
	if err != nil {
		t.Fatal(err)
	}
	if after.Stage != tender.Terminated {
		t.Errorf("stage %s", after.Stage)
	}
	s.erased()
	s.shows("/lots/"+s.lot.Lot.String()+"/opening", "已终止")
	s.shows("/tenders/"+s.lot.Tender.String(), "终止招标公告")
	late := s.bidder()
	if err := late.Seal(t.Context(), cast.Offer{Price: 1, Days: 1, Body: cast.FillerBody("x")}); err != nil {
		t.Fatal(err)
	}
	_, err = late.HandIn(t.Context(), seal.ActionSubmit, time.Now())
	s.refused(err, "bid-closed")
	s.closedBundle(append(bidders, late), "已终止招标")
}

// A lot that is suspended past its opening time is not opened; resumed, it is (实施条例 art. 22).
func suspended(t *testing.T, p *stacktest.Play) {
	s := announce(t, p, cast.Plan{}, 22*time.Second)
	for i := range 2 {
		p.StartOfficer(t, i, s.lot.Lot)
	}
	bidders := s.bids(100_00, 200_00, 300_00)
	if err := p.Hosts.Agency.Client.SuspendLot(t.Context(), s.lot.Lot, "处理异议"); err != nil {
		t.Fatal(err)
	}
	late := s.bidder()
	if err := late.Seal(t.Context(), cast.Offer{Price: 400_00, Days: 1, Body: cast.FillerBody("x")}); err != nil {
		t.Fatal(err)
	}
	if _, err := late.HandIn(t.Context(), seal.ActionSubmit, time.Now()); err != nil {
		t.Errorf("bids stay possible while a lot is suspended: %v", err)
	}
	time.Sleep(time.Until(s.keys.OpeningAt.Add(3 * time.Second)))
	if page := s.page(); !page.Suspended || page.Stage != tender.Submitting {
		t.Errorf("past its opening time a suspended lot is %s, suspended %v", page.Stage, page.Suspended)
	}
	s.shows("/lots/"+s.lot.Lot.String(), "暂停")
	if err := p.Hosts.Agency.Client.ResumeLot(t.Context(), s.lot.Lot, "异议已答复"); err != nil {
		t.Fatal(err)
	}
	rows := s.rows()
	for i, b := range append(bidders, late) {
		s.wantPrice(rows, b, bidding.Fen(i+1)*100_00)
	}
}

// recorded lets tenderer and agency sign the record, and waits until everything that opens at the opening is open.
func (s *scene) recorded() {
	s.Helper()
	raw, err := s.p.Hosts.Tenderer.Client.OpeningRecord(s.Context(), s.lot.Lot)
	if err != nil {
		s.Fatal(err)
	}
	record, err := pki.ParseSigned[custody.OpeningRecord](raw)
	if err != nil {
		s.Fatal(err)
	}
	for _, who := range []*cast.Person{s.p.Hosts.Tenderer, s.p.Hosts.Agency} {
		signed, err := pki.Sign(record.Body, who.Who.Signer)
		if err != nil {
			s.Fatal(err)
		}
		if err := who.Client.SignRecord(s.Context(), s.lot.Lot, signed.Signatures[0]); err != nil {
			s.Fatalf("sign the record: %v", err)
		}
	}
	s.eventually("bodies", func(ctx context.Context) error {
		status, err := s.p.Hosts.Tenderer.Client.Process(ctx, s.lot.Lot)
		if err == nil && status.Stage != "recorded" {
			err = fmt.Errorf("stage %s", status.Stage)
		}
		return err
	})
}

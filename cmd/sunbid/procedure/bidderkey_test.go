package procedure_test

import (
	"strings"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/tender"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// In mode B (限时解密) three of five bidders decrypt. The other two are published as not decrypted, and the tenderer determines why:
// one by its own cause is revoked (视为撤销), one by another's is withdrawn (视为撤回; 电子招标投标办法 art. 31).
func bidderKey(t *testing.T, p *stacktest.Play) {
	s := announce(t, p, cast.Plan{Mode: law.BidderKey, Window: 6 * time.Second}, 24*time.Second)
	for i := range 2 {
		p.StartOfficer(t, i, s.lot.Lot)
	}
	bidders := s.bids(100_00, 200_00, 300_00, 400_00, 500_00)
	_, err := bidders[0].Desk.Decrypt(t.Context(), "no-such-moment")
	if err != nil {
		t.Errorf("nothing to decrypt: %v", err)
	}
	time.Sleep(time.Until(s.keys.OpeningAt))
	for _, b := range bidders[:3] {
		if _, err := b.Desk.Decrypt(t.Context(), tender.OpeningMoment); err != nil {
			t.Errorf("%s decrypts: %v", b.Name, err)
		}
	}
	rows := s.rows()
	for i, b := range bidders[:3] {
		s.wantPrice(rows, b, bidding.Fen(i+1)*100_00)
	}
	for _, b := range bidders[3:] {
		if r := rows[b.Code]; r.Readout != nil || r.Reason != "no-key-release" {
			t.Errorf("row of %s, who never decrypted: %+v", b.Name, r)
		}
	}
	_, err = bidders[3].Desk.Decrypt(t.Context(), tender.OpeningMoment)
	s.refused(err, "decrypt-window-closed")
	if list, err := p.Hosts.Agency.Client.OpeningRows(t.Context(), s.lot.Lot, "", 10); err != nil || len(list.Causes) != 0 {
		t.Errorf("findings before there are any: %+v %v", list.Causes, err)
	}
	s.determine(rows[bidders[3].Code], custody.CauseBidder, custody.TreatedRevoked)
	s.determine(rows[bidders[4].Code], custody.CauseOther, custody.TreatedWithdrawn)
	s.recorded()
	s.shows("/lots/"+s.lot.Lot.String()+"/opening", "未解密", "视为撤销", "视为撤回", "投标人之外的原因")
	treated := map[string]string{}
	list, err := p.Hosts.Agency.Client.OpeningRows(t.Context(), s.lot.Lot, "", 10)
	for _, c := range list.Causes {
		if signed, err := p.Hosts.Agency.Client.Document(t.Context(), c.Record); err != nil || !strings.Contains(string(signed), c.TreatedAs) {
			t.Errorf("the signed finding of %s: %v", c.Bid, err)
		}
		treated[c.Bid.String()] = c.TreatedAs
	}
	if err != nil || len(treated) != 2 || treated[rows[bidders[3].Code].Bid] != custody.TreatedRevoked || treated[rows[bidders[4].Code].Bid] != custody.TreatedWithdrawn {
		t.Errorf("findings that the public reads: %v %v", treated, err)
	}
	t.Logf("bundle of mode B:\n%s", s.bundle())
}

func (s *scene) determine(row custody.Row, cause, treated string) {
	s.Helper()
	id, err := bidding.ParseBidID(row.Bid)
	if err != nil {
		s.Fatal(err)
	}
	signed, err := pki.Sign(custody.Cause{Type: custody.TypeCause, Lot: s.lot.Lot.String(), Bid: row.Bid, Cause: cause, TreatedAs: treated, Evidence: "现场核查记录。"}, s.p.Hosts.Tenderer.Who.Signer)
	if err != nil {
		s.Fatal(err)
	}
	if err := s.p.Hosts.Tenderer.Client.DetermineCause(s.Context(), s.lot.Lot, id, signed); err != nil {
		s.Errorf("cause %s: %v", cause, err)
	}
	// Sent again it is the same finding; another finding about the same bid is refused.
	if err := s.p.Hosts.Tenderer.Client.DetermineCause(s.Context(), s.lot.Lot, id, signed); err != nil {
		s.Errorf("the same cause again: %v", err)
	}
	signed.Body.Evidence = "另一份记录。"
	if signed, err = pki.Sign(signed.Body, s.p.Hosts.Tenderer.Who.Signer); err != nil {
		s.Fatal(err)
	}
	s.refused(s.p.Hosts.Tenderer.Client.DetermineCause(s.Context(), s.lot.Lot, id, signed), "cause-determined")
}

package procedure_test

import (
	"errors"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack/stacktest"
)

// A keyholder is down while the two others sign a postponement; it is back when the old time has passed, and one of the two is
// down then. The platform brings it the postponement, and the lot opens with the one that signed in time and the one that did not
// (crypto/SPEC.md section 7, rule 3).
func missed(t *testing.T, p *stacktest.Play) {
	s := announce(t, p, cast.Plan{}, 22*time.Second)
	old := s.keys.OpeningAt
	bidders := s.bids(100_00, 200_00, 300_00)
	if err := p.Keyholders[2].Kill(); err != nil {
		t.Fatal(err)
	}
	order := s.postponement(old.Add(10*time.Second), "系统故障")
	told := s.told(order.Body)
	order = s.sign(order.Body, told)
	if _, err := p.Hosts.Tenderer.Client.Postpone(t.Context(), s.lot.Lot, order, told); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		p.StartOfficer(t, i, s.lot.Lot)
	}
	time.Sleep(time.Until(old.Add(2 * time.Second)))
	if err := errors.Join(p.Keyholders[2].Start(), p.Keyholders[0].Kill()); err != nil {
		t.Fatal(err)
	}
	rows := s.rows()
	if err := p.Keyholders[0].Start(); err != nil {
		t.Fatal(err)
	}
	for i, b := range bidders {
		s.wantPrice(rows, b, bidding.Fen(100_00*(i+1)))
	}
}

package procedure_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/crypto/seal"
)

// One keyholder's clock is an hour behind, and then the platform's jumps ahead past the opening time. The platform freezes early, and
// nothing opens: keyholders and officers go by their own clocks. At the real time two keyholders do it without the one behind.
func clocks(t *testing.T, p *stacktest.Play) {
	s := announce(t, p, cast.Plan{}, 18*time.Second)
	if err := stack.SetClock(p.KeyholderClock(0), -time.Hour); err != nil {
		t.Fatal(err)
	}
	defer func() { // put right again for what follows, which makes the platform's jump back
		for _, file := range []string{p.KeyholderClock(0), p.PlatformClock()} {
			if err := stack.SetClock(file, 0); err != nil {
				t.Error(err)
			}
		}
	}()
	for i := range 2 {
		p.StartOfficer(t, i, s.lot.Lot)
	}
	bidders := s.bids(100_00, 200_00, 300_00)
	late := s.bidder()
	if err := late.Seal(t.Context(), cast.Offer{Price: 400_00, Days: 1, Body: cast.FillerBody("x")}); err != nil {
		t.Fatal(err)
	}
	opening := s.keys.OpeningAt
	if err := stack.SetClock(p.PlatformClock(), time.Until(opening)+2*time.Second); err != nil {
		t.Fatal(err)
	}
	t.Logf("the platform's clock jumps %.1f s before the opening time", time.Until(opening).Seconds())
	time.Sleep(time.Until(opening.Add(-2 * time.Second)))
	status, err := p.Hosts.Tenderer.Client.Process(t.Context(), s.lot.Lot)
	if err != nil {
		t.Fatal(err)
	}
	if status.Stage == "" || status.KeyholdersMissing == 0 || status.OfficersMissing == 0 {
		t.Errorf("with the platform's clock ahead and the real time not come: %+v", status)
	}
	t.Logf("platform ahead, 2 s before the real time: stage %s, %s", status.Stage, status.Missing())
	_, err = late.HandIn(t.Context(), seal.ActionSubmit, time.Now())
	s.refused(err, "bid-after-deadline")

	rows := s.rows()
	if now := time.Now(); now.Before(opening) {
		t.Errorf("published at %v, before the opening time %v", now, opening)
	}
	t.Logf("published %.2f s after the real opening time", time.Since(opening).Seconds())
	for i, b := range bidders {
		s.wantPrice(rows, b, bidding.Fen(i+1)*100_00)
	}
	for i, k := range p.Keyholders {
		log, err := os.ReadFile(k.Log)
		if err != nil {
			t.Fatal(err)
		}
		released := strings.Contains(string(log), `"msg":"release","lot":"`+s.lot.Lot.String())
		if i == 0 && released {
			t.Error("the keyholder whose clock is an hour behind released")
		}
		t.Logf("keyholder %d released: %v", i+1, released)
	}
}

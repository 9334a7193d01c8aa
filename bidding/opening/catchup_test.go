package opening_test

import (
	"context"
	"testing"

	"sunbid/bidding/law"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
)

func (h *holder) Postpone(_ context.Context, r custody.PostponeRequest) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, r)
	return nil
}

func (h *holder) knows() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.told)
}

// A keyholder that missed a postponement is brought it, with its signer's certificate, and serves then.
func TestWhoMissedAPostponementIsTold(t *testing.T) {
	t.Parallel()
	h := newHall(t, 4, law.Keyholders)
	s := h.lotState()
	h.certs[h.platform.Certificate().Fingerprint()] = h.platform.Certificate()
	s.Postponements = []canon.Hash{put(t, h, custody.Postponement{Type: custody.TypePostponement, Class: string(s.Class), Tender: s.Tender.String(), Lot: s.ID.String(),
		Binding: s.Binding, Number: 1, OpeningFrom: canon.At(due.AddDate(0, 0, -1)), OpeningTo: canon.At(due), Reason: "系统故障", Notice: canon.Sum([]byte("n"))})}
	h.lot = tender.RestoreLot(s, 5)
	for _, x := range h.holders[:2] { // of three; two must serve
		x.trouble = func(context.Context, int) error {
			if x.knows() == 0 {
				return custody.ErrFreezeTime
			}
			return nil
		}
	}
	h.holders[2].trouble = func(context.Context, int) error { return errDown }
	if err := <-h.begin(t, h.service(2), threshold); err != nil {
		t.Fatal(err)
	}
	h.check(t, 4)
	for _, x := range h.holders[:2] {
		if x.knows() == 0 || x.told[0].Postponement.Body.Number != 1 || len(x.told[0].Certificates) != 1 {
			t.Errorf("%s was told %+v", x.Name(), x.told)
		}
	}
}

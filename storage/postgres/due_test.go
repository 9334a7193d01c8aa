package postgres_test

import (
	"slices"
	"testing"

	"sunbid/bidding"
	"sunbid/bidding/notice"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
)

// A lot that was terminated never opens, whenever its opening time comes.
func TestATerminatedLotIsNotDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lot, later := w.announced(tender.Submitting), now().AddDate(0, 0, 1)
	if due := must(w.openings.Due(t.Context(), later, 10))(t); !slices.Contains(due, lot.id) {
		t.Fatalf("due: %v", due)
	}
	ground, order := w.record(notice.RecordType, lot.id), w.record(custody.TypeErasureOrder, lot.id)
	lot.update(tender.Side{Documents: []bidding.Document{ground, order}}, tender.LotTerminated{Lot: lot.id, At: canon.At(now()), Reason: "项目取消", Ground: ground.Hash, Order: order.Hash})
	if due := must(w.openings.Due(t.Context(), later, 10))(t); len(due) != 0 {
		t.Errorf("a terminated lot is due: %v", due)
	}
	if due := must(w.tenders.Due(t.Context(), later, 10))(t); len(due) != 0 {
		t.Errorf("something of a terminated lot is due: %v", due)
	}
	w.sound()
}

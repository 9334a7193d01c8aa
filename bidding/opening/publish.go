package opening

import (
	"context"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/tender"
	"sunbid/crypto/custody"
	"sunbid/crypto/seal"
)

// commit signs the opening record and publishes it: record, rows, event, stage and the jobs for the other parts in one transaction.
func (s *Service) commit(ctx context.Context, b *book, body custody.OpeningRecord, at time.Time) error {
	document, err := signed(custody.TypeOpeningRecord, b.lot.ID, body, s.platform)
	if err != nil {
		return err
	}
	out := Outcome{Documents: []bidding.Document{document}, Rows: body.Rows, Kinds: others(b.lot, tender.OpeningMoment)}
	_, err = s.store.Update(ctx, bidding.SystemActor(), at, b.lot.ID, func(l *tender.Lot, o *Opening) (Outcome, error) {
		return out, o.Publish(l, document.Hash, body.Rows, at)
	})
	return wrap("publish", b.lot.ID, err)
}

// others are the kinds of a moment that open as jobs.
func others(l tender.LotState, moment string) []seal.Kind {
	var kinds []seal.Kind
	for _, k := range l.Kinds {
		if k.Moment == moment && k.Kind != seal.KindReadout {
			kinds = append(kinds, k.Kind)
		}
	}
	return kinds
}

package api

import (
	"context"
	"net/http"

	"sunbid/bidding/tender"
	"sunbid/web/api/wire"
)

func (s *Server) suspendLot() {
	add(s, action{http.MethodPost, "/lots/{id}/suspend", "suspend-lot", "tender", "暂停标段", 200},
		func(ctx context.Context, in *onLot[wire.Reason]) (tender.LotState, error) {
			return s.services.Tenders.Suspend(ctx, in.actor(), in.Lot, in.Body.Reason)
		})
}

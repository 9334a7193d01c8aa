package api

import (
	"context"
	"net/http"

	"sunbid/bidding/tender"
	"sunbid/web/api/wire"
)

func (s *Server) resumeLot() {
	add(s, action{http.MethodPost, "/lots/{id}/resume", "resume-lot", "tender", "恢复标段", 200},
		func(ctx context.Context, in *onLot[wire.Reason]) (tender.LotState, error) {
			return s.services.Tenders.Resume(ctx, in.actor(), in.Lot, in.Body.Reason)
		})
}

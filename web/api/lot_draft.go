package api

import (
	"context"
	"net/http"

	"sunbid/bidding"
	"sunbid/bidding/tender"
)

func (s *Server) draftLot() {
	add(s, action{http.MethodPost, "/tenders/{id}/lots", "draft-lot", "tender", "建立标段", 201},
		func(ctx context.Context, in *struct {
			By
			Tender bidding.TenderID `path:"id"`
			Body   tender.NewLot
		}) (tender.LotState, error) {
			return s.services.Tenders.Draft(ctx, in.actor(), in.Tender, in.Body)
		})
}

package api

import (
	"context"
	"net/http"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/crypto/canon"
)

func (s *Server) checkLot() {
	add(s, action{http.MethodGet, "/lots/{id}/check", "check-lot", "tender", "按法定期限预检时间安排", 200},
		func(ctx context.Context, in *struct {
			By
			Lot bidding.LotID `path:"id"`
			At  canon.Time    `query:"at" doc:"as if announced then; default now"`
		}) ([]law.Finding, error) {
			at := in.At.Time
			if at.IsZero() {
				at = s.services.Clock.Now()
			}
			return s.services.Tenders.Check(ctx, in.actor(), in.Lot, at)
		})
}

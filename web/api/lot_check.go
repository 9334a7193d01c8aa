package api

import (
	"context"
	"net/http"

	"sunbid/bidding/law"
)

func (s *Server) checkLot() {
	add(s, action{http.MethodGet, "/lots/{id}/check", "check-lot", "tender", "按法定期限预检时间安排（如现在公告）", 200},
		func(ctx context.Context, in *ofLot) ([]law.Finding, error) {
			return s.services.Tenders.Check(ctx, in.actor(), in.Lot)
		})
}

package api

import (
	"context"
	"net/http"

	"sunbid/bidding/gazette"
)

func (s *Server) getOpening() {
	add(s, action{http.MethodGet, "/lots/{id}/opening/status", "get-opening-status", "public", "开标进展", 200},
		func(ctx context.Context, in *ofLot) (gazette.OpeningPage, error) {
			return s.services.Gazette.Opening(ctx, in.Lot)
		})
}

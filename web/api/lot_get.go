package api

import (
	"context"
	"net/http"

	"sunbid/bidding/gazette"
)

func (s *Server) getLot() {
	add(s, action{http.MethodGet, "/lots/{id}", "get-lot", "public", "标段", 200},
		func(ctx context.Context, in *ofLot) (gazette.LotPage, error) {
			return s.services.Gazette.Lot(ctx, in.Lot)
		})
}

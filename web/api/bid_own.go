package api

import (
	"context"
	"net/http"

	"sunbid/bidding/bid"
)

func (s *Server) getOwnBid() {
	add(s, action{http.MethodGet, "/lots/{id}/bid", "get-own-bid", "bid", "本单位的投标", 200},
		func(ctx context.Context, in *ofLot) (bid.State, error) {
			return s.services.Bids.Own(ctx, in.actor(), in.Lot)
		})
}

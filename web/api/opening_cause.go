package api

import (
	"context"
	"net/http"

	"sunbid/bidding"
	"sunbid/crypto/custody"
	"sunbid/web/api/wire"
	"sunbid/web/problem"
)

func (s *Server) determineCause() {
	add(s, action{http.MethodPost, "/lots/{id}/bids/{bid}/cause", "determine-cause", "opening", "认定未解密的原因（签名记录 sunbid/cause/v1）", 200},
		func(ctx context.Context, in *struct {
			By
			Lot     bidding.LotID `path:"id"`
			Bid     bidding.BidID `path:"bid"`
			RawBody []byte        `contentType:"application/json"`
		}) (wire.Done, error) {
			cause, err := signed[custody.Cause](in.RawBody)
			if err != nil {
				return wire.Done{}, err
			}
			if cause.Body.Bid != in.Bid.String() {
				return wire.Done{}, problem.ErrFields.With("记录中的投标编号与地址不一致")
			}
			return done(s.services.Openings.DetermineCause(ctx, in.actor(), in.Lot, cause))
		})
}

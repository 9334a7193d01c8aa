package api

import (
	"context"
	"net/http"

	"sunbid/bidding"
	"sunbid/web/api/wire"
)

func (s *Server) drill() {
	add(s, action{http.MethodPost, "/lots/{id}/drill", "drill", "centre", "开标演练检查", 200},
		func(ctx context.Context, in *struct {
			By
			Lot bidding.LotID `path:"id"`
		}) (wire.Done, error) {
			return done(s.services.Drills.Drill(ctx, in.actor(), in.Lot))
		})
}

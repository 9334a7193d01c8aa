package api

import (
	"context"
	"net/http"

	"sunbid/web/api/wire"
)

func (s *Server) suspendOpening() {
	add(s, action{http.MethodPost, "/lots/{id}/opening/suspend", "suspend-opening", "opening", "暂停开标", 200},
		func(ctx context.Context, in *onLot[wire.Reason]) (wire.Done, error) {
			return done(s.services.Openings.Suspend(ctx, in.actor(), in.Lot, in.Body.Reason))
		})
}

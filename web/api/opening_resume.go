package api

import (
	"context"
	"net/http"

	"sunbid/web/api/wire"
)

func (s *Server) resumeOpening() {
	add(s, action{http.MethodPost, "/lots/{id}/opening/resume", "resume-opening", "opening", "恢复开标", 200},
		func(ctx context.Context, in *onLot[wire.Reason]) (wire.Done, error) {
			return done(s.services.Openings.Resume(ctx, in.actor(), in.Lot, in.Body.Reason))
		})
}

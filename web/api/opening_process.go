package api

import (
	"context"
	"net/http"

	"sunbid/bidding/opening"
)

func (s *Server) getProcess() {
	add(s, action{http.MethodGet, "/lots/{id}/process", "get-process", "opening", "开标过程：到齐了谁，还缺谁", 200},
		func(ctx context.Context, in *ofLot) (opening.Status, error) {
			return s.services.Openings.Status(ctx, in.actor(), in.Lot)
		})
}

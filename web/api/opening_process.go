package api

import (
	"context"
	"net/http"

	"sunbid/web/api/wire"
)

func (s *Server) getProcess() {
	add(s, action{http.MethodGet, "/lots/{id}/process", "get-process", "opening", "开标过程：到齐了谁，还缺谁；开标之前：谁已就绪", 200},
		func(ctx context.Context, in *ofLot) (wire.Process, error) {
			status, err := s.services.Openings.Status(ctx, in.actor(), in.Lot)
			if err != nil || status.Stage != "" {
				return wire.Process{Status: status}, err
			}
			ready, err := s.services.Drills.OfLot(ctx, in.Lot)
			return wire.Process{Status: status, Readiness: ready}, err
		})
}

package api

import (
	"context"
	"errors"
	"net/http"

	"sunbid/bidding"
	"sunbid/web/api/wire"
)

func (s *Server) getReadiness() {
	add(s, action{http.MethodGet, "/readiness", "get-readiness", "centre", "密钥保管方是否就绪", 200},
		func(ctx context.Context, _ *struct{ By }) (wire.Readiness, error) {
			err := s.services.Drills.Ready(ctx)
			if r, refused := errors.AsType[*bidding.Refusal](bidding.FromCode(err)); refused {
				return wire.Readiness{Code: r.Code, Say: r.Say, Detail: r.Detail}, nil
			}
			return wire.Readiness{Ready: err == nil}, err
		})
}

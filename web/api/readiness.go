package api

import (
	"context"
	"net/http"

	"sunbid/web/api/wire"
)

func (s *Server) getReadiness() {
	add(s, action{http.MethodGet, "/readiness", "get-readiness", "centre", "密钥保管方和近期各标段解锁人是否就绪", 200},
		func(ctx context.Context, _ *struct{ By }) (wire.Readiness, error) {
			return s.services.Drills.Readiness(ctx)
		})
}

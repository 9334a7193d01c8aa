package api

import (
	"context"
	"net/http"

	"sunbid/web/api/wire"
)

func (s *Server) getCheckpoint() {
	add(s, action{http.MethodGet, "/log/checkpoint", "get-checkpoint", "public", "日志的最新检查点", 200},
		func(ctx context.Context, _ *struct{ By }) (wire.Record, error) {
			return s.services.Gazette.Checkpoint(ctx)
		})
}

package api

import (
	"context"
	"net/http"

	"sunbid/web/api/wire"
)

func (s *Server) getTrust() {
	add(s, action{http.MethodGet, "/trust", "get-trust", "public", "信任列表", 200},
		func(context.Context, *struct{ By }) (wire.Record, error) { return s.services.Trust.TrustList(), nil })
}

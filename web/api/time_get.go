package api

import (
	"context"
	"net/http"

	"sunbid/crypto/canon"
	"sunbid/web/api/wire"
)

func (s *Server) getTime() {
	add(s, action{http.MethodGet, "/time", "get-time", "public", "平台时钟", 200},
		func(context.Context, *struct{ By }) (wire.Time, error) {
			return wire.Time{Now: canon.At(s.services.Clock.Now())}, nil
		})
}

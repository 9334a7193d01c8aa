package api

import (
	"context"
	"net/http"

	"sunbid/crypto/canon"
	"sunbid/web/api/wire"
)

func (s *Server) getMe() {
	add(s, action{http.MethodGet, "/me", "get-me", "login", "当前登录", 200},
		func(_ context.Context, in *struct{ By }) (wire.Session, error) {
			return wire.Session{ExpiresAt: canon.At(in.caller.Session.ExpiresAt), Actor: in.actor()}, nil
		})
}

package api

import (
	"context"
	"net/http"

	"sunbid/web/api/wire"
)

func (s *Server) deleteSession() {
	add(s, action{http.MethodDelete, "/sessions", "delete-session", "login", "退出登录", 200},
		func(ctx context.Context, in *struct{ By }) (wire.Done, error) {
			if err := s.services.Auth.Close(ctx, in.caller.Token); err != nil {
				return wire.Done{}, err
			}
			s.services.Auth.ClearCookie(in.request)
			return wire.Done{Done: true}, nil
		})
}

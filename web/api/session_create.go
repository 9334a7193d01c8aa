package api

import (
	"context"
	"net/http"

	"sunbid/crypto/canon"
	"sunbid/web/api/wire"
	"sunbid/web/auth"
)

func (s *Server) createSession() {
	add(s, action{http.MethodPost, "/sessions", "create-session", "login", "用签名的质询登录", 201},
		func(ctx context.Context, in *struct {
			By
			Body wire.SessionRequest
		}) (wire.Session, error) {
			if in.Body.Cookie { // a foreign page must not log a visitor in as somebody else
				if err := s.services.Auth.SameOrigin(in.request); err != nil {
					return wire.Session{}, err
				}
			}
			token, session, err := s.services.Auth.Open(ctx, auth.Answer{Challenge: in.Body.Challenge, Signature: in.Body.Signature, Role: in.Body.Role})
			if err != nil {
				return wire.Session{}, err
			}
			out := wire.Session{Token: token, ExpiresAt: canon.At(session.ExpiresAt), Actor: session.Actor}
			if in.Body.Cookie {
				s.services.Auth.SetCookie(in.request, token, session.ExpiresAt)
				out.Token = ""
			}
			return out, nil
		})
}

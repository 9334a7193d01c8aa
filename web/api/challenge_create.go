package api

import (
	"context"
	"net/http"

	"sunbid/crypto/canon"
	"sunbid/web/api/wire"
)

func (s *Server) createChallenge() {
	add(s, action{http.MethodPost, "/challenges", "create-challenge", "login", "取得登录质询", 201},
		func(ctx context.Context, in *struct {
			By
			Body wire.ChallengeRequest
		}) (wire.Challenge, error) {
			c, err := s.services.Auth.Challenge(ctx, in.Body.Certificate)
			return wire.Challenge{Challenge: c.Challenge, Nonce: c.Nonce, ExpiresAt: canon.At(c.ExpiresAt)}, err
		})
}

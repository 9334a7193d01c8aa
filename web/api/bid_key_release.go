package api

import (
	"context"
	"net/http"

	"sunbid/crypto/custody"
	"sunbid/web/api/wire"
)

func (s *Server) releaseKey() {
	add(s, action{http.MethodPost, "/lots/{id}/bid/key-release", "release-key", "bid", "限时解密：投标人解锁（签名记录 sunbid/key-release/v1）", 200},
		func(ctx context.Context, in *recordForLot) (wire.Done, error) {
			r, err := signed[custody.KeyRelease](in.RawBody)
			if err != nil {
				return wire.Done{}, err
			}
			return done(s.services.Openings.KeyRelease(ctx, in.actor(), in.Lot, r))
		})
}

package api

import (
	"context"
	"net/http"

	"sunbid/crypto/custody"
	"sunbid/web/api/wire"
)

func (s *Server) releaseMoment() {
	add(s, action{http.MethodPost, "/lots/{id}/moments", "release-moment", "opening", "开启后一环节（由解锁人共同签名的 sunbid/release/v1）", 200},
		func(ctx context.Context, in *recordForLot) (wire.Done, error) {
			r, err := signed[custody.MomentRelease](in.RawBody)
			if err != nil {
				return wire.Done{}, err
			}
			return done(s.services.Openings.ReleaseMoment(ctx, in.actor(), in.Lot, r))
		})
}

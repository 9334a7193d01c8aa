package api

import (
	"context"
	"net/http"

	"sunbid/crypto/custody"
	"sunbid/web/api/wire"
)

func (s *Server) postPartials() {
	add(s, action{http.MethodPost, "/lots/{id}/partials", "post-partials", "opening", "解锁人提交解锁份额（签名记录 sunbid/partials/v1）", 200},
		func(ctx context.Context, in *recordForLot) (wire.Done, error) {
			batch, err := signed[custody.PartialsBatch](in.RawBody)
			if err != nil {
				return wire.Done{}, err
			}
			return done(s.services.Openings.AcceptPartials(ctx, in.actor(), in.Lot, batch))
		})
}

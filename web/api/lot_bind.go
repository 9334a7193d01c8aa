package api

import (
	"context"
	"net/http"

	"sunbid/bidding/tender"
	"sunbid/web/api/wire"
)

func (s *Server) bindLot() {
	add(s, action{http.MethodPost, "/lots/{id}/bind", "bind-key", "tender", "绑定开标密钥", 200},
		func(ctx context.Context, in *onLot[wire.Bind]) (tender.LotState, error) {
			return s.services.Tenders.Bind(ctx, in.actor(), in.Lot, in.Body.Authorities)
		})
}

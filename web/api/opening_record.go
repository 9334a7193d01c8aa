package api

import (
	"context"
	"net/http"

	"sunbid/web/api/wire"
)

func (s *Server) getRecord() {
	add(s, action{http.MethodGet, "/lots/{id}/record", "get-opening-record", "public", "签名的开标记录", 200},
		func(ctx context.Context, in *ofLot) (wire.Record, error) {
			return s.services.Gazette.Record(ctx, in.Lot)
		})
}

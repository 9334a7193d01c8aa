package api

import (
	"context"
	"net/http"

	"sunbid/web/api/wire"
)

func (s *Server) listNotices() {
	add(s, action{http.MethodGet, "/lots/{id}/notices", "list-lot-notices", "public", "标段的公告", 200},
		func(ctx context.Context, in *ofLot) (wire.Notices, error) {
			list, err := s.services.Gazette.Notices(ctx, in.Lot)
			return wire.Notices{Notices: list}, err
		})
}

package api

import (
	"context"
	"net/http"

	"sunbid/web/api/wire"
	"sunbid/web/problem"
)

func (s *Server) getConsistency() {
	add(s, action{http.MethodGet, "/log/consistency", "get-consistency", "public", "两个检查点之间的一致性证明", 200},
		func(ctx context.Context, in *struct {
			By
			From int64 `query:"from" minimum:"0" required:"true"`
			To   int64 `query:"to" minimum:"1" required:"true"`
		}) (wire.Consistency, error) {
			if in.From > in.To {
				return wire.Consistency{}, problem.ErrFields.With("from 不得大于 to")
			}
			path, err := s.services.Gazette.Consistency(ctx, in.From, in.To)
			return wire.Consistency{From: in.From, To: in.To, Path: path}, err
		})
}

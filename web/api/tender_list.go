package api

import (
	"context"
	"net/http"

	"sunbid/web/api/wire"
)

func (s *Server) listTenders() {
	add(s, action{http.MethodGet, "/tenders", "list-tenders", "public", "招标项目列表", 200},
		func(ctx context.Context, in *struct {
			By
			Query  string `query:"q" maxLength:"60" doc:"title, number or tenderer contains"`
			Region string `query:"region" pattern:"^[0-9]{0,6}$" doc:"GB/T 2260 code or its beginning"`
			Cursor string `query:"cursor" maxLength:"200"`
			Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
		}) (wire.Tenders, error) {
			list, next, err := s.services.Gazette.Tenders(ctx, in.Query, in.Region, in.Cursor, in.Limit)
			return wire.Tenders{Tenders: list, Next: next}, err
		})
}

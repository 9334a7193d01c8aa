package api

import (
	"context"
	"net/http"

	"sunbid/bidding"
	"sunbid/bidding/gazette"
	"sunbid/web/api/wire"
)

func (s *Server) listRows() {
	add(s, action{http.MethodGet, "/lots/{id}/opening", "list-opening-rows", "public", "开标一览表", 200},
		func(ctx context.Context, in *struct {
			By
			Lot    bidding.LotID `path:"id"`
			Cursor string        `query:"cursor" maxLength:"200"`
			Limit  int           `query:"limit" minimum:"1" maximum:"2000" default:"200"`
		}) (wire.Rows, error) {
			rows, next, err := s.services.Gazette.Rows(ctx, in.Lot, in.Cursor, in.Limit)
			out := wire.Rows{Rows: make([]wire.Record, len(rows)), Causes: []gazette.Cause{}, Next: next}
			for i, r := range rows {
				out.Rows[i] = r.Body
				if r.Cause != nil {
					out.Causes = append(out.Causes, *r.Cause)
				}
			}
			return out, err
		})
}

package api

import (
	"context"
	"net/http"

	"sunbid/bidding"
	"sunbid/bidding/gazette"
)

func (s *Server) getTender() {
	add(s, action{http.MethodGet, "/tenders/{id}", "get-tender", "public", "招标项目及其标段", 200},
		func(ctx context.Context, in *struct {
			By
			ID bidding.TenderID `path:"id"`
		}) (gazette.TenderPage, error) {
			return s.services.Gazette.Tender(ctx, in.ID)
		})
}

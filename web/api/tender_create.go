package api

import (
	"context"
	"net/http"

	"sunbid/bidding/tender"
)

func (s *Server) createTender() {
	add(s, action{http.MethodPost, "/tenders", "create-tender", "tender", "建立招标项目", 201},
		func(ctx context.Context, in *struct {
			By
			Body tender.New
		}) (tender.State, error) {
			return s.services.Tenders.Create(ctx, in.actor(), in.Body)
		})
}

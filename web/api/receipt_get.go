package api

import (
	"context"
	"net/http"

	"sunbid/bidding"
	"sunbid/web/api/wire"
)

func (s *Server) getReceipt() {
	add(s, action{http.MethodGet, "/receipts/{id}", "get-receipt", "bid", "回执及其日志证明", 200},
		func(ctx context.Context, in *struct {
			By
			ID bidding.ReceiptID `path:"id"`
		}) (wire.Receipt, error) {
			r, err := s.services.Bids.Receipt(ctx, in.actor(), in.ID)
			return receipt(r), err
		})
}

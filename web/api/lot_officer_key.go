package api

import (
	"context"
	"net/http"

	"sunbid/bidding/tender"
	"sunbid/crypto/custody"
)

func (s *Server) dealOfficers() {
	add(s, action{http.MethodPost, "/lots/{id}/officer-key", "deal-officers", "tender", "登记解锁人密钥（签名记录 sunbid/officer-key/v1）", 200},
		func(ctx context.Context, in *recordForLot) (tender.LotState, error) {
			key, err := signed[custody.OfficerKey](in.RawBody)
			if err != nil {
				return tender.LotState{}, err
			}
			return s.services.Tenders.DealOfficers(ctx, in.actor(), in.Lot, key)
		})
}

package api

import (
	"context"
	"net/http"

	"sunbid/bidding/notice"
	"sunbid/bidding/tender"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/web/api/wire"
)

func (s *Server) terminateLot() {
	add(s, action{http.MethodPost, "/lots/{id}/terminate", "terminate-lot", "tender", "终止招标（签名公告与销毁密钥的命令）", 200},
		func(ctx context.Context, in *onLot[wire.Terminate]) (tender.LotState, error) {
			n, err := signed[notice.Record](in.Body.Notice)
			if err != nil {
				return tender.LotState{}, err
			}
			var order *pki.Signed[custody.ErasureOrder]
			if len(in.Body.Order) > 0 {
				o, err := signed[custody.ErasureOrder](in.Body.Order)
				if err != nil {
					return tender.LotState{}, err
				}
				order = &o
			}
			return s.services.Tenders.Terminate(ctx, in.actor(), in.Lot, in.Body.Reason, n, order)
		})
}

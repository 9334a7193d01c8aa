package api

import (
	"context"
	"net/http"

	"sunbid/bidding/notice"
	"sunbid/bidding/tender"
	"sunbid/crypto/custody"
	"sunbid/web/api/wire"
)

func (s *Server) postponeLot() {
	add(s, action{http.MethodPost, "/lots/{id}/postpone", "postpone-lot", "tender", "推迟开标（签名的延期记录与公告）", 200},
		func(ctx context.Context, in *onLot[wire.Postpone]) (tender.LotState, error) {
			p, err := signed[custody.Postponement](in.Body.Postponement)
			if err != nil {
				return tender.LotState{}, err
			}
			n, err := signed[notice.Record](in.Body.Notice)
			if err != nil {
				return tender.LotState{}, err
			}
			return s.services.Tenders.Postpone(ctx, in.actor(), in.Lot, p, n)
		})
}

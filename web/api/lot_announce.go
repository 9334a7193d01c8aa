package api

import (
	"context"
	"net/http"

	"sunbid/bidding/notice"
	"sunbid/bidding/tender"
)

func (s *Server) announceLot() {
	add(s, action{http.MethodPost, "/lots/{id}/announce", "announce-lot", "tender", "发布招标公告（签名记录 sunbid/notice/v1）", 200},
		func(ctx context.Context, in *recordForLot) (tender.LotState, error) {
			n, err := signed[notice.Record](in.RawBody)
			if err != nil {
				return tender.LotState{}, err
			}
			return s.services.Tenders.Announce(ctx, in.actor(), in.Lot, n)
		})
}

package api

import (
	"context"
	"net/http"

	"sunbid/bidding/notice"
	"sunbid/bidding/tender"
	"sunbid/web/api/wire"
)

func (s *Server) announceLot() {
	add(s, action{http.MethodPost, "/lots/{id}/announce", "announce-lot", "tender", "发布招标公告（签名记录 sunbid/notice/v1，附联系方式）", 200},
		func(ctx context.Context, in *onLot[wire.Notice]) (tender.LotState, error) {
			n, err := signed[notice.Record](in.Body.Notice)
			if err != nil {
				return tender.LotState{}, err
			}
			return s.services.Tenders.Announce(ctx, in.actor(), in.Lot, n, in.Body.Contacts)
		})
}

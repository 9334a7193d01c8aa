package api

import (
	"context"
	"net/http"

	"sunbid/bidding/notice"
	"sunbid/web/api/wire"
)

func (s *Server) publishNotice() {
	add(s, action{http.MethodPost, "/notices", "publish-notice", "tender", "发布澄清、故障或流标公告（签名记录 sunbid/notice/v1）", 201},
		func(ctx context.Context, in *struct {
			By
			Body wire.Notice
		}) (notice.State, error) {
			n, err := signed[notice.Record](in.Body.Notice)
			if err != nil {
				return notice.State{}, err
			}
			return s.services.Notices.Publish(ctx, in.actor(), n, in.Body.Contacts)
		})
}

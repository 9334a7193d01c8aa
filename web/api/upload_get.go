package api

import (
	"context"
	"net/http"

	"sunbid/bidding"
	"sunbid/web/api/wire"
)

func (s *Server) getUpload() {
	add(s, action{http.MethodGet, "/uploads/{id}", "get-upload", "bid", "上传进度：还缺哪些块", 200},
		func(ctx context.Context, in *struct {
			By
			ID bidding.UploadID `path:"id"`
		}) (wire.Upload, error) {
			u, err := s.services.Bids.Get(ctx, in.actor(), in.ID)
			return upload(u), err
		})
}

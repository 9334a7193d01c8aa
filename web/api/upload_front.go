package api

import (
	"context"
	"net/http"

	"sunbid/bidding"
	"sunbid/web/api/wire"
)

func (s *Server) putFront() {
	add(s, action{http.MethodPut, "/uploads/{id}/front", "put-front", "bid", "上传文件头与签名，完成一个加密文件", 200},
		func(ctx context.Context, in *struct {
			By
			ID      bidding.UploadID `path:"id"`
			RawBody []byte           `contentType:"application/octet-stream"`
		}) (wire.Sealed, error) {
			p, err := s.services.Bids.Seal(ctx, in.actor(), in.ID, in.RawBody)
			return wire.Sealed{Digest: p.Digest, Arrival: p.At}, err
		})
}

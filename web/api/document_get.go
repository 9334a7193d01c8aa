package api

import (
	"context"
	"net/http"

	"sunbid/crypto/canon"
	"sunbid/web/api/wire"
)

func (s *Server) getDocument() {
	add(s, action{http.MethodGet, "/documents/{hash}", "get-document", "public", "公开的签名记录（按摘要）", 200},
		func(ctx context.Context, in *struct {
			By
			Hash canon.Hash `path:"hash"`
		}) (wire.Record, error) {
			return s.services.Gazette.Document(ctx, in.Hash)
		})
}

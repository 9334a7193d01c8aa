package api

import (
	"context"
	"net/http"

	"sunbid/crypto/pki"
	"sunbid/web/api/wire"
)

func (s *Server) signRecord() {
	add(s, action{http.MethodPost, "/lots/{id}/record/signatures", "sign-opening-record", "opening", "签署开标记录", 200},
		func(ctx context.Context, in *onLot[pki.Signature]) (wire.Done, error) {
			return done(s.services.Openings.SignRecord(ctx, in.actor(), in.Lot, in.Body))
		})
}

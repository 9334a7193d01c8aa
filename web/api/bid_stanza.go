package api

import (
	"context"
	"net/http"

	"sunbid/bidding"
	"sunbid/bidding/opening"
	"sunbid/crypto/seal"
)

func (s *Server) getStanza() {
	add(s, action{http.MethodGet, "/lots/{id}/bid/stanza", "get-stanza", "bid", "限时解密：取本单位投标的密钥段（开标后）", 200},
		func(ctx context.Context, in *struct {
			By
			Lot  bidding.LotID `path:"id"`
			Kind seal.Kind     `query:"kind" default:"readout" maxLength:"20"`
		}) (opening.StanzaB, error) {
			return s.services.Openings.Stanza(ctx, in.actor(), in.Lot, in.Kind)
		})
}

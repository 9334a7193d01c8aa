package api

import (
	"context"
	"net/http"

	"sunbid/bidding/party"
	"sunbid/web/api/wire"
)

func (s *Server) renewCertificates() {
	add(s, action{http.MethodPost, "/me/certificates", "renew-certificates", "enrolment", "更换本人证书（签名记录 sunbid/renewal/v1）", 200},
		func(ctx context.Context, in *struct {
			By
			RawBody []byte `contentType:"application/json"`
		}) (wire.Done, error) {
			r, err := signed[party.Renewal](in.RawBody)
			if err != nil {
				return wire.Done{}, err
			}
			return done(s.services.Parties.Renew(ctx, in.actor(), r))
		})
}

// done is the answer of a command that only succeeds or not.
func done(err error) (wire.Done, error) { return wire.Done{Done: err == nil}, err }

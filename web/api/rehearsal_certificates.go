package api

import (
	"context"
	"net/http"

	"sunbid/bidding"
	"sunbid/web/api/wire"
)

func (s *Server) rehearsalCertificates() {
	add(s, action{http.MethodPost, "/rehearsal/certificates", "issue-rehearsal-certificates", "rehearsal", "签发演练证书（仅演练环境）", 201},
		func(ctx context.Context, in *struct {
			By
			Body wire.CertificateRequests
		}) (wire.Certificates, error) {
			if s.services.Rehearsal == nil {
				return wire.Certificates{}, bidding.ErrMissing
			}
			signing, encryption, err := s.services.Rehearsal.Issue(ctx, in.Body.Signing, in.Body.Encryption)
			return wire.Certificates{Signing: signing, Encryption: encryption}, err
		})
}

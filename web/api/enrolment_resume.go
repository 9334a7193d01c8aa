package api

import (
	"context"
	"net/http"

	"sunbid/web/api/wire"
)

func (s *Server) resumeOrganisation() {
	add(s, action{http.MethodPost, "/enrolments/{org}/resume", "resume-organisation", "enrolment", "恢复主体", 200},
		func(ctx context.Context, in *onOrg[wire.Reason]) (wire.Done, error) {
			return done(s.services.Parties.Resume(ctx, in.actor(), in.Org, in.Body.Reason))
		})
}

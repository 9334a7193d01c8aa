package api

import (
	"context"
	"net/http"

	"sunbid/web/api/wire"
)

func (s *Server) suspendOrganisation() {
	add(s, action{http.MethodPost, "/enrolments/{org}/suspend", "suspend-organisation", "enrolment", "暂停主体", 200},
		func(ctx context.Context, in *onOrg[wire.Reason]) (wire.Done, error) {
			return done(s.services.Parties.Suspend(ctx, in.actor(), in.Org, in.Body.Reason))
		})
}

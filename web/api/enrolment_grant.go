package api

import (
	"context"
	"net/http"

	"sunbid/web/api/wire"
)

func (s *Server) grant() {
	add(s, action{http.MethodPost, "/enrolments/{org}/grant", "grant-roles", "enrolment", "授予人员角色", 200},
		func(ctx context.Context, in *onOrg[wire.PersonRoles]) (wire.Done, error) {
			return done(s.services.Parties.Grant(ctx, in.actor(), in.Org, in.Body.Person, in.Body.Roles))
		})
}

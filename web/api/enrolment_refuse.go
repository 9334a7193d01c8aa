package api

import (
	"context"
	"net/http"

	"sunbid/web/api/wire"
)

func (s *Server) refuse() {
	add(s, action{http.MethodPost, "/enrolments/{org}/refuse", "refuse-enrolment", "enrolment", "驳回注册登记", 200},
		func(ctx context.Context, in *onOrg[wire.PersonReason]) (wire.Done, error) {
			return done(s.services.Parties.Refuse(ctx, in.actor(), in.Org, in.Body.Person, in.Body.Reason))
		})
}

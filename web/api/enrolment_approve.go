package api

import (
	"context"
	"net/http"

	"sunbid/bidding"
	"sunbid/web/api/wire"
)

// onOrg is the input of an action of the trading centre on an organisation.
type onOrg[T any] struct {
	By
	Org  bidding.OrgID `path:"org"`
	Body T
}

func (s *Server) approve() {
	add(s, action{http.MethodPost, "/enrolments/{org}/approve", "approve-enrolment", "enrolment", "通过注册登记", 200},
		func(ctx context.Context, in *onOrg[wire.PersonRoles]) (wire.Done, error) {
			return done(s.services.Parties.Approve(ctx, in.actor(), in.Org, in.Body.Person, in.Body.Roles))
		})
}

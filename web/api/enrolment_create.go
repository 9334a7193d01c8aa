package api

import (
	"context"
	"net/http"

	"sunbid/bidding/party"
	"sunbid/web/api/wire"
)

func (s *Server) enrol() {
	add(s, action{http.MethodPost, "/enrolments", "enrol", "enrolment", "注册登记（签名记录 sunbid/enrolment/v1）", 201},
		func(ctx context.Context, in *struct {
			By
			RawBody []byte `contentType:"application/json"`
		}) (wire.Enrolled, error) {
			r, err := signed[party.Enrolment](in.RawBody)
			if err != nil {
				return wire.Enrolled{}, err
			}
			org, person, err := s.services.Parties.Enrol(ctx, r)
			return wire.Enrolled{Organisation: org.ID, Person: person, Standing: org.Standing}, err
		})
}

package api

import (
	"context"
	"net/http"

	"sunbid/bidding/party"
	"sunbid/web/api/wire"
)

func (s *Server) listEnrolments() {
	add(s, action{http.MethodGet, "/enrolments", "list-enrolments", "enrolment", "注册登记列表", 200},
		func(ctx context.Context, in *struct {
			By
			Standing party.Standing `query:"standing" maxLength:"20"`
			Cursor   string         `query:"cursor" maxLength:"200"`
			Limit    int            `query:"limit" minimum:"1" maximum:"100" default:"50"`
		}) (wire.Organisations, error) {
			list, next, err := s.services.Parties.List(ctx, in.actor(), in.Standing, in.Cursor, in.Limit)
			return wire.Organisations{Organisations: list, Next: next}, err
		})
}

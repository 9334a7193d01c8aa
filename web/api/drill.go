package api

import (
	"context"
	"net/http"

	"sunbid/bidding"
	"sunbid/crypto/custody"
	"sunbid/web/api/wire"
)

func (s *Server) drill() {
	add(s, action{http.MethodPost, "/lots/{id}/drill", "drill", "centre", "开标演练检查", 200},
		func(ctx context.Context, in *struct {
			By
			Lot bidding.LotID `path:"id"`
		}) (wire.LotReadiness, error) {
			return s.services.Drills.Drill(ctx, in.actor(), in.Lot)
		})
}

func (s *Server) getDrill() {
	add(s, action{http.MethodGet, "/lots/{id}/drill", "get-drill", "opening", "演练检查的密文（加密给解锁人）", 200},
		func(ctx context.Context, in *ofLot) (wire.DrillChallenge, error) {
			return s.services.Drills.Challenge(ctx, in.actor(), in.Lot)
		})
}

func (s *Server) answerDrill() {
	add(s, action{http.MethodPost, "/lots/{id}/drill/answers", "answer-drill", "opening", "应答演练检查（解锁人签名的 sunbid/drill-answer/v1）", 200},
		func(ctx context.Context, in *recordForLot) (wire.Done, error) {
			a, err := signed[custody.DrillAnswer](in.RawBody)
			if err != nil {
				return wire.Done{}, err
			}
			return done(s.services.Drills.Answer(ctx, in.actor(), in.Lot, a))
		})
}

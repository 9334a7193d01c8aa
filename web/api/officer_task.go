package api

import (
	"context"
	"net/http"

	"sunbid/bidding"
	"sunbid/crypto/seal"
	"sunbid/web/api/wire"
)

func (s *Server) getTask() {
	add(s, action{http.MethodGet, "/lots/{id}/task", "get-task", "opening", "解锁人的任务：封标记录、证明与待解锁的文件", 200},
		func(ctx context.Context, in *struct {
			By
			Lot    bidding.LotID `path:"id"`
			Kind   seal.Kind     `query:"kind" default:"readout" maxLength:"20"`
			Cursor string        `query:"cursor" maxLength:"200"`
			Seen   int64         `query:"seen" minimum:"0" doc:"size of the last checkpoint the officer saw; 0: none"`
		}) (wire.Task, error) {
			t, err := s.services.Openings.Task(ctx, in.actor(), in.Lot, in.Kind, in.Cursor, in.Seen)
			return wire.Task{Request: t.Request, Kind: t.Kind, Moment: t.Moment, Next: t.Next}, err
		})
}

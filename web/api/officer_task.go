package api

import (
	"context"
	"net/http"

	"sunbid/bidding"
	"sunbid/bidding/opening"
)

func (s *Server) getTask() {
	add(s, action{http.MethodGet, "/lots/{id}/task", "get-task", "opening", "解锁人的任务：封存记录、证明与待解锁的文件", 200},
		func(ctx context.Context, in *struct {
			By
			Lot    bidding.LotID `path:"id"`
			Kind   string        `query:"kind" default:"readout" maxLength:"20"`
			Cursor string        `query:"cursor" maxLength:"200"`
		}) (opening.TaskPage, error) {
			return s.services.Openings.Task(ctx, in.actor(), in.Lot, in.Kind, in.Cursor)
		})
}

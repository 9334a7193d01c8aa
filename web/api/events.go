package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"sunbid/web/live"
)

// events is the live stream: a plain route, since the framework does not flush.
func (s *Server) events() {
	a := action{http.MethodGet, "/events", "events", "public", "实时消息：日志轮次与标段阶段变化（server-sent events）", 200}
	row, ok := s.row(a.method, v1+a.path)
	if !ok {
		s.unlisted = append(s.unlisted, a.method+" "+a.path)
		return
	}
	stream := s.services.Live.Handler(s.services.Clock, live.Heartbeat)
	s.app.Add(row.Method, fiberPath(row.Path), func(c *fiber.Ctx) error {
		if err := guarded(c); err != nil {
			return err
		}
		return stream(c)
	})
	s.document(row, a, []*huma.Param{
		{Name: "Last-Event-ID", In: "header", Schema: &huma.Schema{Type: huma.TypeInteger}, Description: "go on after this round"},
		{Name: "after", In: "query", Schema: &huma.Schema{Type: huma.TypeInteger}, Description: "the same, where a header cannot be set"},
	}, nil, &huma.Response{Description: "events round, stage and reset; id is the round", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}})
}

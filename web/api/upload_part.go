package api

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/web/api/wire"
	"sunbid/web/problem"
)

// leavesHeader names the leaf hashes of a part's chunks, in order, separated by commas.
const leavesHeader = "Sunbid-Leaves"

// putPart takes one part of an upload: up to eight sealed chunks, streamed to the store while they are hashed, so that no
// more than a buffer of it is ever in memory. It is a route of its own, because the framework would read the body first.
func (s *Server) putPart() {
	a := action{http.MethodPut, "/uploads/{id}/parts/{n}", "put-part", "bid", "上传一组数据块（至多 8 块）", 200}
	row, ok := s.row(a.method, v1+a.path)
	if !ok {
		s.unlisted = append(s.unlisted, a.method+" "+a.path)
		return
	}
	s.app.Add(row.Method, fiberPath(row.Path), func(c *fiber.Ctx) error {
		if err := guarded(c); err != nil {
			return err
		}
		upload, err := bidding.ParseUploadID(c.Params("id"))
		if err != nil {
			return bidding.ErrMissing
		}
		n, err := strconv.Atoi(c.Params("n"))
		if err != nil || n < 0 {
			return bidding.ErrMissing
		}
		leaves, err := parseLeaves(c.Get(leavesHeader))
		if err != nil {
			return err
		}
		size := int64(c.Request().Header.ContentLength())
		body := &limited{r: c.Request().BodyStream(), left: size}
		u, err := s.services.Bids.AcceptPart(c.UserContext(), callerOf(c).Actor, upload, n, leaves, body, size)
		if body.failed != nil {
			c.Context().SetConnectionClose()
			return readError(body.failed) // the sender's doing, whatever the service made of it
		}
		if err != nil {
			return err
		}
		return c.JSON(wire.PartAccepted{N: n, Owed: len(owed(u))})
	})
	s.document(row, a, []*huma.Param{
		{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}},
		{Name: "n", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeInteger}},
		{Name: leavesHeader, In: "header", Required: true, Schema: &huma.Schema{Type: huma.TypeString}, Description: "SM3(00 || chunk) of each chunk, hex, separated by commas"},
		{Name: "Content-Length", In: "header", Required: true, Schema: &huma.Schema{Type: huma.TypeInteger}},
	}, &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{octetsType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}},
		&huma.Response{Description: "已保存并核对", Content: map[string]*huma.MediaType{jsonType: {Schema: s.schema(wire.PartAccepted{})}}})
}

func parseLeaves(header string) ([]canon.Hash, error) {
	fields := strings.Split(header, ",")
	if len(fields) > groupChunks {
		return nil, problem.ErrFields.With(leavesHeader + "：至多 8 个摘要")
	}
	leaves := make([]canon.Hash, len(fields))
	for i, f := range fields {
		if err := leaves[i].UnmarshalText([]byte(strings.TrimSpace(f))); err != nil {
			return nil, problem.ErrFields.With(leavesHeader + "：须为以逗号分隔的 SM3 摘要")
		}
	}
	return leaves, nil
}

// limited reads what was announced and no more, and remembers when the sender, not the store, failed.
type limited struct {
	r      io.Reader
	left   int64
	failed error
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 || l.r == nil {
		return 0, io.EOF
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.r.Read(p)
	l.left -= int64(n)
	switch {
	case errors.Is(err, io.EOF) && l.left > 0:
		l.failed = io.ErrUnexpectedEOF
		return n, l.failed
	case err != nil && !errors.Is(err, io.EOF):
		l.failed = err
	}
	return n, err
}

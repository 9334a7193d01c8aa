package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"sunbid/bidding"
)

// getBundle streams the public bundle of a lot as one tar file, for `verify bundle`. Before the publication there is none.
func (s *Server) getBundle() {
	a := action{http.MethodGet, "/lots/{id}/bundle", "get-bundle", "public", "下载公开数据包（tar），开标结果公布后提供", 200}
	row, ok := s.row(a.method, v1+a.path)
	if !ok {
		s.unlisted = append(s.unlisted, a.method+" "+a.path)
		return
	}
	s.app.Add(row.Method, fiberPath(row.Path), func(c *fiber.Ctx) error {
		if err := guarded(c); err != nil {
			return err
		}
		lot, err := bidding.ParseLotID(c.Params("id"))
		if err != nil || s.services.Bundles == nil {
			return bidding.ErrMissing
		}
		tar, size, err := s.services.Bundles.Bundle(c.UserContext(), lot)
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, tarType)
		c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+lot.String()+`.tar"`)
		return c.SendStream(tar, int(size)) // closed when it was sent
	})
	s.document(row, a, []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}, nil,
		&huma.Response{Description: "the folder of crypto/SPEC.md section 10, named after the lot", Content: map[string]*huma.MediaType{tarType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}})
}

const tarType = "application/x-tar"

package public

import (
	"fmt"

	"github.com/gofiber/fiber/v2"

	"sunbid/bidding"
	"sunbid/bidding/gazette"
)

// tender is GET /tenders/{id}: the one permanent page of a tender. Its address never changes and never goes away.
func (s *Site) tender(c *fiber.Ctx) error {
	ctx, cancel := within(c)
	defer cancel()
	id, err := bidding.ParseTenderID(c.Params("id"))
	if err != nil {
		return bidding.ErrMissing
	}
	t, err := s.reader.Tender(ctx, id)
	if err != nil {
		return fmt.Errorf("read tender: %w", err)
	}
	return s.render(c, "tender", page{Title: t.Tender.Title, Here: "list", Data: struct{ gazette.TenderPage }{t}})
}

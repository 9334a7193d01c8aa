package public

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"sunbid/bidding/gazette"
)

// perPage is how many tenders a page lists.
const perPage = 20

type listPage struct {
	Query, Region string
	Filtered      bool
	Later         bool // not the first page
	Tenders       []gazette.TenderLine
	Next          string // address of the next page; empty at the end
}

// tenders is GET /: the list, with search, a filter by region, and pages.
func (s *Site) tenders(c *fiber.Ctx) error {
	ctx, cancel := within(c)
	defer cancel()
	d := listPage{Query: clip(c.Query("q"), 60), Region: clip(c.Query("region"), 6)}
	cursor := clip(c.Query("cursor"), 200)
	d.Filtered, d.Later = d.Query != "" || d.Region != "", cursor != ""
	lines, next, err := s.reader.Tenders(ctx, d.Query, d.Region, cursor, perPage)
	if err != nil {
		return fmt.Errorf("list tenders: %w", err)
	}
	d.Tenders = lines
	if next != "" {
		d.Next = "/?" + url.Values{"q": {d.Query}, "region": {d.Region}, "cursor": {next}}.Encode()
	}
	return s.render(c, "list", page{Title: "招标项目", Here: "list", Data: d})
}

// clip bounds what a visitor sent to n characters and drops what is not text.
func clip(text string, n int) string {
	text = strings.TrimSpace(strings.ToValidUTF8(text, ""))
	if utf8.RuneCountInString(text) <= n {
		return strings.Clone(text)
	}
	return string([]rune(text)[:n])
}

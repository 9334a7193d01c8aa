package public

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"time"

	"github.com/gofiber/fiber/v2"

	"sunbid/bidding"
	"sunbid/bidding/gazette"
)

//go:embed template asset
var files embed.FS // read only

// About is what the pages say of the platform itself.
type About struct {
	Class   bidding.Class
	Version string
}

// Site renders the pages.
type Site struct {
	reader gazette.Reader
	clock  bidding.Clock
	about  About
	pages  map[string]*template.Template
	assets map[string]asset
}

type asset struct {
	body        []byte
	contentType string
	version     string // of the content, for its address
}

// pageTime bounds the work on one page.
const pageTime = 10 * time.Second

// New parses the templates; an error is a fault of the build.
func New(r gazette.Reader, clock bidding.Clock, about About) (*Site, error) {
	s := &Site{reader: r, clock: clock, about: about, pages: make(map[string]*template.Template), assets: make(map[string]asset)}
	for name, contentType := range map[string]string{"site.css": "text/css; charset=utf-8", "countdown.js": "text/javascript; charset=utf-8", "mark.svg": "image/svg+xml"} {
		body, err := files.ReadFile("asset/" + name)
		if err != nil {
			return nil, fmt.Errorf("read asset %s: %w", name, err)
		}
		sum := sha256.Sum256(body) // an address, not a proof
		s.assets[name] = asset{body: body, contentType: contentType, version: hex.EncodeToString(sum[:6])}
	}
	names, err := fs.Glob(files, "template/*.html")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	for _, path := range names {
		name := path[len("template/") : len(path)-len(".html")]
		if name == "layout" {
			continue
		}
		t, err := template.New("layout.html").Funcs(s.functions()).ParseFS(files, "template/layout.html", path)
		if err != nil {
			return nil, fmt.Errorf("parse page %s: %w", name, err)
		}
		s.pages[name] = t
	}
	return s, nil
}

// Paths are the addresses of the pages, as fiber patterns; the access test knows them by this list.
func Paths() []string {
	return []string{"/", "/tenders/:id", "/lots/:id", "/lots/:id/opening", "/log", "/trust", "/help", "/assets/:name", "/favicon.ico", "/robots.txt"}
}

// Register adds the pages to an app.
func (s *Site) Register(r fiber.Router) {
	handlers := map[string]fiber.Handler{
		"/": s.tenders, "/tenders/:id": s.tender, "/lots/:id": s.lot, "/lots/:id/opening": s.opening,
		"/log": s.log, "/trust": s.trust, "/help": s.help,
		"/assets/:name": s.asset, "/favicon.ico": s.favicon, "/robots.txt": s.robots,
	}
	for _, path := range Paths() {
		r.Get(path, handlers[path])
	}
}

// page is what the layout needs beside the page's own data.
type page struct {
	Title   string
	Here    string // the navigation entry that is current
	Refresh int    // seconds after which a browser without scripts reloads; 0: never
	Ticks   bool   // whether the countdown's script is wanted
	About   About
	Now     time.Time
	Data    any
}

func (s *Site) render(c *fiber.Ctx, name string, p page) error {
	p.About, p.Now = s.about, s.clock.Now()
	var b bytes.Buffer
	if err := s.pages[name].Execute(&b, p); err != nil {
		return fmt.Errorf("render page %s: %w", name, err)
	}
	c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	if c.GetRespHeader(fiber.HeaderCacheControl) == "" {
		c.Set(fiber.HeaderCacheControl, "no-cache")
	}
	c.Set(fiber.HeaderContentLanguage, "zh-CN")
	return c.Send(b.Bytes())
}

// within gives a page's reads an end: a vanished client does not cancel anything by itself.
func within(c *fiber.Ctx) (context.Context, context.CancelFunc) {
	return context.WithTimeout(c.UserContext(), pageTime)
}

func (s *Site) asset(c *fiber.Ctx) error {
	a, ok := s.assets[c.Params("name")]
	if !ok {
		return bidding.ErrMissing
	}
	c.Set(fiber.HeaderContentType, a.contentType)
	if c.Query("v") == a.version {
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	} else {
		c.Set(fiber.HeaderCacheControl, "no-cache")
	}
	return c.Send(a.body)
}

func (s *Site) favicon(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "image/svg+xml")
	c.Set(fiber.HeaderCacheControl, "public, max-age=86400")
	return c.Send(s.assets["mark.svg"].body)
}

// robots: the pages are public by law and may be indexed; the API need not be.
func (s *Site) robots(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "text/plain; charset=utf-8")
	return c.SendString("User-agent: *\nDisallow: /api/\n")
}

package auth

import (
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"sunbid/web/problem"
)

// Credentials are what a request shows; both fields are copies that outlive it.
type Credentials struct {
	Token    string
	ByCookie bool
}

// CredentialsOf reads the Bearer token, else the session cookie. A request with neither has an empty token.
func (s *Service) CredentialsOf(c *fiber.Ctx) Credentials {
	if h := c.Get(fiber.HeaderAuthorization); len(h) > 7 && strings.EqualFold(h[:7], "Bearer ") {
		return Credentials{Token: strings.Clone(h[7:])}
	}
	if v := c.Cookies(s.cookieName()); v != "" {
		return Credentials{Token: strings.Clone(v), ByCookie: true}
	}
	return Credentials{}
}

// SameOrigin refuses a request that does not come from a page of this platform (problem.ErrOrigin).
// Asked of every state-changing request that is known by its cookie: browsers always send Origin with those.
func (s *Service) SameOrigin(c *fiber.Ctx) error {
	if slices.Contains(s.rules.Origins, c.Get(fiber.HeaderOrigin)) {
		return nil
	}
	return problem.ErrOrigin
}

// SetCookie gives a browser its session: not readable by scripts, not sent along by other sites, and over TLS only where there is TLS.
func (s *Service) SetCookie(c *fiber.Ctx, token string, expires time.Time) {
	c.Cookie(&fiber.Cookie{
		Name: s.cookieName(), Value: token, Path: "/", Expires: expires,
		HTTPOnly: true, SameSite: fiber.CookieSameSiteStrictMode, Secure: s.secure(),
	})
}

// ClearCookie takes it back.
func (s *Service) ClearCookie(c *fiber.Ctx) {
	c.Cookie(&fiber.Cookie{
		Name: s.cookieName(), Value: "", Path: "/", MaxAge: -1, Expires: time.Unix(1, 0),
		HTTPOnly: true, SameSite: fiber.CookieSameSiteStrictMode, Secure: s.secure(),
	})
}

// cookieName: the "__Host-" prefix makes browsers refuse the cookie from anywhere but this host over TLS.
func (s *Service) cookieName() string {
	if s.secure() {
		return "__Host-sunbid"
	}
	return "sunbid"
}

func (s *Service) secure() bool {
	return len(s.rules.Origins) > 0 && strings.HasPrefix(s.rules.Origins[0], "https://")
}

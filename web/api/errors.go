package api

import (
	"errors"
	"log/slog"
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"

	"sunbid/bidding"
	"sunbid/web/problem"
)

// fail is where every error of a request ends: a problem for programs, a page for people, and one log line if it is ours.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	unread := requestID(c) == "" // what the server could not even read as a request never came through the entrance
	if unread {
		s.entered(c)
	}
	p, known := problem.Of(transport(err))
	if !known {
		s.logError(c, err)
	}
	return s.show(c, p, !unread && s.forPeople(c))
}

// show writes a problem.
func (s *Server) show(c *fiber.Ctx, p *problem.Problem, people bool) error {
	p.RequestID = requestID(c)
	if p.Status == fiber.StatusTooManyRequests || p.Status == fiber.StatusServiceUnavailable {
		if c.GetRespHeader(fiber.HeaderRetryAfter) == "" {
			c.Set(fiber.HeaderRetryAfter, "1")
		}
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	if people {
		return s.services.Pages.Fail(c, p)
	}
	if err := c.Status(p.Status).JSON(p); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, problem.ContentType)
	return nil
}

// transport translates the framework's own errors.
func transport(err error) error {
	var fe *fiber.Error
	if !errors.As(err, &fe) {
		return err
	}
	switch fe.Code {
	case fiber.StatusNotFound:
		return bidding.ErrMissing
	case fiber.StatusMethodNotAllowed:
		return problem.ErrMethod
	case fiber.StatusRequestEntityTooLarge:
		return problem.ErrTooLarge
	case fiber.StatusRequestTimeout:
		return problem.ErrSlow
	case fiber.StatusRequestHeaderFieldsTooLarge:
		return problem.ErrHeaders
	case fiber.StatusBadRequest, fiber.StatusBadGateway: // what fasthttp could not read
		return problem.ErrMalformed
	}
	return err
}

// forPeople tells the pages from the API.
func (s *Server) forPeople(c *fiber.Ctx) bool {
	path := c.Path()
	return s.services.Pages != nil && !strings.HasPrefix(path, "/api/") && path != "/openapi.json" && path != "/healthz" && path != "/metrics"
}

// logError is the one log line an error of ours gets: what happened and the request id, with identifiers and digests struck
// out. The path is not named either: that a bidder's endpoint was used at all is nobody's business (招标投标法 art. 22).
func (s *Server) logError(c *fiber.Ctx, err error) {
	s.config.Log.LogAttrs(c.Context(), slog.LevelError, "request failed",
		slog.String("request", requestID(c)), slog.String("err", s.secrets.ReplaceAllString(err.Error(), "…")))
}

// unnamed matches identifiers and anything that looks like a digest or a token.
func unnamed() *regexp.Regexp {
	return regexp.MustCompile(`\b(?:td|lt|bd|ky|og|ps|rc|nt|up|ev)_[0-9a-z]{26}\b|\b[0-9a-fA-F]{24,}\b|[A-Za-z0-9_-]{40,}`)
}

func requestID(c *fiber.Ctx) string {
	id, _ := c.Locals(requestKey).(string)
	return id
}

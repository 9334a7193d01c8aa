package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"sunbid/bidding"
	"sunbid/crypto/sm"
	"sunbid/web/api/limit"
	"sunbid/web/auth"
	"sunbid/web/problem"
)

// callerKey and friends name what a guard leaves in the request for the handler.
type localKey string

const (
	callerKey   localKey = "caller"
	admittedKey localKey = "admitted"
	requestKey  localKey = "request"
)

// Caller is who acts; the zero Caller is somebody who is not logged in.
type Caller struct {
	Actor   bidding.Actor
	Session auth.Session
	Token   string
}

// guard stands before the handler of a row: it finds out who acts, refuses who may not, bounds rate, body and time,
// answers repeated requests, and records what it refuses to whom it knows.
func (s *Server) guard(row Row) fiber.Handler {
	return func(c *fiber.Ctx) error {
		id := c.Params("id") // later handlers have their own
		if err := s.guarding(c, row); err != nil {
			return s.attempted(c, row, id, err)
		}
		return nil
	}
}

func (s *Server) guarding(c *fiber.Ctx, row Row) error {
	if row.Rehearsal && s.config.Class != bidding.Rehearsal {
		return bidding.ErrMissing
	}
	ctx, cancel := context.WithTimeout(s.base, row.timeout(s.config.Limits))
	defer cancel()
	c.SetUserContext(ctx)

	caller, err := s.admit(ctx, c, row)
	c.Locals(callerKey, caller)
	if err != nil {
		return err
	}
	c.Locals(admittedKey, true)
	if row.Login {
		if err := s.spend(c, limit.Address(rateLogin, c.IP()), s.config.Limits.Login); err != nil {
			return err
		}
	}
	if row.Body.Stream {
		return s.guardStream(c, row)
	}
	var body []byte
	if row.Body.Type != "" {
		if body, err = readBody(c, row.Body.Type, row.Body.Max); err != nil {
			return err
		}
	}
	if row.Body.Type == jsonType && row.Body.Max <= recordMax { // batches are long, and their own decoder is as strict
		if err := strictJSON(body); err != nil {
			return err
		}
	}
	if row.Once {
		return s.once(c, caller, body)
	}
	return next(c)
}

// admit finds the caller of a row that is not for everybody; who is known and may not comes back with the refusal.
// DELETE /sessions is for everybody, but reads the token all the same.
func (s *Server) admit(ctx context.Context, c *fiber.Ctx, row Row) (Caller, error) {
	creds := s.services.Auth.CredentialsOf(c)
	if creds.ByCookie && row.Method != http.MethodGet {
		if err := s.services.Auth.SameOrigin(c); err != nil {
			return Caller{}, err
		}
	}
	if row.public() {
		return Caller{Token: creds.Token}, nil
	}
	session, err := s.services.Auth.Session(ctx, creds.Token)
	if err != nil {
		return Caller{}, err
	}
	digest := sm.Sum([]byte("rate"), []byte(creds.Token))
	b := limit.Bucket{Rate: rateSession}
	copy(b.Who[:], digest[:])
	if err := s.spend(c, b, s.config.Limits.Session); err != nil {
		return Caller{}, err
	}
	if !slices.Contains(row.Roles, session.Actor.Role) { // after the rate: such a refusal is recorded
		return Caller{Actor: session.Actor}, bidding.ErrForbidden
	}
	return Caller{Actor: session.Actor, Session: session, Token: creds.Token}, nil
}

// guardStream checks what can be checked before the first byte of a streamed body is read.
func (s *Server) guardStream(c *fiber.Ctx, row Row) error {
	if err := mediaType(c, row.Body.Type); err != nil {
		return err
	}
	switch n := int64(c.Request().Header.ContentLength()); {
	case n < 0:
		return problem.ErrLength
	case n > row.Body.Max:
		return problem.ErrTooLarge
	}
	return next(c)
}

// guarded is the other half of deny by default: a handler that no guard stood before answers nobody.
func guarded(c *fiber.Ctx) error {
	if ok, _ := c.Locals(admittedKey).(bool); !ok {
		return bidding.ErrForbidden
	}
	return nil
}

func callerOf(c *fiber.Ctx) Caller {
	caller, _ := c.Locals(callerKey).(Caller)
	return caller
}

// fiberPath turns /lots/{id} into /lots/:id.
func fiberPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/sm"
	"sunbid/web/problem"
)

// Commands remembers the answer to a request with an Idempotency-Key.
type Commands interface {
	// Recall returns what was remembered under owner and key; bidding.ErrMissing when nothing was.
	Recall(ctx context.Context, owner, key string) (request canon.Hash, status int, body []byte, err error)
	// Remember keeps an answer; the first one wins, and a second is no error.
	Remember(ctx context.Context, owner, key string, request canon.Hash, status int, body []byte, at time.Time) error
}

// once answers a repeated request with the first answer. Only success is remembered: after a refusal the same key may be
// tried again. That a command is not done twice even when the memory is lost is the services' own doing.
func (s *Server) once(c *fiber.Ctx, caller Caller, body []byte) error {
	key := strings.Clone(c.Get("Idempotency-Key"))
	if !plainKey(key) {
		return problem.ErrKeyMissing
	}
	owner := caller.Actor.Person.String() + "/" + string(caller.Actor.Role)
	request := canon.Hash(sm.Sum([]byte(c.Method()+" "+c.Path()+"\x00"), body))
	if !s.inFlight.enter(owner + "/" + key) {
		return problem.ErrKeyInFlight
	}
	defer s.inFlight.leave(owner + "/" + key)

	had, status, answer, err := s.services.Commands.Recall(c.UserContext(), owner, key)
	switch {
	case err == nil && had != request:
		return problem.ErrKeyReused
	case err == nil:
		c.Set("Idempotency-Replayed", "true")
		c.Set(fiber.HeaderContentType, jsonType)
		return c.Status(status).Send(answer)
	case !errors.Is(err, bidding.ErrMissing):
		return fmt.Errorf("recall the answer to a request: %w", err)
	}
	if err := next(c); err != nil {
		return err
	}
	if status = c.Response().StatusCode(); status < http.StatusOK || status >= http.StatusMultipleChoices {
		return nil
	}
	answer = slices.Clone(c.Response().Body())
	if err := s.services.Commands.Remember(c.UserContext(), owner, key, request, status, answer, s.services.Clock.Now()); err != nil {
		// The command is done, and its caller shall know; a repetition will be answered by the service itself.
		s.logError(c, fmt.Errorf("remember the answer to a request: %w", err))
	}
	return nil
}

func plainKey(key string) bool {
	if key == "" || len(key) > 128 {
		return false
	}
	for _, b := range []byte(key) {
		if b <= ' ' || b > '~' {
			return false
		}
	}
	return true
}

// inFlight is the set of requests being worked on in this process.
type inFlight struct {
	mu   sync.Mutex // guards keys
	keys map[string]struct{}
}

func (f *inFlight) enter(key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, there := f.keys[key]; there {
		return false
	}
	f.keys[key] = struct{}{}
	return true
}

func (f *inFlight) leave(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.keys, key)
}

package api

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net"
	"os"
	"time"

	"github.com/gofiber/fiber/v2"

	"sunbid/web/problem"
)

// drainMax is how much of a body nobody read is thrown away so that the connection can be used again;
// beyond it the connection is closed.
const drainMax = 9 << 20

// readBody reads a whole body of at most max bytes and leaves it in the request for the decoder.
// The server streams bodies, and then fiber's own BodyLimit does not hold: this is the limit.
func readBody(c *fiber.Ctx, want string, max int64) ([]byte, error) {
	if err := mediaType(c, want); err != nil {
		return nil, err
	}
	if int64(c.Request().Header.ContentLength()) > max {
		return nil, problem.ErrTooLarge
	}
	stream := c.Request().BodyStream()
	if stream == nil {
		stream = bytes.NewReader(nil)
	}
	body, err := io.ReadAll(io.LimitReader(stream, max+1))
	if err != nil {
		c.Context().SetConnectionClose() // what is left of the body must not be taken for a request
		return nil, readError(err)
	}
	if len(body) < c.Request().Header.ContentLength() { // the stream ends there as if it were whole
		c.Context().SetConnectionClose()
		return nil, problem.ErrCut
	}
	if int64(len(body)) > max {
		return nil, problem.ErrTooLarge
	}
	c.Request().SetBodyStream(bytes.NewReader(body), len(body))
	return body, nil
}

// mediaType checks Content-Type and refuses content codings: what is sent is what is limited and hashed.
func mediaType(c *fiber.Ctx, want string) error {
	if e := c.Get(fiber.HeaderContentEncoding); e != "" && e != "identity" {
		return problem.ErrMediaType
	}
	got, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || got != want {
		return problem.ErrMediaType
	}
	return nil
}

// readError tells a slow client from one that went away.
func readError(err error) error {
	if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() || errors.Is(err, os.ErrDeadlineExceeded) {
		return problem.ErrSlow
	}
	return problem.ErrCut
}

// drainWait is how long the rest of an unread body may take; a sender that waits for our refusal first shall not wait long.
const drainWait = 2 * time.Second

// drain runs after every handler: fasthttp would read the rest of an unread body as the next request.
func (s *Server) drain(c *fiber.Ctx) {
	stream := c.Request().BodyStream()
	if stream == nil {
		return
	}
	if int64(c.Request().Header.ContentLength()) > drainMax {
		c.Context().SetConnectionClose()
		return
	}
	if err := c.Context().Conn().SetReadDeadline(s.services.Clock.Now().Add(drainWait)); err != nil {
		c.Context().SetConnectionClose()
		return
	}
	n, err := io.Copy(io.Discard, io.LimitReader(stream, drainMax))
	if err != nil || n == drainMax {
		c.Context().SetConnectionClose()
	}
}

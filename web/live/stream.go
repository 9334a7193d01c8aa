package live

import (
	"bufio"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"sunbid/bidding"
)

// Heartbeat is how often a quiet stream says it is there: it is also how a client that vanished is found out.
const Heartbeat = 15 * time.Second

// StreamLife ends even a healthy stream; the client comes back by itself.
const StreamLife = time.Hour

// writeWait is how long one write may take before the client counts as gone.
const writeWait = 10 * time.Second

// ErrFull refuses a stream too many.
var ErrFull = bidding.Refuse("streams-full", bidding.TooMany, "", "实时消息连接过多，请稍后再试；页面刷新后内容不受影响。", "too many live streams; reload the page instead")

// Handler is GET /api/v1/events. Last-Event-ID (or ?after=) resumes after that round; event "reset" says that too much
// was missed. The stream ends when the client goes, lags, or after StreamLife.
func (h *Hub) Handler(clock bidding.Clock, heartbeat time.Duration) fiber.Handler {
	return func(c *fiber.Ctx) error {
		s, missed, gap, ok := h.open(strings.Clone(c.IP()), lastRound(c))
		if !ok {
			return ErrFull
		}
		c.Set(fiber.HeaderContentType, "text/event-stream; charset=utf-8")
		c.Set(fiber.HeaderCacheControl, "no-store")
		c.Set("X-Accel-Buffering", "no")
		conn := c.Context().Conn()
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			// This runs in a goroutine of its own, owned by the server's connection: it ends with the stream.
			defer h.leave(s)
			out := writer{w: w, conn: conn, clock: clock}
			if !out.send([]byte("retry: 3000\n\n")) || gap && !out.send([]byte("event: reset\ndata: {}\n\n")) {
				return
			}
			for _, f := range missed {
				if !out.send(f.bytes) {
					return
				}
			}
			out.follow(s, heartbeat)
		})
		return nil
	}
}

type writer struct {
	w     *bufio.Writer
	conn  net.Conn
	clock bidding.Clock
}

func (o writer) follow(s *stream, heartbeat time.Duration) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	end := time.NewTimer(StreamLife)
	defer end.Stop()
	for {
		select {
		case f, open := <-s.frames:
			if !open || !o.send(f.bytes) {
				return
			}
		case <-beat.C:
			if !o.send([]byte(": \n\n")) {
				return
			}
		case <-end.C:
			return
		}
	}
}

// send writes and flushes; false when the client is gone or does not read.
func (o writer) send(b []byte) bool {
	if o.conn.SetWriteDeadline(o.clock.Now().Add(writeWait)) != nil {
		return false
	}
	if _, err := o.w.Write(b); err != nil {
		return false
	}
	return o.w.Flush() == nil
}

// lastRound reads where a client wants to go on; -1 when it says nothing sensible.
func lastRound(c *fiber.Ctx) int64 {
	v := c.Get("Last-Event-ID")
	if v == "" {
		v = c.Query("after")
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

func appendInt(b []byte, n int64) []byte { return strconv.AppendInt(b, n, 10) }

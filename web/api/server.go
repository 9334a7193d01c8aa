package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"sunbid/web/api/limit"
	"sunbid/web/live"
	"sunbid/web/problem"
)

// Server is the whole HTTP face of one platform process.
type Server struct {
	config   Config
	services Services
	app      *fiber.App
	api      huma.API
	limits   *limit.Limiter
	inFlight *inFlight
	secrets  *regexp.Regexp
	handled  map[string]bool // rows that have their action, while New runs
	unlisted []string        // actions that have no row
	base     context.Context // ends when the server does
	stop     context.CancelFunc

	mu       sync.Mutex // guards listener
	listener net.Listener
}

// bundleWrite is how long a public bundle may take to be sent: tens of MiB over a slow line.
const bundleWrite = 15 * time.Minute

// buckets bounds the limiter: about 100 bytes each.
const buckets = 100_000

// New builds the server. It fails when the access table and the handlers do not cover each other.
func New(config Config, services Services) (*Server, error) {
	config.Limits = config.Limits.orDefault()
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	base, stop := context.WithCancel(context.Background())
	s := &Server{
		config: config, services: services, base: base, stop: stop,
		limits: limit.New(buckets), inFlight: &inFlight{keys: make(map[string]struct{})}, secrets: unnamed(), handled: make(map[string]bool),
	}
	s.app = fiber.New(fiber.Config{
		AppName: "sunbid", DisableStartupMessage: true, Immutable: true, StreamRequestBody: true,
		DisablePreParseMultipartForm: true, ErrorHandler: s.fail,
		BodyLimit: PartMax, ReadBufferSize: 16 << 10, Concurrency: 20_000,
		ReadTimeout: config.Limits.JSONRead, WriteTimeout: time.Minute, IdleTimeout: 75 * time.Second,
		EnableTrustedProxyCheck: true, TrustedProxies: config.Proxies, ProxyHeader: proxyHeader(config.Proxies), EnableIPValidation: true,
	})
	s.app.Server().HeaderReceived = s.headerReceived
	s.app.Use(s.entrance)
	for _, row := range Access() {
		s.app.Add(row.Method, fiberPath(row.Path), s.guard(row))
	}
	if err := s.handlers(); err != nil {
		stop()
		return nil, err
	}
	if err := s.plain(); err != nil {
		stop()
		return nil, err
	}
	return s, nil
}

// App is the fiber app, for tests that walk its routes.
func (s *Server) App() *fiber.App { return s.app }

// Serve answers on the listener until Shutdown.
func (s *Server) Serve(l net.Listener) error {
	s.mu.Lock()
	s.listener = l
	s.mu.Unlock()
	if s.base.Err() != nil {
		return l.Close()
	}
	if err := s.app.Listener(l); err != nil && s.base.Err() == nil {
		return fmt.Errorf("serve http: %w", err)
	}
	return nil
}

// Shutdown takes no new requests, ends the live streams and waits for what is running until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	if s.services.Live != nil {
		s.services.Live.Close()
	}
	err := s.app.ShutdownWithContext(ctx)
	s.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		_ = s.listener.Close() // closed already, unless Serve had not got to listening on it
	}
	if err != nil {
		return fmt.Errorf("shut http down: %w", err)
	}
	return nil
}

// headerReceived gives parts the time to arrive and streams the time to run.
func (s *Server) headerReceived(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	path := string(h.RequestURI())
	switch {
	case string(h.Method()) == http.MethodPut && strings.HasPrefix(path, v1+"/uploads/"):
		return fasthttp.RequestConfig{ReadTimeout: s.config.Limits.PartRead}
	case strings.HasPrefix(path, v1+"/lots/") && strings.HasSuffix(path, "/bundle"):
		return fasthttp.RequestConfig{WriteTimeout: bundleWrite}
	case strings.HasPrefix(path, v1+"/events"):
		return fasthttp.RequestConfig{WriteTimeout: live.StreamLife + time.Minute}
	}
	return fasthttp.RequestConfig{}
}

// entrance stands before everything: request id, security headers, the rate per address, and the recovery from panics.
func (s *Server) entrance(c *fiber.Ctx) (err error) {
	id := s.entered(c)
	c.SetUserContext(s.base)
	defer s.drain(c)
	defer func() {
		if r := recover(); r != nil {
			s.config.Log.LogAttrs(c.Context(), slog.LevelError, "request panicked", slog.String("request", id),
				slog.String("err", s.secrets.ReplaceAllString(fmt.Sprint(r), "…")), slog.String("stack", string(debug.Stack())))
			err = s.show(c, problem.OfPanic(), s.forPeople(c))
		}
	}()
	if err := s.spend(c, limit.Address(rateAddress, c.IP()), s.config.Limits.Address); err != nil {
		return s.fail(c, err)
	}
	if !plainQuery(c) {
		return s.fail(c, problem.ErrMalformed)
	}
	if err := c.Next(); err != nil {
		return s.fail(c, err)
	}
	return nil
}

// entered gives the request its id and the answer its headers.
func (s *Server) entered(c *fiber.Ctx) (id string) {
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // documented never to return an error
	id = hex.EncodeToString(raw[:])
	c.Locals(requestKey, id)
	c.Set(fiber.HeaderXRequestID, id)
	s.securityHeaders(c)
	return id
}

// spend takes one token of a bucket, or refuses with the time to wait.
func (s *Server) spend(c *fiber.Ctx, b limit.Bucket, r Rate) error {
	wait, ok := s.limits.Take(b, r, s.services.Clock.Now())
	if ok {
		return nil
	}
	c.Set(fiber.HeaderRetryAfter, fmt.Sprint(int64(wait/time.Second)+1))
	return problem.ErrRate
}

// securityHeaders: nothing from elsewhere, no framing, no sniffing, no referrer, no devices.
func (s *Server) securityHeaders(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderXFrameOptions, "DENY")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	if c.Protocol() == "https" {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
}

func proxyHeader(proxies []string) string {
	if len(proxies) == 0 {
		return ""
	}
	return fiber.HeaderXForwardedFor
}

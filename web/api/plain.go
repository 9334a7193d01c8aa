package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// plain adds what is neither API nor page: the OpenAPI document, health and metrics; then the pages.
func (s *Server) plain() error {
	openapi, err := s.serveOpenAPI()
	if err != nil {
		return err
	}
	s.app.Get("/openapi.json", openapi)
	s.app.Get("/healthz", s.healthz)
	s.app.Get("/metrics", s.metrics)
	if s.services.Pages != nil {
		s.services.Pages.Register(s.app)
	}
	return nil
}

// PlainPaths are the addresses outside the access table that plain adds, pages not counted; the access test knows them by this list.
func PlainPaths() []string { return []string{"/openapi.json", "/healthz", "/metrics"} }

// healthz says whether this process can serve: 200 or 503.
func (s *Server) healthz(c *fiber.Ctx) error {
	v := s.services.Health.Health(c.UserContext())
	status := http.StatusOK
	if !v.Database || !v.Objects {
		status = http.StatusServiceUnavailable
	}
	return c.Status(status).JSON(struct {
		Database bool `json:"database"`
		Objects  bool `json:"objects"`
	}{v.Database, v.Objects})
}

// metrics writes the Prometheus text form. Every figure here moves with time or with the platform's own parts;
// none moves with what bidders do, so there are no counters of requests, bytes, rows or connections (招标投标法 art. 22).
func (s *Server) metrics(c *fiber.Ctx) error {
	v := s.services.Health.Health(c.UserContext())
	var b strings.Builder
	gauge := func(name, help, labels string, value float64) {
		if help != "" {
			fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name)
		}
		fmt.Fprintf(&b, "%s%s %g\n", name, labels, value)
	}
	gauge("sunbid_build_info", "Build and class of this process.", fmt.Sprintf(`{version=%q,class=%q}`, s.config.Version, s.config.Class), 1)
	gauge("sunbid_database_up", "Whether the database answers.", "", flag(v.Database))
	gauge("sunbid_objects_up", "Whether the object store answers.", "", flag(v.Objects))
	gauge("sunbid_log_size", "Rounds in the log; one a second whatever happens.", "", float64(v.LogSize))
	gauge("sunbid_log_lag_seconds", "Age of the newest checkpoint.", "", v.LogLag.Seconds())
	for i, k := range v.Keyholders {
		help := ""
		if i == 0 {
			help = "Whether a keyholder is ready."
		}
		gauge("sunbid_keyholder_ready", help, fmt.Sprintf(`{name=%q}`, k.Name), flag(k.Ready))
	}
	for i, k := range v.Keyholders {
		help := ""
		if i == 0 {
			help = "A keyholder's clock against this one."
		}
		gauge("sunbid_keyholder_clock_offset_seconds", help, fmt.Sprintf(`{name=%q}`, k.Name), k.ClockOffset.Seconds())
	}
	if v.ClockChecked {
		gauge("sunbid_clock_offset_seconds", "This clock against the keyholders' median.", "", v.ClockOffset.Seconds())
	}
	c.Set(fiber.HeaderContentType, "text/plain; version=0.0.4; charset=utf-8")
	return c.SendString(b.String())
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

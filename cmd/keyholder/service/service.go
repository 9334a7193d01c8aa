// Package service is a keyholder's door: HTTP over mutual TLS, one method per act, canonical JSON (a release request is
// binary, custody.ReleaseRequest). Only pinned client certificates come in. Bodies and times are bounded. Logs are JSON
// lines without secrets and without anything that counts bids.
package service

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
)

// Bounds of request bodies, in bytes.
const (
	maxBody    = 1 << 20
	maxRelease = 64 << 20 // of a release, and of an erasure with its archive record
)

// Service answers for one keyholder.
type Service struct {
	keeper            *custody.Keeper
	clients, monitors map[[32]byte]bool
	version           string
	log               *slog.Logger

	mu        sync.Mutex
	announced map[string]bool // lot and moment whose release was logged: once, so that lines do not count requests
}

// New makes the service. clients may call everything, monitors only read.
func New(keeper *custody.Keeper, clients, monitors map[[32]byte]bool, version string, log *slog.Logger) *Service {
	return &Service{keeper: keeper, clients: clients, monitors: monitors, version: version, log: log, announced: map[string]bool{}}
}

// Handler is the door's routes. The client's certificate is asked for by TLSConfig; each route asks what it may do.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/generate", s.only(s.clients, act(s, maxBody, s.keeper.Generate)))
	mux.HandleFunc("POST /v1/bind", s.only(s.clients, act(s, maxBody, s.keeper.Bind)))
	mux.HandleFunc("POST /v1/postpone", s.only(s.clients, act(s, maxBody, s.keeper.Postpone)))
	mux.HandleFunc("POST /v1/erase", s.only(s.clients, act(s, maxRelease, s.erase)))
	mux.HandleFunc("POST /v1/release", s.only(s.clients, s.release))
	mux.HandleFunc("GET /v1/health", s.only(s.monitors, s.health))
	mux.HandleFunc("GET /metrics", s.only(s.monitors, s.metrics))
	return mux
}

// Serve answers on listener until ctx ends, then lets requests under way finish for at most ten seconds.
func (s *Service) Serve(ctx context.Context, server *http.Server, serve func() error) error {
	done := make(chan error, 1)
	go func() { done <- serve() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := server.Shutdown(end)
	if serveErr := <-done; !errors.Is(serveErr, http.ErrServerClosed) {
		err = errors.Join(err, serveErr)
	}
	return err
}

// Server is an http.Server for the door with its timeouts and TLS.
func (s *Service) Server(own tls.Certificate) *http.Server {
	return &http.Server{
		Handler:           s.Handler(),
		TLSConfig:         s.tlsConfig(own),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      120 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

func (s *Service) tlsConfig(own tls.Certificate) *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{own},
		ClientAuth:   tls.RequireAnyClientCert, // pinned below; no certification authority is asked
		VerifyConnection: func(c tls.ConnectionState) error {
			pin := pinOf(c)
			if !s.clients[pin] && !s.monitors[pin] {
				return errors.New("client certificate is not pinned")
			}
			return nil
		},
	}
}

func pinOf(c tls.ConnectionState) [32]byte {
	if len(c.PeerCertificates) == 0 {
		return [32]byte{}
	}
	return sha256.Sum256(c.PeerCertificates[0].Raw)
}

// only lets pass clients of the list; who may call everything may also read.
func (s *Service) only(list map[[32]byte]bool, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil {
			http.Error(w, "TLS only", http.StatusForbidden)
			return
		}
		if pin := pinOf(*r.TLS); !list[pin] && !s.clients[pin] {
			http.Error(w, "not allowed for this certificate", http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

// act reads a canonical request, does one thing and writes its answer.
func act[Q, A any](s *Service, bound int64, do func(Q) (A, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bound))
		if err != nil {
			s.refuse(w, r, unread(err))
			return
		}
		var q Q
		if err := canon.Unmarshal(body, &q); err != nil {
			s.refuse(w, r, custody.RefusalOf(custody.ErrRequest.Code(), err.Error(), 0))
			return
		}
		answer, err := do(q)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		s.write(w, r, answer)
	}
}

func (s *Service) erase(q custody.EraseRequest) (any, error) {
	erased, err := s.keeper.Erase(q)
	if err == nil {
		s.log.Info("erased", "lot", erased.Body.Lot)
	}
	return erased, err
}

func (s *Service) release(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRelease))
	if err != nil {
		s.refuse(w, r, unread(err))
		return
	}
	q, err := custody.ParseReleaseRequest(body)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	answer, err := s.keeper.Release(q)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.announce(q.Lot, q.Moment)
	s.write(w, r, answer)
}

// announce logs the first release of a lot's moment: nothing before the opening time, and nothing that counts.
func (s *Service) announce(lot, moment string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key := lot + "/" + moment; !s.announced[key] {
		s.announced[key] = true
		s.log.Info("release", "lot", lot, "moment", moment)
	}
}

func (s *Service) health(w http.ResponseWriter, r *http.Request) {
	h, err := s.keeper.Health(s.version)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.write(w, r, h)
}

// metrics is the Prometheus text format. It tells how the process is, and nothing about lots or bids.
func (s *Service) metrics(w http.ResponseWriter, r *http.Request) {
	h, err := s.keeper.Health(s.version)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	fmt.Fprintf(w, "# TYPE keyholder_info gauge\nkeyholder_info{class=%q,version=%q,index=\"%d\"} 1\n", h.Class, h.Version, h.Index)
	fmt.Fprintf(w, "# TYPE keyholder_clock_seconds gauge\nkeyholder_clock_seconds %d.%03d\n", h.Clock.Unix(), h.Clock.UnixMilli()%1000)
	fmt.Fprintf(w, "# TYPE keyholder_pool_keys gauge\nkeyholder_pool_keys %d\n", h.Pool)
	fmt.Fprintf(w, "# TYPE keyholder_checkpoint_size gauge\nkeyholder_checkpoint_size %d\n", h.Checkpoint)
}

func (s *Service) write(w http.ResponseWriter, r *http.Request, answer any) {
	body, err := canon.Marshal(answer)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // a client that went away asks again
}

func unread(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return custody.RefusalOf(custody.ErrRequest.Code(), "body too large", 0)
	}
	return custody.RefusalOf(custody.ErrRequest.Code(), "body not read", 0)
}

// refuse answers with the refusal's code: 503 when trying again may help, 400 for a bad request, 409 when a rule says no.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p, status := custody.Problem{Code: "internal"}, http.StatusInternalServerError
	var ours *custody.Refusal
	var coded interface{ Code() string }
	switch {
	case errors.As(err, &ours):
		p, status = custody.Problem{Code: ours.Code(), Detail: ours.Detail(), Holder: ours.Holder()}, http.StatusConflict
		if errors.Is(err, custody.ErrRequest) {
			status = http.StatusBadRequest
		}
		if errors.Is(err, custody.ErrState) {
			status = http.StatusServiceUnavailable
		}
	case errors.As(err, &coded):
		p, status = custody.Problem{Code: coded.Code()}, http.StatusConflict
	}
	if status >= 500 {
		s.log.ErrorContext(r.Context(), "request", "path", r.URL.Path, "err", err)
	} else {
		s.log.Info("refused", "path", r.URL.Path, "code", p.Code)
	}
	body, merr := canon.Marshal(p)
	if merr != nil { // a detail that is no text
		body = []byte(`{"code":"` + p.Code + `"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

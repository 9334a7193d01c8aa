package auth

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/web/problem"
)

// A session's limits. Recheck is how often the person's standing is asked again while the session is used.
const (
	SessionIdle     = 30 * time.Minute
	SessionAbsolute = 12 * time.Hour
	SessionRecheck  = time.Minute
)

const sessionKind = "session"

// Rules are what a Service is told of its place: its class and the origins ("https://host[:port]") its pages and clients use.
type Rules struct {
	Class   bidding.Class
	Origins []string
}

// Service logs people in and knows them again.
type Service struct {
	secrets      Secrets
	parties      Parties
	certificates Certificates
	clock        bidding.Clock
	rules        Rules
}

// New wires a Service.
func New(s Secrets, p Parties, c Certificates, clock bidding.Clock, r Rules) *Service {
	return &Service{secrets: s, parties: p, certificates: c, clock: clock, rules: r}
}

// Session is a login in force.
type Session struct {
	Actor     bidding.Actor `json:"actor"`
	IssuedAt  time.Time     `json:"issued_at"`
	SeenAt    time.Time     `json:"seen_at"`
	ExpiresAt time.Time     `json:"expires_at"` // absolute; idling ends it sooner
}

// Open answers a challenge and opens a session. The token is returned once and stored nowhere.
// Refusals: login-refused, the certificate's, and the party's (unknown, not active, role not held).
func (s *Service) Open(ctx context.Context, a Answer) (token string, _ Session, _ error) {
	now := s.clock.Now()
	cert, err := s.answered(ctx, a, now)
	if err != nil {
		return "", Session{}, err
	}
	actor, err := s.parties.Actor(ctx, cert.Fingerprint(), a.Role, now)
	if err != nil {
		return "", Session{}, refused(cert, fmt.Errorf("log in: %w", err))
	}
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // documented never to return an error
	session := Session{Actor: actor, IssuedAt: now, SeenAt: now, ExpiresAt: now.Add(SessionAbsolute)}
	body, err := json.Marshal(session)
	if err != nil {
		return "", Session{}, fmt.Errorf("encode session: %w", err)
	}
	if err := s.secrets.Keep(ctx, sessionKind, digestOf(sessionKind, raw[:]), body, now.Add(SessionIdle)); err != nil {
		return "", Session{}, fmt.Errorf("keep session: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw[:]), session, nil
}

// Session knows a token again. No token is problem.ErrUnauthenticated; a token that is unknown, idle for too long,
// or whose holder may no longer act in the role, is problem.ErrSessionExpired.
func (s *Service) Session(ctx context.Context, token string) (Session, error) {
	digest, err := tokenDigest(token)
	if err != nil {
		return Session{}, err
	}
	now := s.clock.Now()
	body, err := s.secrets.Find(ctx, sessionKind, digest, now)
	if errors.Is(err, bidding.ErrMissing) {
		return Session{}, problem.ErrSessionExpired
	}
	if err != nil {
		return Session{}, fmt.Errorf("find session: %w", err)
	}
	var session Session
	if err := json.Unmarshal(body, &session); err != nil {
		return Session{}, fmt.Errorf("decode session: %w", err)
	}
	if !now.Before(session.ExpiresAt) {
		return Session{}, problem.ErrSessionExpired
	}
	if now.Sub(session.SeenAt) < SessionRecheck {
		return session, nil
	}
	return s.recheck(ctx, digest, session, now)
}

// recheck asks whether the holder may still act, and moves the idle limit.
func (s *Service) recheck(ctx context.Context, digest canon.Hash, session Session, now time.Time) (Session, error) {
	actor, err := s.parties.Actor(ctx, session.Actor.Certificate, session.Actor.Role, now)
	if _, refused := errors.AsType[*bidding.Refusal](err); refused {
		if err := s.secrets.Drop(ctx, sessionKind, digest); err != nil {
			return Session{}, fmt.Errorf("drop session: %w", err)
		}
		return Session{}, problem.ErrSessionExpired
	}
	if err != nil {
		return Session{}, fmt.Errorf("know the session's holder again: %w", err)
	}
	session.Actor, session.SeenAt = actor, now
	body, err := json.Marshal(session)
	if err != nil {
		return Session{}, fmt.Errorf("encode session: %w", err)
	}
	expires := now.Add(SessionIdle)
	if session.ExpiresAt.Before(expires) {
		expires = session.ExpiresAt
	}
	switch err := s.secrets.Replace(ctx, sessionKind, digest, body, expires); {
	case errors.Is(err, bidding.ErrMissing): // logged out meanwhile
		return Session{}, problem.ErrSessionExpired
	case err != nil:
		return Session{}, fmt.Errorf("keep session: %w", err)
	}
	return session, nil
}

// Close ends the session of a token; closing what is not there is no error.
func (s *Service) Close(ctx context.Context, token string) error {
	digest, err := tokenDigest(token)
	if err != nil {
		return nil
	}
	if err := s.secrets.Drop(ctx, sessionKind, digest); err != nil {
		return fmt.Errorf("drop session: %w", err)
	}
	return nil
}

func tokenDigest(token string) (canon.Hash, error) {
	if token == "" {
		return canon.Hash{}, problem.ErrUnauthenticated
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != 32 {
		return canon.Hash{}, problem.ErrSessionExpired
	}
	return digestOf(sessionKind, raw), nil
}

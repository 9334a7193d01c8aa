package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/web/api/wire"
)

// LoginType and login are the text that is signed to log in (package web/auth): it names class, origin and role.
const LoginType = "sunbid/login/v1"

type login struct {
	Type      string        `json:"type"`
	Class     bidding.Class `json:"class"`
	Origin    string        `json:"origin"`
	Role      bidding.Role  `json:"role"`
	Challenge canon.Hash    `json:"challenge"`
	Nonce     canon.Hash    `json:"nonce"`
}

// Login proves the signer's key and opens a session. When the session ends later, the client logs in again by itself.
func (c *Client) Login(ctx context.Context, signer pki.Signer, class bidding.Class, role bidding.Role) (wire.Session, error) {
	id := &identity{signer: signer, class: class, role: role}
	s, err := c.open(ctx, id)
	if err != nil {
		return wire.Session{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.login, c.token = id, s.Token
	return s, nil
}

// open walks challenge and answer. A broken connection in between starts over with a fresh challenge.
func (c *Client) open(ctx context.Context, id *identity) (wire.Session, error) {
	for try := 1; ; try++ {
		s, err := c.answer(ctx, id)
		if err == nil || !errors.Is(err, ErrConnection) || try == c.tries {
			return s, err
		}
		if err := sleep(ctx, c.backoff(try)); err != nil {
			return wire.Session{}, fmt.Errorf("log in: %w", err)
		}
	}
}

func (c *Client) answer(ctx context.Context, id *identity) (wire.Session, error) {
	var challenge wire.Challenge
	if err := c.public(ctx, "/challenges", wire.ChallengeRequest{Certificate: id.signer.Certificate().DER()}, &challenge); err != nil {
		return wire.Session{}, err
	}
	msg, err := canon.Marshal(login{Type: LoginType, Class: id.class, Origin: c.origin, Role: id.role, Challenge: challenge.Challenge, Nonce: challenge.Nonce})
	if err != nil {
		return wire.Session{}, fmt.Errorf("encode login: %w", err)
	}
	sig, err := id.signer.Sign(msg)
	if err != nil {
		return wire.Session{}, fmt.Errorf("sign login: %w", err)
	}
	var s wire.Session
	err = c.public(ctx, "/sessions", wire.SessionRequest{Challenge: challenge.Challenge, Signature: sig, Role: id.role}, &s)
	return s, err
}

// public posts without a session and without a key; 429 and 503 are waited for, since nothing was done then.
func (c *Client) public(ctx context.Context, path string, body, out any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	return c.patient(ctx, call{method: http.MethodPost, path: path, body: raw, media: "application/json", open: true}, out)
}

// patient repeats a call that has no key only when the server said that it did nothing.
func (c *Client) patient(ctx context.Context, r call, out any) error {
	for try := 1; ; try++ {
		wait, err := c.once(ctx, r, out)
		if err == nil || wait < 0 || errors.Is(err, ErrConnection) || try == c.tries {
			return err
		}
		if err := sleep(ctx, max(wait, c.backoff(try))); err != nil {
			return fmt.Errorf("%s %s: %w", r.method, r.path, err)
		}
	}
}

// Logout ends the session; the client does not log in again by itself.
func (c *Client) Logout(ctx context.Context) error {
	err := c.do(ctx, call{method: http.MethodDelete, path: "/sessions"}, nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.login, c.token = nil, ""
	return err
}

// Me tells who the session acts as.
func (c *Client) Me(ctx context.Context) (wire.Session, error) {
	var s wire.Session
	err := c.get(ctx, "/me", nil, &s)
	return s, err
}

func (c *Client) session() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token
}

func (c *Client) canLogin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.login != nil
}

// relogin opens a new session; of many calls that find the session ended, one does it and the others wait for it.
func (c *Client) relogin(ctx context.Context) error {
	c.mu.Lock()
	if wait := c.logging; wait != nil {
		c.mu.Unlock()
		select {
		case <-wait:
			return nil // its outcome shows in the next request
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	id, ended := c.login, make(chan struct{})
	c.logging = ended
	c.mu.Unlock()

	s, err := c.open(ctx, id)

	c.mu.Lock()
	defer c.mu.Unlock()
	c.logging = nil
	close(ended)
	if err != nil {
		return fmt.Errorf("log in again: %w", err)
	}
	c.token = s.Token
	return nil
}

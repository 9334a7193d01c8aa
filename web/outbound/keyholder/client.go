package keyholder

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

const (
	attempts  = 3
	firstWait = 50 * time.Millisecond
	maxAnswer = 64 << 20
)

// Endpoint is where one keyholder is and which TLS certificate it shows.
type Endpoint struct {
	Index   int // 1 … n, as in key records
	Name    string
	Address string   // host:port
	Pin     [32]byte // SHA-256 of the DER of its TLS certificate
}

// Unreachable: the keyholder did not answer, or not sensibly. Whether it acted is not known; every act may be repeated.
type Unreachable struct {
	Index int
	Name  string
	Err   error
}

func (u *Unreachable) Error() string {
	return fmt.Sprintf("keyholder %d (%s) is not reachable: %v", u.Index, u.Name, u.Err)
}

func (u *Unreachable) Unwrap() error { return u.Err }

// Code is the stable name of the failure.
func (u *Unreachable) Code() string { return "keyholder-unreachable" }

// Client calls one keyholder.
type Client struct {
	endpoint Endpoint
	http     *http.Client
}

// NewClient connects on first use. own is the platform's TLS client certificate, which the keyholder has pinned.
func NewClient(e Endpoint, own tls.Certificate) *Client {
	transport := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: 90 * time.Second,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   4,
		TLSClientConfig: &tls.Config{
			MinVersion:         tls.VersionTLS13,
			Certificates:       []tls.Certificate{own},
			InsecureSkipVerify: true, // names and authorities say nothing here: the one pinned certificate does, below
			VerifyConnection: func(c tls.ConnectionState) error {
				if len(c.PeerCertificates) == 0 || sha256.Sum256(c.PeerCertificates[0].Raw) != e.Pin {
					return errors.New("the keyholder's TLS certificate is not the pinned one")
				}
				return nil
			},
		},
	}
	return &Client{endpoint: e, http: &http.Client{Transport: transport}}
}

// Endpoint is where this client calls.
func (c *Client) Endpoint() Endpoint { return c.endpoint }

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Health asks how the keyholder is.
func (c *Client) Health(ctx context.Context) (custody.Health, error) {
	return call[custody.Health](ctx, c, http.MethodGet, "/v1/health", nil)
}

// Bind asks for the keyholder's signature over a binding.
func (c *Client) Bind(ctx context.Context, r custody.BindRequest) (pki.Signature, error) {
	return post[pki.Signature](ctx, c, "/v1/bind", r)
}

// Postpone asks for the keyholder's signature over a postponement.
func (c *Client) Postpone(ctx context.Context, r custody.PostponeRequest) (pki.Signature, error) {
	return post[pki.Signature](ctx, c, "/v1/postpone", r)
}

// Release asks for partial decryptions of r's items.
func (c *Client) Release(ctx context.Context, r custody.ReleaseRequest) (custody.Release, error) {
	body, err := r.Encode()
	if err != nil {
		return custody.Release{}, err
	}
	return call[custody.Release](ctx, c, http.MethodPost, "/v1/release", body)
}

// Erase orders the keyholder to destroy its share of a lot's key.
func (c *Client) Erase(ctx context.Context, r custody.EraseRequest) (pki.Signed[custody.Erased], error) {
	return post[pki.Signed[custody.Erased]](ctx, c, "/v1/erase", r)
}

func (c *Client) generate(ctx context.Context, r custody.GenerateRequest) (custody.GenerateReply, error) {
	return post[custody.GenerateReply](ctx, c, "/v1/generate", r)
}

func post[A any](ctx context.Context, c *Client, path string, request any) (A, error) {
	body, err := canon.Marshal(request)
	if err != nil {
		var none A
		return none, err
	}
	return call[A](ctx, c, http.MethodPost, path, body)
}

// call tries a few times, for what passes: no connection, a process that is just starting, a disk that failed once.
// All acts of a keyholder give the same answer when repeated.
func call[A any](ctx context.Context, c *Client, method, path string, body []byte) (A, error) {
	var none A
	wait := firstWait
	for attempt := 1; ; attempt++ {
		answer, err := once[A](ctx, c, method, path, body)
		var refusal *custody.Refusal
		final := err == nil || errors.As(err, &refusal) && !errors.Is(err, custody.ErrState)
		if final || attempt == attempts || ctx.Err() != nil {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return none, err
		case <-time.After(wait):
			wait *= 4
		}
	}
}

func once[A any](ctx context.Context, c *Client, method, path string, body []byte) (A, error) {
	var none A
	unreachable := func(err error) (A, error) {
		return none, &Unreachable{c.endpoint.Index, c.endpoint.Name, err}
	}
	request, err := http.NewRequestWithContext(ctx, method, "https://"+c.endpoint.Address+path, bytes.NewReader(body))
	if err != nil {
		return none, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return unreachable(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return unreachable(err)
	}
	if len(raw) > maxAnswer {
		return unreachable(errors.New("answer too large"))
	}
	if response.StatusCode != http.StatusOK {
		var p custody.Problem
		if err := canon.Unmarshal(raw, &p); err != nil || p.Code == "internal" {
			return unreachable(fmt.Errorf("status %d", response.StatusCode))
		}
		return none, custody.RefusalOf(p.Code, p.Detail, p.Holder)
	}
	var answer A
	if err := canon.Unmarshal(raw, &answer); err != nil {
		return unreachable(fmt.Errorf("answer: %w", err))
	}
	return answer, nil
}

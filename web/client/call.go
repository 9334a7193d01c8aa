package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"sunbid/bidding"
	"sunbid/web/problem"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 20

// call is one request as it is made, as often as needed.
type call struct {
	method string
	path   string // under /api/v1
	query  url.Values
	body   []byte
	media  string
	header map[string]string
	key    string // Idempotency-Key; empty: none
	open   bool   // needs no session
}

// ErrConnection is the refusal of a platform that cannot be reached: its detail says how it failed.
var ErrConnection = bidding.Refuse("connection-failed", bidding.Unready, "", "无法连接到平台，请检查网络。", "the platform cannot be reached")

// get fetches and decodes.
func (c *Client) get(ctx context.Context, path string, query url.Values, out any) error {
	return c.do(ctx, call{method: http.MethodGet, path: path, query: query}, out)
}

// post sends JSON under a fresh Idempotency-Key.
func (c *Client) post(ctx context.Context, path string, body, out any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	return c.postRaw(ctx, path, raw, newKey(), out)
}

// postRaw sends bytes as they are: signed records must not be rebuilt.
func (c *Client) postRaw(ctx context.Context, path string, body []byte, key string, out any) error {
	return c.do(ctx, call{method: http.MethodPost, path: path, body: body, media: "application/json", key: key}, out)
}

func newKey() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // documented never to return an error
	return hex.EncodeToString(b[:])
}

// do makes the call until it is answered, refused, or no longer worth repeating.
func (c *Client) do(ctx context.Context, r call, out any) error {
	repeatable := r.method != http.MethodPost || r.key != ""
	loggedIn := false
	for try := 1; ; try++ {
		wait, err := c.once(ctx, r, out)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("%s %s: %w", r.method, r.path, ctx.Err())
		case !r.open && !loggedIn && expired(err) && c.canLogin():
			if err := c.relogin(ctx); err != nil {
				return err
			}
			loggedIn = true
			continue
		case wait < 0 || !repeatable || try == c.tries:
			return err
		}
		if err := sleep(ctx, max(wait, c.backoff(try))); err != nil {
			return fmt.Errorf("%s %s: %w", r.method, r.path, err)
		}
	}
}

func expired(err error) bool {
	return errors.Is(err, problem.ErrSessionExpired) || errors.Is(err, problem.ErrUnauthenticated)
}

// once makes one request. wait is negative when repeating it would change nothing, else how long the server asks to wait.
func (c *Client) once(ctx context.Context, r call, out any) (wait time.Duration, _ error) {
	address := c.base + "/api/v1" + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, bytes.NewReader(r.body))
	if err != nil {
		return -1, fmt.Errorf("make request: %w", err)
	}
	for k, v := range r.header {
		req.Header.Set(k, v)
	}
	req.Header.Set("Accept", "application/json, "+problem.ContentType)
	if r.media != "" {
		req.Header.Set("Content-Type", r.media)
	}
	if r.key != "" {
		req.Header.Set("Idempotency-Key", r.key)
	}
	if token := c.session(); token != "" && !r.open {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, ErrConnection.With(reason(err))
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return 0, ErrConnection.With(reason(err))
	}
	if len(body) > maxAnswer {
		return -1, fmt.Errorf("%s %s: the answer is longer than %d octets", r.method, r.path, maxAnswer)
	}
	if res.StatusCode >= 200 && res.StatusCode < 300 {
		if out == nil {
			return -1, nil
		}
		if err := json.Unmarshal(body, out); err != nil {
			return -1, fmt.Errorf("%s %s: decode answer: %w", r.method, r.path, err)
		}
		return -1, nil
	}
	return patience(res), refusal(res.StatusCode, body)
}

// patience is how long to wait before the same request may be made again; negative: it may not.
func patience(res *http.Response) time.Duration {
	switch res.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusRequestTimeout:
		seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
		if err != nil || seconds < 0 {
			return 0
		}
		return min(time.Duration(seconds)*time.Second, 30*time.Second)
	}
	return -1
}

// Refused is a refusal with the platform's signed receipt of it (拒收回执).
type Refused struct {
	*bidding.Refusal
	Receipt []byte // canonical signed record
}

// Unwrap lets errors.Is and errors.As see the refusal.
func (r *Refused) Unwrap() error { return r.Refusal }

func refusal(status int, body []byte) error {
	p, ok := problem.Parse(body)
	if !ok {
		p = &problem.Problem{Status: status, Title: "平台没有给出可识别的回答。", English: fmt.Sprintf("HTTP status %d without a problem", status)}
	}
	if len(p.Receipt) > 0 {
		return &Refused{Refusal: p.Refusal(), Receipt: p.Receipt}
	}
	return p.Refusal()
}

// backoff doubles from the first pause, with up to half of it at random so that many clients do not come back at once.
func (c *Client) backoff(try int) time.Duration {
	d := min(c.pause<<(try-1), maxPause)
	n, err := rand.Int(rand.Reader, big.NewInt(int64(d)/2+1))
	if err != nil {
		return d
	}
	return d + time.Duration(n.Int64())
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reason is the cause of a broken connection without the address, which may hold identifiers.
func reason(err error) string {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		return ue.Err.Error()
	}
	return err.Error()
}

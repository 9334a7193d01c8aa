package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/gazette"
	"sunbid/bidding/party"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/web/api"
	"sunbid/web/api/wire"
	"sunbid/web/auth"
	"sunbid/web/problem"
)

func TestBadRequests(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	_, bidder := b.login(t, 1, bidding.Bidder)
	_, operator := b.login(t, 2, bidding.Operator)
	lot, up := bidding.NewLotID().String(), bidding.NewUploadID().String()
	leaf := strings.Repeat("ab", 32)
	for _, c := range []struct {
		name, method, path, token, media, body string
		header                                 map[string]string
		status                                 int
		code, detail                           string
	}{
		{name: "no such address", method: "GET", path: "/api/v1/nothing", status: 404, code: "not-found"},
		{name: "wrong method", method: "PATCH", path: "/api/v1/tenders", status: 405, code: "method-not-allowed"},
		{name: "too large", method: "POST", path: "/api/v1/challenges", media: "application/json", body: strings.Repeat("x", 64<<10+1), status: 413, code: "request-too-large"},
		{name: "far too large", method: "PUT", path: "/api/v1/uploads/" + up + "/front", token: bidder, media: "application/octet-stream", body: strings.Repeat("x", 4<<20), status: 413, code: "request-too-large"},
		{name: "wrong content type", method: "POST", path: "/api/v1/challenges", media: "text/plain", body: "{}", status: 415, code: "media-type"},
		{name: "no content type", method: "POST", path: "/api/v1/challenges", body: "{}", status: 415, code: "media-type"},
		{name: "compressed", method: "POST", path: "/api/v1/challenges", media: "application/json", body: "{}", header: map[string]string{"Content-Encoding": "gzip"}, status: 415, code: "media-type"},
		{name: "not JSON", method: "POST", path: "/api/v1/challenges", media: "application/json", body: "{", status: 400, code: "request-unreadable"},
		{name: "a key twice", method: "POST", path: "/api/v1/challenges", media: "application/json", body: `{"certificate":"AA==","certificate":"AAAA"}`, status: 422, code: "canon-duplicate-key"},
		{name: "a key twice, further in", method: "POST", path: "/api/v1/challenges", media: "application/json", body: `{"certificate":[{"a":1},{"a":1,"b":{"c":[],"c":1}}]}`, status: 422, code: "canon-duplicate-key"},
		{name: "one key in two objects", method: "POST", path: "/api/v1/challenges", media: "application/json", body: `{"certificate":[{"a":{"a":1}},{"a":1}]}`, status: 422, code: "request-invalid"},
		{name: "a number that is no integer", method: "POST", path: "/api/v1/challenges", media: "application/json", body: `{"certificate":1e0}`, status: 422, code: "canon-number"},
		{name: "a number that is too large", method: "POST", path: "/api/v1/challenges", media: "application/json", body: `[9007199254740992]`, status: 422, code: "canon-number"},
		{name: "nested too deep", method: "POST", path: "/api/v1/challenges", media: "application/json", body: strings.Repeat("[", 33), status: 422, code: "canon-depth"},
		{name: "missing field", method: "POST", path: "/api/v1/challenges", media: "application/json", body: "{}", status: 422, code: "request-invalid", detail: "缺少字段 certificate"},
		{name: "unknown field", method: "POST", path: "/api/v1/challenges", media: "application/json", body: `{"certificate":"AA==","x":1}`, status: 422, code: "request-invalid", detail: "未定义的字段"},
		{name: "not a certificate", method: "POST", path: "/api/v1/challenges", media: "application/json", body: `{"certificate":"AAAA"}`, status: 422, code: "certificate-malformed"},
		{name: "malformed identifier", method: "GET", path: "/api/v1/lots/lt_1", status: 422, code: "request-invalid", detail: "path.id"},
		{name: "identifier of another kind", method: "GET", path: "/api/v1/lots/" + bidding.NewTenderID().String(), status: 422, code: "request-invalid"},
		{name: "limit out of range", method: "GET", path: "/api/v1/tenders?limit=100000", status: 422, code: "request-invalid", detail: "query.limit"},
		{name: "no idempotency key", method: "POST", path: "/api/v1/lots/" + lot + "/uploads", token: bidder, media: "application/json", body: `{"kind":"body","size":9,"chunks":1}`, status: 400, code: "idempotency-key-missing"},
		{name: "a lot that is not there", method: "POST", path: "/api/v1/lots/" + lot + "/uploads", token: bidder, media: "application/json", body: `{"kind":"body","size":9,"chunks":1}`, header: map[string]string{"Idempotency-Key": "1"}, status: 404, code: "not-found"},
		{name: "record that is not canonical", method: "POST", path: "/api/v1/lots/" + lot + "/bids", token: bidder, media: "application/json", body: `{ "body":{},"signatures":[]}`, header: map[string]string{"Idempotency-Key": "2"}, status: 422, code: "canon-not-canonical"},
		{name: "record with nothing in it", method: "POST", path: "/api/v1/lots/" + lot + "/bids", token: bidder, media: "application/json", body: `{"body":{},"signatures":[]}`, header: map[string]string{"Idempotency-Key": "3"}, status: 422, code: "canon-missing-key"},
		{name: "part without leaves", method: "PUT", path: "/api/v1/uploads/" + up + "/parts/0", token: bidder, media: "application/octet-stream", body: "x", status: 422, code: "request-invalid", detail: "Sunbid-Leaves"},
		{name: "part with too many leaves", method: "PUT", path: "/api/v1/uploads/" + up + "/parts/0", token: bidder, media: "application/octet-stream", body: "x", header: map[string]string{"Sunbid-Leaves": strings.Repeat(leaf+",", 8) + leaf}, status: 422, code: "request-invalid"},
		{name: "part as JSON", method: "PUT", path: "/api/v1/uploads/" + up + "/parts/0", token: bidder, media: "application/json", body: "x", status: 415, code: "media-type"},
		{name: "part of an unknown upload", method: "PUT", path: "/api/v1/uploads/" + up + "/parts/0", token: bidder, media: "application/octet-stream", body: "x", header: map[string]string{"Sunbid-Leaves": leaf}, status: 404, code: "not-found"},
		{name: "a made-up token", method: "GET", path: "/api/v1/me", token: "abc", status: 401, code: "session-expired"},
		{name: "another's role", method: "POST", path: "/api/v1/lots/" + lot + "/uploads", token: operator, media: "application/json", body: `{}`, status: 403, code: "not-allowed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			req := b.request(t, c.method, c.path, c.body)
			if c.media != "" {
				req.Header.Set("Content-Type", c.media)
			}
			if c.token != "" {
				req.Header.Set("Authorization", "Bearer "+c.token)
			}
			for k, v := range c.header {
				req.Header.Set(k, v)
			}
			status, p := b.send(t, req)
			if status != c.status || p == nil || p.Code != c.code || !strings.Contains(p.Detail, c.detail) {
				t.Fatalf("got %d %+v", status, p)
			}
		})
	}
	if s := b.log.String(); s != "" {
		t.Errorf("refusals were logged: %s", s)
	}
}

// dial sends raw bytes and reads the answer.
func (b *bundle) dial(t *testing.T, request string) (*http.Response, net.Conn) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res, conn
}

func problemOf(t *testing.T, res *http.Response) *problem.Problem {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := problem.Parse(body)
	if !ok {
		t.Fatalf("no problem: %d %s", res.StatusCode, body)
	}
	return p
}

func TestSlowSenders(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *api.Config, _ *api.Services) {
		c.Limits.JSONRead, c.Limits.PartRead = 300*time.Millisecond, 300*time.Millisecond
	})
	_, token := b.login(t, 1, bidding.Bidder)
	for name, request := range map[string]string{
		"body": "POST /api/v1/challenges HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
		"part": "PUT /api/v1/uploads/" + bidding.NewUploadID().String() + "/front HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\nContent-Type: application/octet-stream\r\nContent-Length: 100\r\n\r\nx",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res, _ := b.dial(t, request)
			if p := problemOf(t, res); res.StatusCode != 408 || p.Code != "request-timeout" || !res.Close {
				t.Fatalf("%d %+v close=%v", res.StatusCode, p, res.Close)
			}
		})
	}
}

func TestPartNeedsALength(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	_, token := b.login(t, 1, bidding.Bidder)
	head := "PUT /api/v1/uploads/" + bidding.NewUploadID().String() + "/parts/0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\nContent-Type: application/octet-stream\r\n"
	res, _ := b.dial(t, head+"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
	if p := problemOf(t, res); p.Code != "length-required" {
		t.Fatalf("%+v", p)
	}
	res, _ = b.dial(t, head+fmt.Sprintf("Content-Length: %d\r\n\r\n%s", api.PartMax+1, strings.Repeat("x", 16<<10)))
	if p := problemOf(t, res); p.Code != "request-too-large" {
		t.Fatalf("%+v", p)
	}
}

// TestLeftoversAreNoRequest: what a handler did not read of a body must not be taken for the next request.
func TestLeftoversAreNoRequest(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	smuggled := "GET /api/v1/me HTTP/1.1\r\nHost: x\r\n\r\n"
	res, conn := b.dial(t, fmt.Sprintf("PUT /api/v1/uploads/%s/parts/0 HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n%s", bidding.NewUploadID(), len(smuggled), smuggled))
	if p := problemOf(t, res); p.Code != "unauthenticated" {
		t.Fatalf("%+v", p)
	}
	if _, err := io.WriteString(conn, "GET /api/v1/time HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return // closed: fine too
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return
	}
	defer res.Body.Close()
	if res.StatusCode != 200 {
		t.Fatalf("the rest of the body was answered: %d", res.StatusCode)
	}
}

func TestReplayedLogin(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	signer := b.person(t, 1, bidding.Bidder)
	body := b.answer(t, signer, b.url, false)
	send := func() (int, *problem.Problem) {
		req := b.request(t, "POST", "/api/v1/sessions", body)
		req.Header.Set("Content-Type", "application/json")
		return b.send(t, req)
	}
	if status, p := send(); status != 201 {
		t.Fatalf("%d %+v", status, p)
	}
	if status, p := send(); status != 401 || p.Code != "login-refused" {
		t.Fatalf("replayed: %d %+v", status, p)
	}
}

// answer makes the body of POST /sessions for a fresh challenge, signed for an origin.
func (b *bundle) answer(t *testing.T, signer pki.Signer, origin string, cookie bool) string {
	t.Helper()
	req := b.request(t, "POST", "/api/v1/challenges", string(encode(t, wire.ChallengeRequest{Certificate: signer.Certificate().DER()})))
	req.Header.Set("Content-Type", "application/json")
	status, _, body, _ := b.raw(t, req)
	if status != 201 {
		t.Fatalf("%d %s", status, body)
	}
	c := decode[wire.Challenge](t, body)
	msg, err := auth.Login{Type: auth.LoginType, Class: bidding.Rehearsal, Origin: origin, Role: bidding.Bidder, Challenge: c.Challenge, Nonce: c.Nonce}.Message()
	if err != nil {
		t.Fatal(err)
	}
	sig, err := signer.Sign(msg)
	if err != nil {
		t.Fatal(err)
	}
	return string(encode(t, wire.SessionRequest{Challenge: c.Challenge, Signature: sig, Role: bidding.Bidder, Cookie: cookie}))
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestExpiredSession(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	_, token := b.login(t, 1, bidding.Bidder)
	b.clock.pass(auth.SessionIdle)
	req := b.request(t, "GET", "/api/v1/me", "")
	req.Header.Set("Authorization", "Bearer "+token)
	if status, p := b.send(t, req); status != 401 || p.Code != "session-expired" {
		t.Fatalf("%d %+v", status, p)
	}
}

func TestTheClientLogsInAgain(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	c, _ := b.login(t, 1, bidding.Bidder)
	b.clock.pass(auth.SessionIdle)
	if s, err := c.Me(t.Context()); err != nil || s.Actor.Role != bidding.Bidder {
		t.Fatalf("%+v %v", s, err)
	}
	if err := c.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Me(t.Context()); !errors.Is(err, problem.ErrUnauthenticated) {
		t.Fatal(err)
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	signer := b.person(t, 1, bidding.Bidder)
	login := func(origin string) (int, []byte, http.Header) {
		req := b.request(t, "POST", "/api/v1/sessions", b.answer(t, signer, b.url, true))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Origin", origin)
		status, _, body, header := b.raw(t, req)
		return status, body, header
	}
	if status, body, header := login("https://elsewhere.example"); status != 403 || header.Get("Set-Cookie") != "" {
		t.Fatalf("a foreign page got a cookie: %d %s", status, body)
	}
	status, body, header := login(b.url)
	if status != 201 || decode[wire.Session](t, body).Token != "" {
		t.Fatalf("%d %s", status, body)
	}
	cookie, err := http.ParseSetCookie(header.Get("Set-Cookie"))
	if err != nil || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Domain != "" {
		t.Fatalf("%+v %v", cookie, err)
	}
	for _, c := range []struct {
		name, method, path, origin string
		status                     int
		code                       string
	}{
		{"reading needs no origin", "GET", "/api/v1/me", "", 200, ""},
		{"a change without origin", "POST", "/api/v1/lots/" + bidding.NewLotID().String() + "/uploads", "", 403, "origin-refused"},
		{"a change from elsewhere", "POST", "/api/v1/lots/" + bidding.NewLotID().String() + "/uploads", "https://elsewhere.example", 403, "origin-refused"},
		{"a change from a null origin", "POST", "/api/v1/lots/" + bidding.NewLotID().String() + "/uploads", "null", 403, "origin-refused"},
		{"logging out from elsewhere", "DELETE", "/api/v1/sessions", "https://elsewhere.example", 403, "origin-refused"},
		{"a change from here", "POST", "/api/v1/lots/" + bidding.NewLotID().String() + "/uploads", b.url, 404, "not-found"},
		{"logging out from here", "DELETE", "/api/v1/sessions", b.url, 200, ""},
		{"after that", "GET", "/api/v1/me", "", 401, "session-expired"},
	} {
		req := b.request(t, c.method, c.path, `{"kind":"body","size":9,"chunks":1}`)
		req.AddCookie(cookie)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", c.name[:1])
		if c.origin != "" {
			req.Header.Set("Origin", c.origin)
		}
		status, p := b.send(t, req)
		if status != c.status || p != nil && p.Code != c.code {
			t.Errorf("%s: %d %+v", c.name, status, p)
		}
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *api.Config, _ *api.Services) { c.Limits.Address = api.Rate{PerSecond: 1, Burst: 5} })
	for i := range 6 {
		status, _, body, header := b.raw(t, b.request(t, "GET", "/api/v1/time", ""))
		if i < 5 && status != 200 {
			t.Fatalf("request %d: %d", i, status)
		}
		if i == 5 {
			p, ok := problem.Parse(body)
			if status != 429 || !ok || p.Code != "rate-limited" || header.Get("Retry-After") == "" {
				t.Fatalf("%d %s %v", status, body, header)
			}
		}
	}
	b.clock.pass(2 * time.Second)
	if status, _, _, _ := b.raw(t, b.request(t, "GET", "/api/v1/time", "")); status != 200 {
		t.Fatalf("after waiting: %d", status)
	}
}

func TestLoginRate(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *api.Config, _ *api.Services) { c.Limits.Login = api.Rate{PerSecond: 1, Burst: 3} })
	for i := range 4 {
		req := b.request(t, "POST", "/api/v1/challenges", `{"certificate":"AAAA"}`)
		req.Header.Set("Content-Type", "application/json")
		status, p := b.send(t, req)
		if want := map[bool]string{true: "certificate-malformed", false: "rate-limited"}[i < 3]; p == nil || p.Code != want {
			t.Fatalf("request %d: %d %+v", i, status, p)
		}
	}
}

// memo is a party service that counts what it is asked.
type memo struct {
	api.Parties
	asked   chan struct{}
	refused error
}

func (m *memo) Suspend(context.Context, bidding.Actor, bidding.OrgID, string) error {
	m.asked <- struct{}{}
	return m.refused
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	m := &memo{asked: make(chan struct{}, 9)}
	b := setup(t, func(_ *api.Config, s *api.Services) { m.Parties, s.Parties = s.Parties, m })
	_, token := b.login(t, 1, bidding.Operator)
	org := bidding.NewOrgID()
	send := func(key, body string) (int, []byte, http.Header) {
		req := b.request(t, "POST", "/api/v1/enrolments/"+org.String()+"/suspend", body)
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
		status, _, answer, header := b.raw(t, req)
		return status, answer, header
	}
	status, first, header := send("k1", `{"reason":"a"}`)
	if status != 200 || header.Get("Idempotency-Replayed") != "" {
		t.Fatalf("%d %s", status, first)
	}
	status, second, header := send("k1", `{"reason":"a"}`)
	if status != 200 || !bytes.Equal(first, second) || header.Get("Idempotency-Replayed") != "true" || len(m.asked) != 1 {
		t.Fatalf("%d %s, asked %d times", status, second, len(m.asked))
	}
	if status, body, _ := send("k1", `{"reason":"b"}`); status != 409 || !strings.Contains(string(body), "idempotency-key-reused") {
		t.Fatalf("%d %s", status, body)
	}
	m.refused = bidding.ErrConflict
	if status, _, _ := send("k2", `{"reason":"a"}`); status != 409 {
		t.Fatal(status)
	}
	m.refused = nil
	if status, body, _ := send("k2", `{"reason":"a"}`); status != 200 || len(m.asked) != 3 {
		t.Fatalf("after a refusal the same key may be tried again: %d %s", status, body)
	}
	for _, key := range []string{"", "a b", strings.Repeat("k", 129), "键"} {
		if status, body, _ := send(key, `{"reason":"a"}`); status != 400 {
			t.Errorf("key %q: %d %s", key, status, body)
		}
	}
}

// broken fails as a database would, naming what nobody should read.
type broken struct {
	gazette.Reader
	lot bidding.LotID
}

func (g broken) Lot(context.Context, bidding.LotID) (gazette.LotPage, error) {
	return gazette.LotPage{}, fmt.Errorf("read %v (SM3 %x): connection refused", g.lot, [32]byte{1})
}
func (g broken) Tender(context.Context, bidding.TenderID) (gazette.TenderPage, error) {
	panic("out of paper: " + g.lot.String())
}

func TestOurFaultsAreLoggedOnceAndTellNothing(t *testing.T) {
	t.Parallel()
	lot := bidding.NewLotID()
	b := setup(t, func(_ *api.Config, s *api.Services) { s.Gazette = broken{s.Gazette, lot} })
	for _, path := range []string{"/api/v1/lots/" + lot.String(), "/api/v1/tenders/" + bidding.NewTenderID().String()} {
		before := strings.Count(b.log.String(), "\n")
		status, p := b.send(t, b.request(t, "GET", path, ""))
		if status != 500 || p.Code != "internal" || strings.Contains(p.Title+p.Detail, "refused") {
			t.Fatalf("%d %+v", status, p)
		}
		logged := b.log.String()
		if strings.Count(logged, "\n") != before+1 || !strings.Contains(logged, p.RequestID) {
			t.Errorf("logged: %s", logged)
		}
		if strings.Contains(logged, lot.String()) || strings.Contains(logged, hex.EncodeToString([]byte{1, 0, 0, 0, 0})) {
			t.Errorf("the log names what it should not: %s", logged)
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for _, path := range []string{"/", "/api/v1/time", "/nothing", "/api/v1/nothing", "/openapi.json", "/assets/site.css"} {
		_, _, _, header := b.raw(t, b.request(t, "GET", path, ""))
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "X-Request-Id": "",
		} {
			if got := header.Get(name); got == "" || !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if csp := header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
			t.Errorf("%s: %s", path, csp)
		}
	}
}

func TestPlainAnswers(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	for path, wants := range map[string][]string{
		"/healthz":         {`"database":true`},
		"/metrics":         {"sunbid_log_size 42", `sunbid_keyholder_ready{name="乙保管方"} 0`, "sunbid_log_lag_seconds 1", `class="rehearsal"`, "# TYPE sunbid_clock_offset_seconds gauge"},
		"/api/v1/trust":    {`"sunbid/trust/v1"`},
		"/":                {"还没有公告的项目", "演练"},
		"/tenders/td_none": {"没有找到这个页面"},
	} {
		_, _, body, _ := b.raw(t, b.request(t, "GET", path, ""))
		for _, want := range wants {
			if !strings.Contains(string(body), want) {
				t.Errorf("%s: %q is missing in %s", path, want, body)
			}
		}
	}
	c, _ := b.login(t, 3, bidding.Operator)
	r, err := c.Readiness(t.Context())
	if err != nil || r.Ready || r.Code != "keyholder-not-ready" || r.Detail != "乙保管方" {
		t.Fatalf("%+v %v", r, err)
	}
	at, err := c.Time(t.Context())
	if err != nil || time.Until(at.Time).Abs() > time.Hour {
		t.Fatalf("%v %v", at, err)
	}
	list, err := c.Organisations(t.Context(), party.Active, "")
	if err != nil || len(list.Organisations) != 1 {
		t.Fatalf("%+v %v", list, err)
	}
	if _, err := c.Document(t.Context(), canon.Hash{9}); !errors.Is(err, bidding.ErrMissing) {
		t.Fatal(err)
	}
}

func TestProductionHasNoRehearsal(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *api.Config, _ *api.Services) { c.Class = bidding.Production })
	req := b.request(t, "POST", "/api/v1/rehearsal/certificates", `{}`)
	req.Header.Set("Content-Type", "application/json")
	if status, p := b.send(t, req); status != 404 {
		t.Fatalf("%d %+v", status, p)
	}
}

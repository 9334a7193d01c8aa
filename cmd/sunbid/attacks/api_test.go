package attacks_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/web/api/wire"
	"sunbid/web/auth"
	"sunbid/web/problem"
)

// api speaks to a platform as an attacker does: any bytes, any headers.
type api struct {
	url  string
	http *http.Client
}

// call is one request.
type call struct {
	method, path string // path under /api/v1
	token        string
	media        string
	key          string // Idempotency-Key; empty: a fresh one for POST, "-": none
	leaves       []canon.Hash
	body         []byte
}

// answer is what came back.
type answer struct {
	status   int
	body     []byte
	problem  *problem.Problem // nil when it is none
	replayed bool
}

func (a api) do(t *testing.T, c call) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), c.method, a.url+"/api/v1"+c.path, bytes.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	if c.media != "" {
		req.Header.Set("Content-Type", c.media)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.key == "" && c.method == http.MethodPost {
		c.key = bidding.NewStreamID().String()
	}
	if c.key != "" && c.key != "-" {
		req.Header.Set("Idempotency-Key", c.key)
	}
	if c.leaves != nil {
		list := make([]string, len(c.leaves))
		for i, l := range c.leaves {
			list[i] = l.String()
		}
		req.Header.Set("Sunbid-Leaves", strings.Join(list, ","))
	}
	res, err := a.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := answer{status: res.StatusCode, body: body, replayed: res.Header.Get("Idempotency-Replayed") == "true"}
	if p, ok := problem.Parse(body); ok && res.StatusCode >= 400 {
		out.problem = p
	}
	return out
}

// challenge asks for a login challenge under a certificate.
func (a api) challenge(t *testing.T, c *pki.Certificate) answer {
	t.Helper()
	body, err := json.Marshal(wire.ChallengeRequest{Certificate: c.DER()})
	if err != nil {
		t.Fatal(err)
	}
	return a.do(t, call{method: http.MethodPost, path: "/challenges", media: "application/json", body: body, key: "-"})
}

// login gives a session's token.
func (a api) login(t *testing.T, who pki.Signer) string {
	t.Helper()
	first := a.challenge(t, who.Certificate())
	var c wire.Challenge
	if err := json.Unmarshal(first.body, &c); err != nil || first.problem != nil {
		t.Fatalf("challenge: %s", first.body)
	}
	text, err := auth.Login{Type: auth.LoginType, Class: bidding.Rehearsal, Origin: a.url, Role: bidding.Bidder, Challenge: c.Challenge, Nonce: c.Nonce}.Message()
	if err != nil {
		t.Fatal(err)
	}
	signature, err := who.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(wire.SessionRequest{Challenge: c.Challenge, Signature: signature, Role: bidding.Bidder})
	if err != nil {
		t.Fatal(err)
	}
	second := a.do(t, call{method: http.MethodPost, path: "/sessions", media: "application/json", body: body, key: "-"})
	var s wire.Session
	if err := json.Unmarshal(second.body, &s); err != nil || s.Token == "" {
		t.Fatalf("log in: %s", second.body)
	}
	return s.Token
}

// refusal is what an attack must meet: the status, the code, and the article where the law speaks.
type refusal struct {
	status  int
	code    string
	article string
}

// met says how an answer differs from the refusal that was wanted; "" when it does not.
func (r refusal) met(a answer) string {
	switch p := a.problem; {
	case p == nil:
		return "status " + strconv.Itoa(a.status) + " and no problem: " + string(a.body)
	case a.status != r.status || p.Status != r.status || p.Code != r.code || p.Article != r.article:
		return "got " + string(a.body)
	case !strings.ContainsFunc(p.Title, func(c rune) bool { return unicode.Is(unicode.Han, c) }):
		return "no Chinese sentence: " + string(a.body)
	case p.English == "" || p.Type != problem.TypePrefix+r.code || p.RequestID == "":
		return "incomplete: " + string(a.body)
	}
	return ""
}

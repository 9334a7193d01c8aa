package api_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
	"sunbid/web/auth"
	"sunbid/web/problem"
)

// recorded is everything that stands in the tables of refusals, one line a row without times and identities.
func (b *bundle) recorded(t *testing.T) map[string]int {
	t.Helper()
	rows, err := b.db.App().Query(t.Context(), `SELECT concat_ws(' ', 'attempt', e.envelope->'body'->>'act', a.code) FROM attempt a JOIN event e USING (stream)
		UNION ALL SELECT concat_ws(' ', 'request', role, endpoint, code, CASE lot WHEN '' THEN 'no lot' ELSE 'lot' END) FROM request_refused
		UNION ALL SELECT concat_ws(' ', 'login', code, count) FROM login_refused`)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, l := range lines {
		got[l]++
	}
	return got
}

// everything is all that the tables of refusals hold, with their events, as text.
func (b *bundle) everything(t *testing.T) string {
	t.Helper()
	var all string
	err := b.db.App().QueryRow(t.Context(), `SELECT concat((SELECT json_agg(e) FROM event e WHERE type = 'attempt.refused.v1'), (SELECT json_agg(a) FROM attempt a),
		(SELECT json_agg(r) FROM request_refused r), (SELECT json_agg(d) FROM refusal_day d), (SELECT json_agg(l) FROM login_refused l))`).Scan(&all)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// What a known caller is refused is recorded once, by who and why and never with what was sent; daily work and strangers leave nothing.
func TestRefusedRequestsAreRecorded(t *testing.T) {
	t.Parallel()
	b, l, _, _, token := bidder(t)
	_, operator := b.login(t, 2, bidding.Operator)
	lots := "/api/v1/lots/" + l.id.String()
	const secret = "xxSECRETxx"
	ask := func(method, path, token, media, body, key string) (int, *problem.Problem) {
		t.Helper()
		req := b.request(t, method, path, body)
		req.Header.Set("Content-Type", media)
		if key != "" {
			req.Header.Set("Idempotency-Key", key)
		}
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		return b.send(t, req)
	}
	const form, octets = "application/json", "application/octet-stream"
	begin := b.request(t, http.MethodPost, lots+"/uploads", `{"kind":"body","size":1052672,"chunks":1}`)
	begin.Header.Set("Content-Type", form)
	begin.Header.Set("Idempotency-Key", "begin")
	begin.Header.Set("Authorization", "Bearer "+token)
	status, _, began, _ := b.raw(t, begin)
	var u struct{ ID bidding.UploadID }
	if err := json.Unmarshal(began, &u); err != nil || u.ID.IsZero() {
		t.Fatalf("begin: %d %s %v", status, began, err)
	}
	ups := "/api/v1/uploads/" + u.ID.String()
	elsewhere := "/api/v1/lots/" + bidding.NewLotID().String()
	for _, c := range []struct {
		name, method, path, token, media, body, key string
		code, leaves                                string // leaves: the line it adds, "" for nothing
	}{
		{"a form that is none", "POST", lots + "/uploads", token, form, `{"` + secret, "1", "request-unreadable", "attempt part request-unreadable"},
		{"a form with a strange field", "POST", lots + "/uploads", token, form, `{"` + secret + `":1}`, "2", "request-invalid", "attempt part request-invalid"},
		{"no key", "POST", lots + "/uploads", token, form, `{"kind":"body","size":9,"chunks":1}`, "", "idempotency-key-missing", "attempt part idempotency-key-missing"},
		{"too large", "PUT", ups + "/front", token, octets, strings.Repeat(secret, 1000), "", "request-too-large", "attempt part request-too-large"},
		{"a part as a form", "PUT", ups + "/parts/0", token, form, secret, "", "media-type", "attempt part media-type"},
		{"a front that is none: the service records it", "PUT", ups + "/front", token, octets, secret, "", "", "attempt part"},
		{"a statement that is no record", "POST", lots + "/bids", token, form, `{"body":"` + secret + `","signatures":[]}`, "3", "", "attempt unknown"},
		{"another's role", "POST", lots + "/postpone", token, form, `{"` + secret, "4", "not-allowed", "request bidder POST /api/v1/lots/{id}/postpone not-allowed lot"},
		{"another's role, reading", "GET", lots + "/task", token, form, "", "", "not-allowed", "request bidder GET /api/v1/lots/{id}/task not-allowed lot"},
		{"a lot that is not there", "POST", elsewhere + "/uploads", token, form, `{"kind":"body","size":9,"chunks":1}`, "5", "not-found", "request bidder POST /api/v1/lots/{id}/uploads not-found no lot"},
		{"a bid by who is no bidder", "POST", lots + "/bids", operator, form, `{}`, "6", "not-allowed", "request operator POST /api/v1/lots/{id}/bids not-allowed lot"},
		{"a notice that is none", "POST", "/api/v1/notices", operator, form, `[`, "7", "request-unreadable", "request operator POST /api/v1/notices request-unreadable no lot"},
		{"a look at a bid that is not there yet", "GET", lots + "/bid", token, form, "", "", "not-found", ""},
		{"a stranger", "POST", lots + "/uploads", "", form, `{"` + secret, "8", "unauthenticated", ""},
		{"a made-up token", "POST", lots + "/uploads", strings.Repeat("A", 43), form, `{"` + secret, "9", "session-expired", ""},
		{"a stranger's login", "POST", "/api/v1/challenges", "", form, `{"` + secret, "", "request-unreadable", ""},
	} {
		before := b.recorded(t)
		status, p := ask(c.method, c.path, c.token, c.media, c.body, c.key)
		if p == nil || c.code != "" && p.Code != c.code {
			t.Errorf("%s: %d %+v", c.name, status, p)
			continue
		}
		if c.leaves != "" && c.code == "" { // whatever the decoder calls it
			c.leaves += " " + p.Code
		}
		if c.leaves != "" {
			before[c.leaves]++
		}
		if after := b.recorded(t); !maps.Equal(after, before) {
			t.Errorf("%s: recorded %v, want %v", c.name, after, before)
		}
	}
	// A statement that is cut off. It is recorded when the server notices, which nobody is told of.
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST %s/bids HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nIdempotency-Key: cut\r\nContent-Length: 100000\r\n\r\n%s", lots, token, strings.Repeat(secret, 2000))
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(10 * time.Second); b.recorded(t)["attempt unknown "+problem.ErrCut.Code] != 1; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("cut off: %v", b.recorded(t))
		}
	}
	if all := b.everything(t); strings.Contains(all, secret) || !strings.Contains(all, l.id.String()) {
		t.Errorf("what was sent is kept: %s", all)
	}
	if s := b.log.String(); s != "" {
		t.Errorf("logged: %s", s)
	}
}

// A day's refusals have a bound, and what is beyond it is a number.
func TestRefusedRequestsAreBounded(t *testing.T) {
	t.Parallel()
	b, l, _, _, token := bidder(t)
	for range bid.RefusalsPerDay + 2 {
		req := b.request(t, http.MethodPost, "/api/v1/lots/"+l.id.String()+"/uploads", "{")
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+token)
		if status, p := b.send(t, req); status != http.StatusBadRequest {
			t.Fatalf("%d %+v", status, p)
		}
	}
	var attempts, more int
	if err := b.db.App().QueryRow(t.Context(), `SELECT count(*), (SELECT sum(more) FROM refusal_day) FROM attempt`).Scan(&attempts, &more); err != nil {
		t.Fatal(err)
	}
	if attempts != bid.RefusalsPerDay || more != 2 {
		t.Errorf("%d recorded, %d counted", attempts, more)
	}
}

// A login that fails is counted for the certificate with which it was tried, if somebody enrolled it.
func TestRefusedLoginsAreRecorded(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	signer, stranger := b.person(t, 1, bidding.Bidder), b.stranger(t)
	for _, who := range []pki.Signer{signer, stranger} {
		for range 2 {
			if _, err := b.client(t).Login(t.Context(), who, bidding.Production, bidding.Bidder); err == nil { // signed for the other class
				t.Fatal("let in")
			}
		}
		if _, err := b.client(t).Login(t.Context(), who, bidding.Rehearsal, bidding.Operator); err == nil {
			t.Fatal("let in as somebody else")
		}
	}
	got := slices.Sorted(maps.Keys(b.recorded(t)))
	if want := []string{"login login-refused 2", "login role-not-granted 1"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	b.clock.pass(2 * auth.ChallengeLife)
	if _, err := b.client(t).Login(t.Context(), signer, bidding.Rehearsal, bidding.Bidder); err != nil {
		t.Fatal(err)
	}
}

// stranger has a good certificate that nobody enrolled.
func (b *bundle) stranger(t *testing.T) pki.Signer {
	t.Helper()
	key, err := sm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	cert, err := b.ca.Issue(key.Public(), pki.Subject{Organisation: "某公司", Name: "某人", Code: creditCode(99)}, pki.Signing, now.Add(-time.Hour), now.AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := pki.NewSigner(key, cert)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

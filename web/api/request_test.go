package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"sunbid/web/problem"
)

func (b *bundle) request(t *testing.T, method, path, body string) *http.Request {
	t.Helper()
	var r io.Reader
	if method != http.MethodGet {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, b.url+path, r)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// send returns the status and the problem, if it is one; every problem must be whole.
func (b *bundle) send(t *testing.T, req *http.Request) (int, *problem.Problem) {
	t.Helper()
	status, _, body, header := b.raw(t, req)
	if status < 400 {
		return status, nil
	}
	if ct := header.Get("Content-Type"); ct != problem.ContentType {
		t.Errorf("status %d with content type %q: %s", status, ct, body)
	}
	p, ok := problem.Parse(body)
	if !ok {
		t.Fatalf("status %d without a problem: %s", status, body)
	}
	if p.Status != status || p.Title == "" || p.Type != problem.TypePrefix+p.Code || p.RequestID == "" || p.RequestID != header.Get("X-Request-Id") {
		t.Errorf("the problem is not whole: %s", body)
	}
	return status, p
}

func (b *bundle) raw(t *testing.T, req *http.Request) (int, *http.Response, []byte, http.Header) {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res, body, res.Header
}

func decode[T any](t *testing.T, body []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return v
}

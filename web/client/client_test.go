package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"sunbid/bidding"
	"sunbid/web/client"
	"sunbid/web/problem"
)

// serve answers each request with the next of the given handlers, the last one for ever.
func serve(t *testing.T, answers ...http.HandlerFunc) (*client.Client, *atomic.Int32) {
	t.Helper()
	var n atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i := int(n.Add(1)) - 1
		answers[min(i, len(answers)-1)](w, r)
	}))
	t.Cleanup(server.Close)
	c, err := client.New(server.URL, server.Client())
	if err != nil {
		t.Fatal(err)
	}
	return c, &n
}

func refuse(status int, code, class string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", problem.ContentType)
		w.WriteHeader(status)
		io.WriteString(w, `{"type":"urn:sunbid:problem:`+code+`","title":"不行","status":0,"code":"`+code+`","class":"`+class+`","article":"E20-27"}`)
	}
}

func good(w http.ResponseWriter, _ *http.Request) {
	io.WriteString(w, `{"now":"2026-03-02T01:00:00.000Z"}`)
}

func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}

func garbage(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusBadGateway)
	io.WriteString(w, "<html>502</html>")
}

func TestRepeating(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		answers []http.HandlerFunc
		asked   int32
		want    error
	}{
		{"at once", []http.HandlerFunc{good}, 1, nil},
		{"busy, then good", []http.HandlerFunc{refuse(503, "busy", "unready"), good}, 2, nil},
		{"too many, then good", []http.HandlerFunc{refuse(429, "rate-limited", "too-many"), good}, 2, nil},
		{"the connection breaks, then good", []http.HandlerFunc{hangUp, good}, 2, nil},
		{"a proxy in between is down, then good", []http.HandlerFunc{garbage, good}, 2, nil},
		{"a refusal is final", []http.HandlerFunc{refuse(404, "not-found", "missing")}, 1, bidding.ErrMissing},
		{"a fault is final", []http.HandlerFunc{refuse(500, "internal", "internal")}, 1, bidding.Refuse("internal", bidding.Unready, "", "", "")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cl, asked := serve(t, c.answers...)
			_, err := cl.Time(t.Context())
			if c.want == nil && err != nil || c.want != nil && !errors.Is(err, c.want) || asked.Load() != c.asked {
				t.Fatalf("%v after %d requests", err, asked.Load())
			}
		})
	}
}

func TestRefusalsComeBackWhole(t *testing.T) {
	t.Parallel()
	cl, _ := serve(t, refuse(409, "bid-after-deadline", "late"))
	_, err := cl.Time(t.Context())
	r, ok := errors.AsType[*bidding.Refusal](err)
	if !ok || r.Code != "bid-after-deadline" || r.Class != bidding.Late || r.Article != "E20-27" || r.Say != "不行" {
		t.Fatalf("%+v", err)
	}
}

func TestTheContextEndsTheRepeating(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cl, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { cancel(); refuse(503, "busy", "unready")(w, r) })
	if _, err := cl.Time(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for address, origin := range map[string]string{"http://127.0.0.1:8080": "http://127.0.0.1:8080", "https://bid.example.cn/": "https://bid.example.cn", "bid.example.cn": "", "ftp://x": "", "https://": ""} {
		c, err := client.New(address, nil)
		if (err == nil) != (origin != "") || err == nil && c.Origin() != origin {
			t.Errorf("%s: %v %v", address, c, err)
		}
	}
}

package problem_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"sunbid/bidding"
	"sunbid/web/problem"
)

type cryptoError string

func (e cryptoError) Error() string { return "crypto: " + string(e) }
func (e cryptoError) Code() string  { return string(e) }

func TestOf(t *testing.T) {
	t.Parallel()
	late := bidding.Refuse("bid-after-deadline", bidding.Late, "E20-27", "投标截止时间已过。", "too late")
	for _, c := range []struct {
		name   string
		given  error
		code   string
		status int
		class  string
		known  bool
	}{
		{"invalid", bidding.ErrAmount, "amount-malformed", 422, "invalid", true},
		{"forbidden", bidding.ErrForbidden, "not-allowed", 403, "forbidden", true},
		{"missing", bidding.ErrMissing, "not-found", 404, "missing", true},
		{"conflict", bidding.ErrConflict, "changed-meanwhile", 409, "conflict", true},
		{"late, wrapped", fmt.Errorf("submit: %w", late), "bid-after-deadline", 409, "late", true},
		{"early", bidding.Refuse("x-early", bidding.Early, "", "", ""), "x-early", 409, "early", true},
		{"too many", problem.ErrRate, "rate-limited", 429, "too-many", true},
		{"unready", bidding.Refuse("x-unready", bidding.Unready, "", "", ""), "x-unready", 503, "unready", true},
		{"no session", problem.ErrUnauthenticated, "unauthenticated", 401, "forbidden", true},
		{"too large", problem.ErrTooLarge, "request-too-large", 413, "invalid", true},
		{"slow", problem.ErrSlow, "request-timeout", 408, "invalid", true},
		{"crypto", fmt.Errorf("seal: %w", cryptoError("label-mismatch")), "label-mismatch", 422, "invalid", true},
		{"crypto early", cryptoError("release-too-early"), "release-too-early", 409, "early", true},
		{"deadline", fmt.Errorf("freeze: %w", context.DeadlineExceeded), "busy", 503, "unready", false},
		{"unknown", errors.New("pq: password of user app"), "internal", 500, "internal", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, known := problem.Of(c.given)
			if p.Code != c.code || p.Status != c.status || p.Class != c.class || known != c.known {
				t.Fatalf("got %s %d %s known=%v", p.Code, p.Status, p.Class, known)
			}
			if p.Type != problem.TypePrefix+c.code {
				t.Errorf("type %q", p.Type)
			}
		})
	}
}

func TestUnknownErrorsShowNothing(t *testing.T) {
	t.Parallel()
	p, _ := problem.Of(errors.New("secret 7f3a"))
	body, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if s := string(body); len(s) == 0 || contains(s, "7f3a") {
		t.Fatalf("the body shows the cause: %s", s)
	}
}

func TestRefusalCrossesTheWire(t *testing.T) {
	t.Parallel()
	want := bidding.Refuse("bid-after-deadline", bidding.Late, "E20-27", "投标截止时间已过。", "too late").With("截止于 09:00")
	p, _ := problem.Of(want)
	p.RequestID = "r1"
	body, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	back, ok := problem.Parse(body)
	if !ok {
		t.Fatal("not a problem")
	}
	got := back.Refusal()
	if !errors.Is(got, want) || *got != *want {
		t.Fatalf("got %+v, want %+v", got, want)
	}
}

func TestForeignBodies(t *testing.T) {
	t.Parallel()
	if _, ok := problem.Parse([]byte("<html>502</html>")); ok {
		t.Fatal("HTML was read as a problem")
	}
	r := (&problem.Problem{Status: 502}).Refusal()
	if r.Class != bidding.Unready || r.Code != problem.Internal {
		t.Fatalf("got %+v", r)
	}
}

func contains(s, sub string) bool {
	for i := 0; i+len(sub) <= len(s); i++ {
		if s[i:i+len(sub)] == sub {
			return true
		}
	}
	return false
}

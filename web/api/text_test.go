package api_test

import (
	"net/http"
	"testing"

	"sunbid/bidding"
)

// What PostgreSQL does not keep in a text is refused at the door, and is no fault of ours that fills the log.
func TestTextNoDatabaseTakes(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	_, token := b.login(t, 1, bidding.Operator)
	org := bidding.NewOrgID().String()
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		code                     string
	}{
		{"search for U+0000", http.MethodGet, "/api/v1/tenders?q=%00", "", 400, "request-unreadable"},
		{"search for what is no UTF-8", http.MethodGet, "/api/v1/tenders?q=%ff", "", 400, "request-unreadable"},
		{"a made-up cursor with U+0000", http.MethodGet, "/api/v1/tenders?cursor=MS8A", "", 404, "not-found"},
		{"a cursor before all time", http.MethodGet, "/api/v1/tenders?cursor=LTkyMjMzNzIwMzY4NTQ3NzU4MDgvdGRfMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA", "", 404, "not-found"},
		{"a reason of U+0000", http.MethodPost, "/api/v1/enrolments/" + org + "/suspend", `{"reason":"\u0000"}`, 422, "canon-text"},
		{"a reason that is no UTF-8", http.MethodPost, "/api/v1/enrolments/" + org + "/suspend", "{\"reason\":\"\xff\"}", 422, "canon-text"},
	} {
		req := b.request(t, c.method, c.path, c.body)
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Accept", "application/json")
		req.Header.Set("Idempotency-Key", "k"+c.name[:1])
		if status, p := b.send(t, req); status != c.status || p == nil || p.Code != c.code {
			t.Errorf("%s: %d %+v", c.name, status, p)
		}
	}
	if status, _, body, _ := b.raw(t, b.request(t, http.MethodGet, "/?q=%00", "")); status != 400 {
		t.Errorf("the page answers %d: %.200s", status, body)
	}
}

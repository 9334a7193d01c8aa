package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/party"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/web/api"
	"sunbid/web/problem"
	"sunbid/web/public"
)

// The services are what the handlers need.
var (
	_ api.Parties  = (*party.Service)(nil)
	_ api.Notices  = (*notice.Service)(nil)
	_ api.Tenders  = (*tender.Service)(nil)
	_ api.Bids     = (*bid.Service)(nil)
	_ api.Openings = (*opening.Service)(nil)
)

// roles are all that a session can have; Public stands for no session.
func roles() []bidding.Role {
	return []bidding.Role{bidding.Public, bidding.Bidder, bidding.Tenderer, bidding.Agency, bidding.Officer, bidding.Operator, bidding.Supervisor}
}

// TestAccess walks every row × every role: who may gets past the guard, who may not is told so and nothing else.
func TestAccess(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	tokens := map[bidding.Role]string{}
	for i, role := range roles()[1:] {
		_, tokens[role] = b.login(t, i+1, role)
	}
	path := strings.NewReplacer("/tenders/{id}", "/tenders/"+bidding.NewTenderID().String(), "/lots/{id}", "/lots/"+bidding.NewLotID().String(),
		"/uploads/{id}", "/uploads/"+bidding.NewUploadID().String(), "/receipts/{id}", "/receipts/"+bidding.NewReceiptID().String(),
		"{org}", bidding.NewOrgID().String(), "{bid}", bidding.NewBidID().String(), "{hash}", canon.Hash{}.String(), "{n}", "0")
	for _, row := range api.Access() {
		if row.Path == "/api/v1/events" || row.Path == "/api/v1/sessions" && row.Method == http.MethodDelete {
			continue // one does not end, the other would end the sessions of this test: they have tests of their own
		}
		for _, role := range roles() {
			t.Run(row.Method+" "+row.Path+" "+string(role), func(t *testing.T) {
				req := b.request(t, row.Method, path.Replace(row.Path), "{}")
				req.Header.Set("Content-Type", row.Body.Type)
				req.Header.Set("Idempotency-Key", string(role))
				if tokens[role] != "" {
					req.Header.Set("Authorization", "Bearer "+tokens[role])
				}
				status, p := b.send(t, req)
				public := slices.Equal(row.Roles, []bidding.Role{bidding.Public})
				switch {
				case public || slices.Contains(row.Roles, role):
					if status == http.StatusUnauthorized || status == http.StatusInternalServerError || p != nil && p.Code == bidding.ErrForbidden.Code && public {
						t.Fatalf("may not: %d %+v\n%s", status, p, b.log)
					}
					if row.Path != "/api/v1/me" && p != nil && p.Code == problem.ErrUnauthenticated.Code {
						t.Fatalf("not known: %+v", p)
					}
				case role == bidding.Public:
					if status != http.StatusUnauthorized || p == nil || p.Code != problem.ErrUnauthenticated.Code {
						t.Fatalf("without a session: %d %+v", status, p)
					}
				default:
					if status != http.StatusForbidden || p == nil || p.Code != bidding.ErrForbidden.Code {
						t.Fatalf("may: %d %+v", status, p)
					}
				}
			})
		}
	}
}

// TestEveryRouteIsListed walks the routes of the running app: each stands in the access table, or among the pages and plain paths.
func TestEveryRouteIsListed(t *testing.T) {
	t.Parallel()
	b := setup(t, nil)
	listed := map[string]bool{}
	for _, row := range api.Access() {
		listed[row.Method+" "+strings.NewReplacer("{", ":", "}", "").Replace(row.Path)] = true
	}
	for _, p := range append(public.Paths(), api.PlainPaths()...) {
		listed["GET "+p], listed["HEAD "+p] = true, true
	}
	seen := map[string]int{}
	for _, r := range b.server.App().GetRoutes(true) {
		if !listed[r.Method+" "+r.Path] {
			t.Errorf("not listed: %s %s", r.Method, r.Path)
		}
		seen[r.Method+" "+r.Path] += len(r.Handlers)
	}
	for _, row := range api.Access() {
		if n := seen[row.Method+" "+strings.NewReplacer("{", ":", "}", "").Replace(row.Path)]; n != 2 {
			t.Errorf("%s %s: %d handlers, want guard and action", row.Method, row.Path, n)
		}
	}
}

// TestNobodyElseMayAskForBids holds the rows that could tell of bids to those who made them.
func TestNobodyElseMayAskForBids(t *testing.T) {
	t.Parallel()
	for _, row := range api.Access() {
		if !strings.Contains(row.Path, "/bid/") && !strings.HasSuffix(row.Path, "/bid") && !strings.HasSuffix(row.Path, "/bids") && !strings.Contains(row.Path, "/uploads") && !strings.Contains(row.Path, "/receipts") {
			continue
		}
		if !slices.Equal(row.Roles, []bidding.Role{bidding.Bidder}) {
			t.Errorf("%s %s is open to %v", row.Method, row.Path, row.Roles)
		}
	}
}

package secrecy_test

import (
	"net/http"
	"strings"
	"testing"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/web/api"
	"sunbid/web/public"
)

// spot is a lot with what somebody who means to count might know of one of its bids. Where there are no bids, these are made up.
type spot struct {
	tender    bidding.TenderID
	lot       bidding.LotID
	number    string
	bid       bidding.BidID
	receipt   bidding.ReceiptID
	upload    bidding.UploadID
	statement canon.Hash
	documents []canon.Hash // public records of the lot
}

func emptySpot() spot {
	return spot{bid: bidding.NewBidID(), receipt: bidding.NewReceiptID(), upload: bidding.NewUploadID(), statement: canon.Hash{1}}
}

// probe is one question about a lot.
type probe struct {
	method, pattern, role, body, media string
}

func (p probe) String() string { return p.method + " " + p.pattern + " as " + p.role + " " + p.body }

func (p probe) path(at spot) string {
	path := strings.NewReplacer("/tenders/{id}", "/tenders/"+at.tender.String(), "/lots/{id}", "/lots/"+at.lot.String(),
		"/uploads/{id}", "/uploads/"+at.upload.String(), "/receipts/{id}", "/receipts/"+at.receipt.String(), "{org}", bidding.OrgID{}.String(),
		"{bid}", at.bid.String(), "{hash}", at.statement.String(), "{n}", "0", "{number}", at.number).Replace(p.pattern)
	for i, d := range at.documents {
		path = strings.ReplaceAll(path, "{document"+string(rune('0'+i))+"}", d.String())
	}
	return path
}

func roles() []bidding.Role {
	return []bidding.Role{bidding.Public, bidding.Bidder, bidding.Tenderer, bidding.Agency, bidding.Officer, bidding.Operator, bidding.Supervisor}
}

// probes is every row of the access table for every role, every page, and what has parameters of its own.
func probes(t *testing.T, documents int) []probe {
	t.Helper()
	var list []probe
	get := func(pattern string, who ...bidding.Role) {
		for _, role := range who {
			list = append(list, probe{method: http.MethodGet, pattern: pattern, role: string(role)})
		}
	}
	for _, row := range api.Access() {
		if row.Method == http.MethodDelete || row.Path == "/api/v1/events" {
			continue // the first ends the sessions of this test, the second does not end: it is followed all the time
		}
		for _, role := range roles() {
			if row.Method == http.MethodPost && strings.HasSuffix(row.Path, "/drill") && (role == bidding.Tenderer || role == bidding.Agency) {
				continue // the same drill as the operator's, and it takes two seconds
			}
			list = append(list, probe{row.Method, row.Path, string(role), "{}", row.Body.Type})
		}
	}
	for _, pattern := range public.Paths() {
		get(strings.NewReplacer("/tenders/:id", "/tenders/{id}", "/lots/:id", "/lots/{id}", ":name", "site.css").Replace(pattern), bidding.Public)
	}
	for _, pattern := range api.PlainPaths() {
		get(pattern, bidding.Public, bidding.Tenderer)
	}
	get("/?q={number}", bidding.Public)
	get("/api/v1/tenders?q={number}", bidding.Public)
	get("/api/v1/log/consistency?from=1&to=5", bidding.Public)
	get("/api/v1/lots/{id}/opening?limit=10", bidding.Public, bidding.Tenderer)
	get("/api/v1/lots/{id}/task?kind=readout&seen=0", bidding.Officer)
	get("/api/v1/lots/{id}/task?kind=body&seen=0", bidding.Officer)
	get("/api/v1/lots/{id}/bid/stanza?kind=readout", bidding.Bidder)
	get("/api/v1/lots/{id}/bids", roles()...)  // there is no such row for reading: the refusal must be the same
	get("/api/v1/lots/{id}/count", roles()...) // nor this one
	for i := range documents {
		get("/api/v1/documents/{document"+string(rune('0'+i))+"}", bidding.Public)
	}
	return append(list, reasoned("/lots/{id}/opening/suspend"), reasoned("/lots/{id}/opening/resume"))
}

// moves change the lot's public state, so they come last.
func moves() []probe {
	return []probe{reasoned("/lots/{id}/suspend"), reasoned("/lots/{id}/resume")}
}

func reasoned(path string) probe {
	return probe{http.MethodPost, "/api/v1" + path, string(bidding.Tenderer), `{"reason":"核对保密"}`, "application/json"}
}

package api

import (
	"net/http"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/opening"
	"sunbid/bidding/tender"
)

// Row is one endpoint of the access table: who may use it, and what a request may bring.
type Row struct {
	Method string
	Path   string // as in OpenAPI: /api/v1/lots/{id}
	// Roles who may. bidding.Public alone means everybody, logged in or not; otherwise a session in one of the roles is needed.
	Roles []bidding.Role
	Body  Body
	// Once asks for an Idempotency-Key: the same key again gets the first answer again.
	Once bool
	// Login counts against the narrower rate of logins.
	Login bool
	// Rehearsal endpoints exist in class rehearsal only.
	Rehearsal bool
	// During tells at which stages of the lot; nil: at every one. The services refuse at the others, with its refusal.
	During During
}

// Body is what a request may bring: its media type and at most how many bytes. The zero Body is none.
type Body struct {
	Type   string
	Max    int64
	Stream bool // the handler reads it itself; Content-Length is required
}

// Sizes of bodies.
const (
	smallMax   = 64 << 10         // forms and most signed records
	recordMax  = 1 << 20          // statements, postponements with their signatures, notices with their text
	batchMax   = 4 << 20          // 4096 partial decryptions of an officer
	PartMax    = 8 * (1<<20 + 16) // eight sealed chunks
	frontMax   = 8 << 10          // header, root and signature of a sealed file
	jsonType   = "application/json"
	octetsType = "application/octet-stream"
)

func form() Body   { return Body{Type: jsonType, Max: smallMax} }
func record() Body { return Body{Type: jsonType, Max: recordMax} }

// Access is the access table, and the whole of the API: a handler without a row answers nobody, a row without a handler
// does not start. With the stages it is written out in ACCESS.md (go run ./cmd/dev generate).
func Access() []Row {
	var (
		all      = []bidding.Role{bidding.Public}
		person   = []bidding.Role{bidding.Bidder, bidding.Tenderer, bidding.Agency, bidding.Officer, bidding.Operator, bidding.Supervisor}
		bidder   = []bidding.Role{bidding.Bidder}
		officer  = []bidding.Role{bidding.Officer}
		host     = []bidding.Role{bidding.Tenderer, bidding.Agency}
		tenderer = []bidding.Role{bidding.Tenderer}
		operator = []bidding.Role{bidding.Operator}
		watch    = []bidding.Role{bidding.Tenderer, bidding.Agency, bidding.Operator, bidding.Supervisor}
	)
	get := func(path string, roles []bidding.Role) Row {
		return Row{Method: http.MethodGet, Path: v1 + path, Roles: roles}
	}
	post := func(path string, roles []bidding.Role, b Body) Row {
		return Row{Method: http.MethodPost, Path: v1 + path, Roles: roles, Body: b, Once: true}
	}
	return []Row{
		// The public: what the gazette holds.
		get("/tenders", all),
		get("/tenders/{id}", all),
		get("/lots/{id}", all),
		get("/lots/{id}/keys", all),
		get("/lots/{id}/notices", all),
		get("/documents/{hash}", all),
		get("/lots/{id}/opening", all),
		get("/lots/{id}/opening/status", all),
		get("/lots/{id}/record", all),
		get("/lots/{id}/bundle", all),
		get("/log/checkpoint", all),
		get("/log/consistency", all),
		get("/trust", all),
		get("/time", all),
		get("/events", all),

		// Logging in, and enrolling.
		{Method: http.MethodPost, Path: v1 + "/challenges", Roles: all, Body: form(), Login: true},
		{Method: http.MethodPost, Path: v1 + "/sessions", Roles: all, Body: form(), Login: true},
		{Method: http.MethodDelete, Path: v1 + "/sessions", Roles: all},
		get("/me", person),
		post("/me/certificates", person, form()),
		{Method: http.MethodPost, Path: v1 + "/enrolments", Roles: all, Body: form(), Login: true},
		get("/enrolments", operator),
		post("/enrolments/{org}/approve", operator, form()),
		post("/enrolments/{org}/refuse", operator, form()),
		post("/enrolments/{org}/grant", operator, form()),
		post("/enrolments/{org}/suspend", operator, form()),
		post("/enrolments/{org}/resume", operator, form()),
		{Method: http.MethodPost, Path: v1 + "/rehearsal/certificates", Roles: all, Body: form(), Login: true, Rehearsal: true},

		// Bidders.
		post("/lots/{id}/uploads", bidder, form()).when(takesBids()),
		get("/uploads/{id}", bidder),
		{Method: http.MethodPut, Path: v1 + "/uploads/{id}/parts/{n}", Roles: bidder, Body: Body{Type: octetsType, Max: PartMax, Stream: true}},
		{Method: http.MethodPut, Path: v1 + "/uploads/{id}/front", Roles: bidder, Body: Body{Type: octetsType, Max: frontMax}},
		post("/lots/{id}/bids", bidder, record()).when(takesBids()),
		get("/lots/{id}/bid", bidder),
		get("/receipts/{id}", bidder),
		get("/lots/{id}/bid/stanza", bidder).when(openingIn(opening.ToReleaseKey)),
		post("/lots/{id}/bid/key-release", bidder, form()).when(openingIn(opening.ToReleaseKey)),

		// Opening officers.
		get("/lots/{id}/task", officer).when(openingIn(opening.ToDecrypt)),
		post("/lots/{id}/partials", officer, Body{Type: jsonType, Max: batchMax}).when(openingIn(opening.ToDecrypt)),

		get("/lots/{id}/drill", officer),
		post("/lots/{id}/drill/answers", officer, form()),
		post("/lots/{id}/moments", officer, form()).when(openingIn(opening.ToReleaseMoment)),

		// The tenderer and its agency; a notice of an outage is the centre's.
		post("/tenders", host, form()),
		post("/tenders/{id}/lots", host, form()),
		get("/lots/{id}/check", host),
		post("/lots/{id}/officer-key", tenderer, record()).when(lotIn(tender.ToDealOfficers)),
		post("/lots/{id}/bind", host, form()).when(lotIn(tender.ToBind)),
		post("/lots/{id}/announce", host, record()).when(lotIn(tender.ToAnnounce)),
		post("/lots/{id}/postpone", host, record()).when(lotIn(tender.ToPostpone)),
		post("/lots/{id}/terminate", host, record()).when(lotIn(tender.ToTerminate)),
		post("/lots/{id}/suspend", append(host, bidding.Supervisor), form()).when(lotIn(tender.ToSuspend)),
		post("/lots/{id}/resume", append(host, bidding.Supervisor), form()).when(lotIn(tender.ToResume)),
		post("/notices", append(host, bidding.Operator), record()),
		post("/lots/{id}/opening/suspend", append(host, bidding.Operator, bidding.Supervisor), form()).when(openingIn(opening.ToSuspend)),
		post("/lots/{id}/opening/resume", append(host, bidding.Operator, bidding.Supervisor), form()).when(openingIn(opening.ToResume)),
		post("/lots/{id}/bids/{bid}/cause", tenderer, form()).when(openingIn(opening.ToFindCause)),
		post("/lots/{id}/record/signatures", host, form()).when(openingIn(opening.ToSign)),

		// The archive; archivists log in as officers, and read that of their own lots.
		get("/lots/{id}/archive", append(watch, bidding.Officer)),
		post("/lots/{id}/archive", tenderer, record()).when(openingIn(opening.ToArchive)),
		post("/lots/{id}/archive/erasure", host, form()).when(openingIn(opening.ToOrderErasure)),

		// The trading centre and the supervisors.
		get("/readiness", operator),
		post("/lots/{id}/drill", append(host, bidding.Operator), Body{}),
		get("/lots/{id}/process", watch),
	}
}

const v1 = "/api/v1"

// timeout is how long the handler of a row may work.
func (r Row) timeout(l Limits) time.Duration {
	if r.Body.Stream {
		return l.Upload
	}
	return l.Command
}

// public reports whether everybody may.
func (r Row) public() bool { return len(r.Roles) == 1 && r.Roles[0] == bidding.Public }

package secrecy_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/cmd/sunbid/stack"
	"sunbid/storage/postgres"
	"sunbid/storage/translog"
	"sunbid/web/public"
)

// shown are the tables that the public role may read. A table that is not here holds something of bids, of people, or of neither and
// is none of the public's business.
var shown = []string{"certificate", "disclosure", "document", "log_head", "log_tile", "lot", "notice", "notice_contact", "opening_cause", "opening_row", "opening_status", "tender"}

// publicRows is a digest of every row of those tables with its place and its marks, the log's own left out: a bidder's command that
// wrote to one, or only locked it, would change it.
func (h *hall) publicRows(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, table := range shown {
		if strings.HasPrefix(table, "log_") {
			continue
		}
		var digest string
		sql := `SELECT md5(coalesce(string_agg(concat(ctid, xmin, xmax, r::text), '|' ORDER BY ctid), '')) FROM ` + table + ` r`
		if err := h.owner.QueryRow(t.Context(), sql).Scan(&digest); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		out[table] = digest
	}
	return out
}

// pagesNeedNoBids locks every table that the public role may not read against everybody: whatever asked one would wait. Pages and
// public API answer as ever. With the tables of bids locked, so do all views of all roles but the bidders' own.
func (h *hall) pagesNeedNoBids(t *testing.T, all []probe) {
	t.Helper()
	bids := []string{"upload", "upload_piece", "sealed_part", "bid", "statement", "receipt", "attempt", "opening_batch", "key_release", "opened_part"}
	h.locked(t, bids, func() {
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if got, err := h.try(short, http.MethodGet, "/api/v1/lots/"+h.lots[2].Lot.String()+"/bid", string(bidding.Bidder), "", ""); err == nil {
			t.Errorf("the lock keeps nobody out: %+v", got)
		}
		for _, p := range all {
			if p.method == http.MethodGet && p.role != string(bidding.Bidder) && p.role != string(bidding.Public) {
				h.answers(t, p)
			}
		}
	})
	h.locked(t, h.hidden(t), func() {
		for _, p := range all {
			if p.method == http.MethodGet && p.role == string(bidding.Public) && p.pattern != "/healthz" {
				h.answers(t, p)
			}
		}
	})
}

func (h *hall) answers(t *testing.T, p probe) {
	t.Helper()
	got, err := h.try(t.Context(), p.method, p.path(h.places[2]), p.role, p.body, p.media)
	if err != nil || got.Status >= 500 {
		t.Errorf("%v waits for a table of bids: %v %d %s", p, err, got.Status, got.Body)
	}
}

func (h *hall) locked(t *testing.T, tables []string, do func()) {
	t.Helper()
	tx, err := h.owner.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.WithoutCancel(t.Context()))
	if _, err := tx.Exec(t.Context(), `LOCK TABLE `+strings.Join(tables, ", ")+` IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	do()
}

// hidden are all tables of the platform that are not shown; the job library's own are left to it.
func (h *hall) hidden(t *testing.T) []string {
	t.Helper()
	rows, err := h.owner.Query(t.Context(), `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'river\_%' ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	names = slices.DeleteFunc(names, func(n string) bool { return slices.Contains(shown, n) })
	if !slices.Contains(names, "bid") {
		t.Fatal("the tables of bids are not among the hidden ones")
	}
	return names
}

const privileges = `SELECT c.relname, c.relkind::text,
		has_any_column_privilege('sunbid_public', c.oid, 'SELECT'),
		CASE WHEN c.relkind = 'S' THEN has_sequence_privilege('sunbid_public', c.oid, 'USAGE,SELECT,UPDATE')
			ELSE has_table_privilege('sunbid_public', c.oid, 'INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER')
				OR has_any_column_privilege('sunbid_public', c.oid, 'INSERT,UPDATE,REFERENCES') END
	FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') ORDER BY 1`

// publicLogin shows that the public role reads what is shown, changes nothing, and reads nothing else; and that the pages need no more:
// a login that has this role alone serves them as the platform does.
func (h *hall) publicLogin(t *testing.T) {
	t.Helper()
	type privilege struct {
		Name, Kind   string
		Read, Change bool
	}
	rows, err := h.owner.Query(t.Context(), privileges)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[privilege])
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if want := slices.Contains(shown, p.Name); p.Read != want || p.Change {
			t.Errorf("the public role on %s (%s): reads %t, changes %t", p.Name, p.Kind, p.Read, p.Change)
		}
	}
	var functions, memberships int
	err = h.owner.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef),
		(SELECT count(*) FROM pg_auth_members WHERE member = 'sunbid_public'::regrole)`).Scan(&functions, &memberships)
	if err != nil || functions != 0 || memberships != 0 {
		t.Errorf("functions that run with their owner's rights: %d; roles that the public role is a member of: %d (%v)", functions, memberships, err)
	}
	t.Logf("%d relations: the public role reads %d", len(list), len(shown))

	if _, err := h.owner.Exec(t.Context(), `CREATE ROLE onlooker LOGIN IN ROLE sunbid_public`); err != nil {
		t.Fatal(err)
	}
	dsn, err := url.Parse(h.Database.DSN(stack.Database))
	if err != nil {
		t.Fatal(err)
	}
	q := dsn.Query()
	q.Set("user", "onlooker")
	dsn.RawQuery = q.Encode()
	db, err := postgres.OpenPublic(t.Context(), dsn.String(), bidding.ClockFunc(time.Now))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, p := range list {
		if slices.Contains(shown, p.Name) || p.Kind != "r" {
			continue
		}
		var n int64
		if err := db.Public().QueryRow(t.Context(), `SELECT count(*) FROM `+p.Name).Scan(&n); err == nil || !strings.Contains(err.Error(), "42501") {
			t.Errorf("the public role counts %d rows of %s: %v", n, p.Name, err)
		}
	}
	h.servedBy(t, db)
}

// servedBy asks every page of a site over this database and of the platform: both must say the same.
func (h *hall) servedBy(t *testing.T, db *postgres.DB) {
	t.Helper()
	certificate, err := h.logCertificate()
	if err != nil {
		t.Fatal(err)
	}
	log := translog.NewLog(db.Public(), certificate, bidding.Rehearsal)
	site, err := public.New(postgres.NewGazette(db, log.Consistency), bidding.ClockFunc(time.Now), public.About{Class: bidding.Rehearsal, Version: "dev"})
	if err != nil {
		t.Fatal(err)
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	site.Register(app)
	for _, p := range probes(t, 0) {
		if p.role != string(bidding.Public) || strings.HasPrefix(p.pattern, "/api/") || p.pattern == "/openapi.json" || p.pattern == "/healthz" || p.pattern == "/metrics" {
			continue
		}
		path := p.path(h.places[2])
		res, err := app.Test(httptest.NewRequest(http.MethodGet, path, nil), -1)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		mine := settled(path, answer{Status: res.StatusCode, Body: masked(string(raw)), Length: timeless(string(raw))})
		theirs := settled(path, h.ask(t, http.MethodGet, path, p.role, "", ""))
		if theirs.Headers = ""; mine != theirs {
			t.Errorf("%s in the public role alone:\n%+v\n%+v", path, mine, theirs)
		}
	}
	for _, err := range []error{
		func() error { _, err := log.Consistency(t.Context(), 1, 5); return err }(),
		func() error {
			_, err := postgres.NewGazette(db, log.Consistency).Keys(t.Context(), h.places[2].lot)
			return err
		}(),
		func() error {
			_, err := postgres.NewGazette(db, log.Consistency).Notices(t.Context(), h.places[2].lot)
			return err
		}(),
	} {
		if err != nil {
			t.Error(err)
		}
	}
}

package postgres_test

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/storage/postgres"
	"sunbid/storage/storetest/fixture"
)

// refusals records a refusal of every kind: a part, a request, a login.
func (w *world) refusals(s *spine) {
	t := w.t
	t.Helper()
	must(w.bids.Refused(t.Context(), newBidder().actor, now(), bid.Stopped(bid.Upload{Lot: s.id, By: bidding.NewOrgID()}, s.tender.ID, now()), nil))(t)
	signer, org := w.enrolled("91440300MA5D000006")
	by := bidding.Actor{Person: must(postgres.NewOrganisations(w.db).ByCertificate(t.Context(), signer.Certificate().Fingerprint()))(t).People[0].ID, Org: org, Role: bidding.Tenderer}
	store := postgres.NewRefusals(w.db)
	for _, lot := range []bidding.LotID{s.id, {}} {
		if err := store.Request(t.Context(), by, lot, "POST /api/v1/lots/{id}/postpone", "request-unreadable", now()); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Login(t.Context(), signer.Certificate().Fingerprint(), "login-refused", now()); err != nil {
		t.Fatal(err)
	}
}

// counted reads the numbers of a query.
func (w *world) counted(sql string, args ...any) []int {
	w.t.Helper()
	rows := must(w.owner().Query(w.t.Context(), sql, args...))(w.t)
	return must(pgx.CollectRows(rows, pgx.RowTo[int]))(w.t)
}

// Of one organisation, lot and day a number is recorded and the others are counted; the next day, and another's, begin anew.
func TestRefusalsOfADayAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.announced(tender.Submitting)
	signer, org := w.enrolled("91440300MA5D000007")
	person := must(postgres.NewOrganisations(w.db).ByCertificate(t.Context(), signer.Certificate().Fingerprint()))(t).People[0].ID
	by := bidding.Actor{Person: person, Org: org, Role: bidding.Tenderer}
	store, b := postgres.NewRefusals(w.db), newBidder()
	evening := time.Date(2026, 3, 2, 15, 59, 0, 0, time.UTC) // a minute before midnight in Shanghai
	attempt := bid.Stopped(bid.Upload{Lot: s.id, By: b.actor.Org}, s.tender.ID, evening)
	for range bid.RefusalsPerDay + 3 {
		must(w.bids.Refused(t.Context(), b.actor, evening, attempt, nil))(t)
		if err := store.Request(t.Context(), by, bidding.NewLotID(), "POST /x", "request-unreadable", evening); err != nil { // each about another invented lot
			t.Fatal(err)
		}
	}
	got := must(w.bids.Refused(t.Context(), b.actor, evening.Add(time.Minute), attempt, nil))(t)
	if len(got.Recorded.Events) != 1 {
		t.Error("the next day's first is not recorded")
	}
	if n := w.counted(`SELECT count(*) FROM attempt WHERE org = $1`, b.actor.Org.String()); n[0] != bid.RefusalsPerDay+1 {
		t.Errorf("%d attempts", n[0])
	}
	if n := w.counted(`SELECT count(*) FROM request_refused WHERE org = $1 AND lot = ''`, org.String()); n[0] != bid.RefusalsPerDay {
		t.Errorf("%d requests", n[0])
	}
	if n := w.counted(`SELECT more FROM refusal_day ORDER BY kind, day`); !slices.Equal(n, []int{3, 0, 3}) {
		t.Errorf("counted beyond: %v", n)
	}
	w.sound()
}

// A login is counted by certificate, code and day; with a certificate that nobody enrolled it leaves nothing.
func TestRefusedLoginsAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	signer, _ := w.enrolled("91440300MA5D000008")
	store, known := postgres.NewRefusals(w.db), fixture.Signer(t, "某保管方") // a keyholder's certificate is known and nobody's
	if err := postgres.NewCertificates(w.db, nil).Add(t.Context(), known.Certificate()); err != nil {
		t.Fatal(err)
	}
	for _, x := range []canon.Hash{signer.Certificate().Fingerprint(), known.Certificate().Fingerprint(), canon.Sum([]byte("stranger"))} {
		for _, code := range []string{"login-refused", "login-refused", "not-allowed"} {
			if err := store.Login(t.Context(), x, code, now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := w.counted(`SELECT count FROM login_refused ORDER BY code`); !slices.Equal(n, []int{2, 1}) {
		t.Errorf("%v", n)
	}
	w.sound()
}

// An upload that began and was not finished becomes an attempt of its bidder when it expires, once; a finished one that no statement uses does not.
func TestStoppedUploadIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, b := w.announced(tender.Submitting), newBidder()
	s.loosePart(b, "body")
	u := bid.Upload{ID: bidding.NewUploadID(), Lot: s.id, By: b.actor.Org, Kind: "body", Size: 5, Chunks: 1, ExpiresAt: canon.At(now().Add(time.Minute))}
	if err := w.uploads.Create(t.Context(), u, func(int, int64) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		must(w.uploads.Expire(t.Context(), now().Add(2*time.Hour), 100))(t)
	}
	const recorded = `SELECT count(*)::integer FROM attempt a JOIN event e USING (stream) WHERE a.org = $1 AND a.lot = $2 AND a.code = $3 AND e.envelope->'body'->>'act' = 'part'`
	if n := w.counted(recorded, b.actor.Org.String(), s.id.String(), bid.ErrUploadStopped.Code); n[0] != 1 {
		t.Errorf("recorded %d times", n[0])
	}
	w.sound()
}

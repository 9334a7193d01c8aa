package postgres_test

import (
	"errors"
	"slices"
	"testing"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/opening"
	"sunbid/bidding/tender"
	"sunbid/crypto/seal"
	"sunbid/storage/postgres"
	"sunbid/storage/storetest/faulty"
	"sunbid/storage/storetest/fixture"
)

// through is the lot as seen over a database of which the fault breaks one write.
func (s *spine) through(t *testing.T, f *faulty.Fault) *spine {
	t.Helper()
	w := *s.w
	w.t, w.db = t, fixture.Open(t, faulty.Database(t, s.w.dsn, f))
	w.tenders, w.bids, w.uploads, w.openings = postgres.NewTenders(w.db), postgres.NewBids(w.db), postgres.NewUploads(w.db), postgres.NewOpenings(w.db)
	broken := *s
	broken.w, broken.history, broken.opening = &w, slices.Clone(s.history), slices.Clone(s.opening)
	f.Arm()
	return &broken
}

// Every write of submitting, replacing and withdrawing, failed or failed but persisted: the same statement again leads to one version and
// one receipt, and an answer that was given stays true.
func TestEveryWriteOfABidMayFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.announced(tender.Submitting)
	for _, action := range []seal.Action{seal.ActionSubmit, seal.ActionReplace, seal.ActionWithdraw} {
		t.Run(string(action), func(t *testing.T) {
			faulty.Each(t, 6, func(t *testing.T, f *faulty.Fault) {
				b := newBidder()
				version := 1
				if action != seal.ActionSubmit {
					must(s.submit(t.Context(), b, now()))(t)
					version = 2
				}
				var parts []bid.SealedPart
				if action != seal.ActionWithdraw {
					parts = append(parts, s.part(b, seal.KindReadout))
				}
				st, body, err := s.statement(t.Context(), b, action, parts...)
				if err != nil {
					t.Fatal(err)
				}
				first, firstErr := s.through(t, f).send(t.Context(), b, now(), st, body)
				f.Disarm()
				if firstErr != nil && !f.Struck() {
					t.Fatalf("without a fault: %v", firstErr)
				}
				second, err := s.send(t.Context(), b, now(), st, body)
				switch {
				case firstErr == nil && !errors.Is(err, bid.ErrAlready):
					t.Errorf("acknowledged, and taken once more: %v", err)
				case err != nil && !errors.Is(err, bid.ErrAlready):
					t.Errorf("the same statement again: %v", err)
				}
				found := must(w.bids.ReceiptFor(t.Context(), b.actor.Org, st.Hash))(t)
				if told := []bidding.ReceiptID{first.ID, second.ID}; firstErr == nil && found.ID != told[0] || err == nil && found.ID != told[1] {
					t.Errorf("receipt %s, told were %v", found.ID, told)
				}
				if own := must(w.bids.Own(t.Context(), b.actor.Org, s.id))(t); own.Version != version || own.Statement != st.Hash {
					t.Errorf("version %d, want %d", own.Version, version)
				}
			})
		})
	}
	w.sound()
}

// Every write of an upload: what failed can be uploaded again and handed in, and no half of it ever counts as a part.
func TestEveryWriteOfAnUploadMayFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.announced(tender.Submitting)
	faulty.Each(t, 8, func(t *testing.T, f *faulty.Fault) {
		b := newBidder()
		p, err := s.through(t, f).upload(t.Context(), b, seal.KindReadout)
		f.Disarm()
		if err != nil {
			if !f.Struck() {
				t.Fatalf("without a fault: %v", err)
			}
			p = s.part(b, seal.KindReadout)
		} else if err := s.retain(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		must(s.submit(t.Context(), b, now(), p))(t)
	})
	w.sound()
}

// Every write to the object store while a part is uploaded: the failed one is never named by a part.
func TestEveryObjectOfAnUploadMayFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.announced(tender.Submitting)
	faulty.Each(t, 4, func(t *testing.T, f *faulty.Fault) {
		b := newBidder()
		shelf := *w
		shelf.objects = faulty.Store{Store: w.objects, Fault: f}
		broken := *s
		broken.w = &shelf
		f.Arm()
		err := broken.prepare(t.Context(), b)
		f.Disarm()
		if (err != nil) != f.Struck() {
			t.Fatalf("struck %v: %v", f.Struck(), err)
		}
		must(s.submit(t.Context(), b, now()))(t) // prepares anew when the first time failed
	})
	w.sound()
}

// Every write of the freeze: there is one freeze and one frozen set, whatever the platform was told.
func TestEveryWriteOfTheFreezeMayFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	faulty.Each(t, 6, func(t *testing.T, f *faulty.Fault) {
		s := w.announced(tender.Submitting)
		for range 3 {
			must(s.submit(t.Context(), newBidder(), now()))(t)
		}
		broken := s.through(t, f)
		_, err := broken.freeze(t.Context())
		f.Disarm()
		if err != nil && !f.Struck() {
			t.Fatalf("without a fault: %v", err)
		}
		stage := ""
		if e := w.db.App().QueryRow(t.Context(), `SELECT stage FROM lot WHERE lot = $1`, s.id.String()).Scan(&stage); e != nil {
			t.Fatal(e)
		}
		if frozen := stage == string(tender.Sealed); !frozen {
			if err == nil {
				t.Error("acknowledged, and not frozen")
			}
			if admitted := must(s.freeze(t.Context()))(t); len(admitted) != 3 {
				t.Errorf("%d admitted", len(admitted))
			}
		} else {
			s.history, s.opening = broken.history, broken.opening
		}
		if got := must(postgres.NewGazette(w.db, nil).Opening(t.Context(), s.id))(t); got.Stage != string(opening.Frozen) {
			t.Errorf("stage %s", got.Stage)
		}
		if _, err := s.submit(t.Context(), newBidder(), now()); !errors.Is(err, errClosed) {
			t.Errorf("a bid after the freeze: %v", err)
		}
	})
	w.sound()
}

// Every write of the publication: all rows are public with the record and its jobs, or none is.
func TestEveryWriteOfThePublicationMayFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	faulty.Each(t, 6, func(t *testing.T, f *faulty.Fault) {
		s := w.announced(tender.Submitting)
		for range 3 {
			must(s.submit(t.Context(), newBidder(), now()))(t)
		}
		admitted := must(s.freeze(t.Context()))(t)
		broken := s.through(t, f)
		out := opening.Outcome{Kinds: []seal.Kind{"body"}, Erase: true}
		record, err := broken.results(admitted, out)
		f.Disarm()
		if err != nil && !f.Struck() {
			t.Fatalf("without a fault: %v", err)
		}
		g := postgres.NewGazette(w.db, nil)
		if got := must(g.Opening(t.Context(), s.id))(t); got.Stage == string(opening.Frozen) {
			if err == nil {
				t.Error("acknowledged, and not published")
			}
			if _, _, err := g.Rows(t.Context(), s.id, "", 10); !errors.Is(err, bidding.ErrMissing) {
				t.Errorf("rows of an opening that is not published: %v", err)
			}
			record = s.publish(admitted, out)
		}
		after := must(g.Opening(t.Context(), s.id))(t)
		rows, _, err := g.Rows(t.Context(), s.id, "", 10)
		if err != nil || len(rows) != 3 || after.Record != record.Hash || after.NotOpened != 3 {
			t.Errorf("%d rows, %+v, %v", len(rows), after, err)
		}
	})
	w.sound()
}

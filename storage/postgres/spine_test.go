package postgres_test

import (
	"errors"
	"slices"
	"testing"

	"sunbid/bidding"
	"sunbid/bidding/opening"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/seal"
	"sunbid/crypto/tlog"
	"sunbid/storage/postgres"
	"sunbid/storage/storetest/fixture"
	"sunbid/storage/translog"
)

func TestTheSpineIsItsEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.announced(tender.Submitting)
	w.sound()
	state, lot, err := w.tenders.Lot(t.Context(), s.id)
	if err != nil || state.ID != s.tender.ID || lot.Stage != tender.Submitting || lot.Number != 1 {
		t.Fatalf("%+v %v", lot, err)
	}
	due := must(w.tenders.Due(t.Context(), lot.OpeningAt.Time, 10))(t)
	if !slices.Contains(due, s.id) {
		t.Error("nothing is due at the opening time")
	}
	if len(must(w.tenders.Due(t.Context(), now(), 10))(t)) != 0 {
		t.Error("something is due before its time")
	}
	no := errors.New("no")
	_, err = w.tenders.Update(t.Context(), w.by, now(), s.id, func(_ tender.State, _ int, l *tender.Lot) (tender.Side, error) {
		l.Remember(tender.LotSuspended{})
		return tender.Side{Documents: []bidding.Document{w.record(custody.TypeBinding, s.id)}}, no
	})
	if !errors.Is(err, no) {
		t.Error(err)
	}
	if _, err := w.tenders.Update(t.Context(), w.by, now(), bidding.NewLotID(), nil); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("a lot that is not: %v", err)
	}
	s.update(tender.Side{}, tender.LotSuspended{Lot: s.id, At: canon.At(now()), Reason: "异议"})
	if r := w.sound(); r.Aggregates != 2 {
		t.Errorf("%+v", r)
	}
}

// Drafts are nobody's business, and the records of a lot come out with its announcement.
func TestThePublicSeesWhatIsAnnounced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	draft, s := w.announced(tender.Draft), w.announced(tender.Announced)
	signer := fixture.Signer(t, "log")
	log := translog.NewLog(w.db.App(), signer.Certificate(), bidding.Rehearsal)
	g := postgres.NewGazette(w.db, log.Consistency)
	if _, err := g.Lot(t.Context(), draft.id); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("a draft is public: %v", err)
	}
	if _, err := g.Tender(t.Context(), draft.tender.ID); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("a draft's tender is public: %v", err)
	}
	hidden := w.record(custody.TypeOfficerKey, draft.id)
	enrolment := w.record("sunbid/enrolment/v1", s.id)
	for _, d := range []bidding.Document{hidden, enrolment} {
		if err := w.tenders.SaveDocument(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if _, err := g.Document(t.Context(), d.Hash); !errors.Is(err, bidding.ErrMissing) {
			t.Errorf("a document of %s is public: %v", d.Type, err)
		}
	}
	seq := must(translog.NewSequencer(log, w.objects, signer, fixture.Clock()))(t)
	must(seq.Round(t.Context()))(t)
	keys := must(g.Keys(t.Context(), s.id))(t)
	if len(keys.KeyRecord) == 0 || len(keys.OfficerKey) == 0 || len(keys.Binding) == 0 || len(keys.Events) != 3 { // drafted, bound, announced
		t.Errorf("%d events of the spine are disclosed", len(keys.Events))
	}
	for _, e := range keys.Events {
		d := must(tlog.ParseDisclosed(e))(t)
		if err := d.Verify(signer.Certificate(), log.Origin()); err != nil {
			t.Error(err)
		}
	}
	lines, next, err := g.Tenders(t.Context(), "隧道 100%_", "4403", "", 10)
	if err != nil || len(lines) != 1 || lines[0].ID != s.tender.ID || next != "" || lines[0].Lots != 1 ||
		lines[0].Stage != must(g.Lot(t.Context(), s.id))(t).Stage || lines[0].Suspended {
		t.Errorf("%+v %q %v", lines, next, err)
	}
	if lines, _, err := g.Tenders(t.Context(), "100__", "", "", 10); err != nil || len(lines) != 0 {
		t.Errorf("a pattern is taken for text: %v %v", lines, err)
	}
	for range 4 {
		w.announced(tender.Announced)
	}
	var seen []bidding.TenderID
	for cursor, more := "", true; more; more = cursor != "" {
		lines, cursor, err = g.Tenders(t.Context(), "", "", cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			if slices.Contains(seen, l.ID) {
				t.Error("a tender twice")
			}
			seen = append(seen, l.ID)
		}
	}
	if len(seen) != 5 {
		t.Errorf("%d tenders by pages, want 5", len(seen))
	}
	page := must(g.Opening(t.Context(), s.id))(t)
	if page.Stage != "" || page.Opened != 0 {
		t.Errorf("%+v", page)
	}
	if _, _, err := g.Rows(t.Context(), s.id, "", 10); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("rows before the opening: %v", err)
	}
	must(g.Checkpoint(t.Context()))(t)
	w.sound()
}

// From freeze to publication: what the public sees has no number before the results.
func TestOpening(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.announced(tender.Submitting)
	g := postgres.NewGazette(w.db, nil)
	if _, err := w.openings.Update(t.Context(), w.by, now(), s.id, nil); !errors.Is(err, opening.ErrNotFrozen) {
		t.Errorf("an opening before the freeze: %v", err)
	}
	for i := range 25 {
		b := newBidder()
		must(s.submit(t.Context(), b, now(), s.part(b, "readout")))(t)
		if i == 0 { // a withdrawn one is not admitted
			s.withdraw(b)
		}
	}
	admitted := must(s.freeze(t.Context()))(t)
	if len(admitted) != 24 {
		t.Fatalf("%d admitted", len(admitted))
	}
	before := must(g.Opening(t.Context(), s.id))(t)
	if before.Stage != string(opening.Frozen) || before.Opened != 0 || before.NotOpened != 0 {
		t.Errorf("%+v", before)
	}
	w.sound()
	record := s.publish(admitted, opening.Outcome{Kinds: []seal.Kind{"body"}, Erase: true})
	w.sound()
	after := must(g.Opening(t.Context(), s.id))(t)
	if after.NotOpened != 24 || after.Record != record.Hash || after.PublishedAt.IsZero() {
		t.Errorf("%+v", after)
	}
	must(g.Record(t.Context(), s.id))(t)
	var got []string
	for cursor, more := "", true; more; more = cursor != "" {
		page, next, err := g.Rows(t.Context(), s.id, cursor, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			got = append(got, r.Bid.String())
		}
		cursor = next
	}
	if len(got) != 24 || !slices.IsSorted(got) {
		t.Errorf("%d rows by pages", len(got))
	}
	var jobs int
	if err := w.db.App().QueryRow(t.Context(), `SELECT count(*) FROM river_job`).Scan(&jobs); err != nil || jobs != 2 {
		t.Errorf("%d jobs, want one for the bodies and one for the erasure (%v)", jobs, err)
	}
	if due := must(w.openings.Due(t.Context(), now().AddDate(0, 0, 1), 10))(t); len(due) != 0 {
		t.Error("a published opening is due")
	}
}

func TestBatchesAndKeyReleases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.announced(tender.Submitting)
	b := newBidder()
	part, body := s.part(b, "readout"), s.part(b, "body")
	must(s.submit(t.Context(), b, now(), part, body))(t)
	admitted := must(s.freeze(t.Context()))(t)
	batches := []opening.Batch{s.batch(1), s.batch(2), s.batch(3)}
	for range 2 {
		for _, x := range batches {
			if err := w.openings.SaveBatch(t.Context(), s.id, x); err != nil {
				t.Fatal(err)
			}
		}
	}
	all, after, err := w.openings.Batches(t.Context(), s.id, "readout", 0)
	if err != nil || len(all) != 3 || all[2].Index != 3 {
		t.Errorf("%+v %v", all, err)
	}
	if more, _, err := w.openings.Batches(t.Context(), s.id, "readout", after); err != nil || len(more) != 0 {
		t.Errorf("%d after the cursor (%v)", len(more), err)
	}
	r, e := s.keyRelease(admitted[0].Bid, part.Digest)
	if _, err := w.openings.SaveKeyRelease(t.Context(), b.actor, now(), s.id, r, e, func(opening.State) error { return errClosed }); !errors.Is(err, errClosed) {
		t.Error(err)
	}
	must(w.openings.SaveKeyRelease(t.Context(), b.actor, now(), s.id, r, e, func(o opening.State) error {
		if o.Stage != opening.Frozen {
			t.Error(o.Stage)
		}
		return nil
	}))(t)
	releases, err := w.openings.KeyReleases(t.Context(), s.id, nil)
	if err != nil || len(releases) != 1 || releases[0].Bid != r.Bid || releases[0].ID == 0 {
		t.Fatalf("%+v %v", releases, err)
	}
	if again, err := w.openings.KeyReleases(t.Context(), s.id, []int64{releases[0].ID}); err != nil || len(again) != 0 {
		t.Errorf("known already: %+v %v", again, err)
	}
	p := opening.OpenedPart{Lot: s.id, Bid: r.Bid, Kind: "body", Digest: body.Digest, Key: []byte{1}, Length: 5, OpenedAt: canon.At(now())}
	for range 2 {
		if err := w.openings.SaveOpenedPart(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if got := must(w.openings.OpenedPart(t.Context(), s.id, r.Bid, "body"))(t); got.Length != 5 {
		t.Errorf("%+v", got)
	}
	if ids := must(w.openings.OpenedParts(t.Context(), s.id, "body"))(t); len(ids) != 1 {
		t.Errorf("%v", ids)
	}
	w.sound()
}

func TestKeyPool(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool := postgres.NewKeyPool(w.db)
	lot := bidding.NewLotID()
	if _, err := pool.Take(t.Context(), lot); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("an empty pool: %v", err)
	}
	for range 2 {
		if err := pool.Add(t.Context(), "ky_1", []byte(`{"k":1}`)); err != nil {
			t.Fatal(err)
		}
	}
	first := must(pool.Take(t.Context(), lot))(t)
	again := must(pool.Take(t.Context(), lot))(t)
	if string(first) != string(again) || must(pool.Free(t.Context()))(t) != 0 {
		t.Error("a lot got two keys")
	}
	if _, err := pool.Take(t.Context(), bidding.NewLotID()); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("one key for two lots: %v", err)
	}
	if got := must(pool.Of(t.Context(), lot))(t); string(got) != string(first) {
		t.Error("the lot's key is another")
	}
}

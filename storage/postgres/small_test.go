package postgres_test

import (
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/notice"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/storage/postgres"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

func TestSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := postgres.NewSecrets(w.db)
	at, digest := now(), canon.Sum([]byte("secret"))
	if err := s.Keep(t.Context(), "session", digest, []byte("one"), at.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := s.Keep(t.Context(), "session", digest, []byte("two"), at.Add(time.Minute)); !errors.Is(err, bidding.ErrConflict) {
		t.Errorf("kept twice: %v", err)
	}
	if got := must(s.Find(t.Context(), "session", digest, at))(t); string(got) != "one" {
		t.Errorf("%q", got)
	}
	if _, err := s.Find(t.Context(), "challenge", digest, at); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("another kind: %v", err)
	}
	if _, err := s.Find(t.Context(), "session", digest, at.Add(time.Minute)); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("expired: %v", err)
	}
	if err := s.Replace(t.Context(), "session", digest, []byte("three"), at.Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if err := s.Replace(t.Context(), "session", canon.Sum(), []byte("x"), at); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("replaced what is not there: %v", err)
	}
	var won atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := s.Take(t.Context(), "session", digest, at); err == nil {
				won.Add(1)
			} else if !errors.Is(err, bidding.ErrMissing) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if won.Load() != 1 {
		t.Errorf("%d took one secret", won.Load())
	}
	if err := errors.Join(s.Drop(t.Context(), "session", digest), s.Sweep(t.Context(), at)); err != nil {
		t.Error(err)
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := postgres.NewCommands(w.db)
	if _, _, _, err := c.Recall(t.Context(), "me", "key"); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("a new key: %v", err)
	}
	request := canon.Sum([]byte("request"))
	for i, body := range []string{"first", "second"} {
		if err := c.Remember(t.Context(), "me", "key", request, 201+i, []byte(body), now()); err != nil {
			t.Fatal(err)
		}
	}
	got, status, body, err := c.Recall(t.Context(), "me", "key")
	if err != nil || got != request || status != 201 || string(body) != "first" {
		t.Errorf("%d %q %v", status, body, err)
	}
	if err := c.Sweep(t.Context(), now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
}

func TestNotices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.announced(tender.Announced)
	store := postgres.NewNotices(w.db)
	publish := func(lot bidding.LotID) error {
		_, err := store.Publish(t.Context(), w.by, now(), s.tender.ID, lot, func(subject notice.Subject) (*notice.Notice, bidding.Document, error) {
			if subject.Tenderer != s.tender.Tenderer.Org || len(subject.Lots) != 1 || subject.Opening.IsZero() || subject.RuleSet.ID != s.tender.RuleSet {
				t.Errorf("%+v", subject)
			}
			d := w.record(notice.RecordType, lot)
			record := notice.Record{
				Type: notice.RecordType, Class: bidding.Rehearsal, Notice: bidding.NewNoticeID(), Tender: s.tender.ID, Kind: notice.Addendum,
				Number: subject.Numbers + 1, Title: "澄清", Text: "澄清内容", SignedAt: canon.At(now()),
			}
			if !lot.IsZero() {
				record.Lot = &lot
			}
			history := []bidding.Event{notice.Published{Notice: record.Notice, Tender: s.tender.ID, Record: record, Hash: d.Hash, At: canon.At(now())}}
			n := notice.Replay(slices.Values(history))
			happened(n, history, 1)
			return n, d, nil
		})
		return err
	}
	var group sync.WaitGroup
	for i := range 6 {
		group.Go(func() {
			lot := bidding.LotID{}
			if i%2 == 0 {
				lot = s.id
			}
			if err := publish(lot); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if err := publish(bidding.NewLotID()); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("a notice of a lot that is not the tender's: %v", err)
	}
	all := must(store.Of(t.Context(), s.tender.ID))(t)
	for i, n := range all {
		if n.Record.Number != i+1 {
			t.Errorf("notice %d has number %d", i+1, n.Record.Number)
		}
	}
	if len(all) != 6 {
		t.Errorf("%d notices", len(all))
	}
	g := postgres.NewGazette(w.db, nil)
	if public := must(g.Notices(t.Context(), s.id))(t); len(public) != 6 {
		t.Errorf("%d public notices", len(public))
	}
	must(g.Document(t.Context(), all[0].Hash))(t)
	w.sound()
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

package translog_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/commit"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
	"sunbid/storage/objects"
	"sunbid/storage/storetest/fixture"
	"sunbid/storage/translog"
)

// bench is a log over a database and a store of its own.
type bench struct {
	t      *testing.T
	dsn    string
	pool   *pgxpool.Pool
	store  objects.Store
	signer pki.Signer
	log    *translog.Log
	seq    *translog.Sequencer
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, dsn: fixture.Migrated(t), store: fixture.Objects(t), signer: fixture.Signer(t, "log")}
	b.open()
	return b
}

// open begins anew, as a restarted process does.
func (b *bench) open() {
	b.t.Helper()
	if b.seq != nil {
		b.seq.Resign(b.t.Context())
	}
	b.pool = fixture.Open(b.t, b.dsn).App()
	b.log = translog.NewLog(b.pool, b.signer.Certificate(), bidding.Rehearsal)
	b.seq = b.sequencer(b.store)
}

func (b *bench) sequencer(store objects.Store) *translog.Sequencer {
	b.t.Helper()
	s, err := translog.NewSequencer(b.log, store, b.signer, fixture.Clock())
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { s.Resign(context.Background()) })
	return s
}

// record commits n events, each in a stream of its own.
func (b *bench) record(n int) bidding.Recorded {
	b.t.Helper()
	var r bidding.Recorded
	for range n {
		e := event(b.t)
		if _, err := b.pool.Exec(b.t.Context(), insertEvent, e.Stream, e.Seq, e.Type, e.At, []byte(e.Salt), e.Envelope); err != nil {
			b.t.Fatal(err)
		}
		r.Events = append(r.Events, e)
	}
	return r
}

const insertEvent = `INSERT INTO event (stream, seq, type, at, actor, salt, envelope) VALUES ($1, $2, $3, $4, '{}', $5, $6)`

func event(t *testing.T) bidding.RecordedEvent {
	t.Helper()
	salt, err := commit.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	e := bidding.RecordedEvent{Stream: bidding.NewStreamID().String(), Seq: 1, At: fixture.Clock().Now(), Type: "test.happened.v1", Salt: salt[:]}
	envelope := tlog.Envelope{Type: tlog.EnvelopeType, Stream: e.Stream, Seq: 1, Event: e.Type, At: canon.At(e.At), Body: json.RawMessage(`{}`)}
	if e.Envelope, err = envelope.Canonical(); err != nil {
		t.Fatal(err)
	}
	return e
}

func (b *bench) round() tlog.SignedCheckpoint {
	b.t.Helper()
	for {
		c, err := b.seq.Round(b.t.Context())
		if errors.Is(err, translog.ErrStandby) {
			continue // the server has not yet noticed that the last leader's connection is gone
		}
		if err != nil {
			b.t.Fatal(err)
		}
		return c
	}
}

// sound re-derives everything and wants no fault.
func (b *bench) sound() translog.Report {
	b.t.Helper()
	r, err := b.log.Rederive(b.t.Context(), b.store)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, f := range r.Faults {
		b.t.Error("log: " + f)
	}
	return r
}

// proven wants every event in the log.
func (b *bench) proven(r bidding.Recorded) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 10*time.Second)
	defer cancel()
	proofs, err := b.log.Await(ctx, r)
	if err != nil {
		b.t.Fatal(err)
	}
	for i, p := range proofs {
		c := canon.Hash(commit.Commit([32]byte(r.Events[i].Salt), r.Events[i].Envelope))
		if err := p.Verify(c, b.signer.Certificate(), b.log.Origin()); err != nil {
			b.t.Fatalf("event %d: %v", i, err)
		}
	}
}

// continues wants the newer checkpoint to continue the older.
func (b *bench) continues(older, newer tlog.SignedCheckpoint) {
	b.t.Helper()
	path, err := b.log.Consistency(b.t.Context(), older.Body.Size, newer.Body.Size)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := tlog.Continues(older.Body, newer.Body, path); err != nil {
		b.t.Fatalf("from %d to %d: %v", older.Body.Size, newer.Body.Size, err)
	}
}

func TestEventsComeIntoTheLog(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var all bidding.Recorded
	var seen []tlog.SignedCheckpoint
	for i := range 6 {
		r := b.record(i * 3)
		all.Events = append(all.Events, r.Events...)
		seen = append(seen, b.round())
		b.proven(r)
	}
	b.proven(all)
	for _, c := range seen {
		b.continues(c, seen[len(seen)-1])
	}
	if r := b.sound(); r.Size != 6 || r.Events != 45 || r.Waiting != 0 {
		t.Errorf("%+v", r)
	}
	d, err := b.log.Disclosed(t.Context(), all.Events[7].Stream, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Verify(b.signer.Certificate(), b.log.Origin()); err != nil {
		t.Error(err)
	}
	if _, err := b.log.Disclosed(t.Context(), "ev_none", 1); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("an event that never was: %v", err)
	}
	if _, err := b.log.Consistency(t.Context(), 1, 7); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("a size that is not published: %v", err)
	}
}

// A round takes so many; the others wait their turn in order.
func TestMoreEventsThanARoundTakes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const fill = `INSERT INTO event (stream, seq, type, at, actor, salt, envelope)
		SELECT 'ev_' || n, 1, 'test.happened.v1', now(), '{}', decode(lpad(to_hex(n), 64, '0'), 'hex'), '{}' FROM generate_series(1, 5000) n`
	if _, err := b.pool.Exec(t.Context(), fill); err != nil {
		t.Fatal(err)
	}
	b.round()
	if r := b.sound(); r.Events != 4096 || r.Waiting != 904 {
		t.Errorf("after one round %+v", r)
	}
	b.round()
	if r := b.sound(); r.Events != 5000 || r.Waiting != 0 {
		t.Errorf("after two rounds %+v", r)
	}
}

// The measured race: a transaction takes number 1 and sleeps, another takes 2 and commits. A reader that pages by number
// would never see 1; the sequencer picks up what is committed, whenever that is.
func TestALateCommitIsNotLost(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	early := event(t)
	tx, err := b.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(t.Context(), insertEvent, early.Stream, early.Seq, early.Type, early.At, []byte(early.Salt), early.Envelope); err != nil {
		t.Fatal(err)
	}
	late := b.record(1)
	b.round()
	b.proven(late)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.round()
	b.proven(bidding.Recorded{Events: []bidding.RecordedEvent{early}})
	if r := b.sound(); r.Events != 2 || r.Waiting != 0 {
		t.Errorf("%+v", r)
	}
}

func TestOneProcessSequences(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.round()
	other := b.sequencer(b.store)
	if _, err := other.Round(t.Context()); !errors.Is(err, translog.ErrStandby) {
		t.Fatalf("a second sequencer: %v", err)
	}
	b.seq.Resign(t.Context())
	c, err := other.Round(t.Context())
	if err != nil || c.Body.Size != 2 {
		t.Fatalf("after the first resigned: size %d, %v", c.Body.Size, err)
	}
	b.sound()
}

// Whoever waits in another process hears of the round by notification.
func TestAwaitInAnotherProcess(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.round()
	far := translog.NewLog(fixture.Open(t, b.dsn).App(), b.signer.Certificate(), bidding.Rehearsal)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- far.Run(ctx, quiet()) }()
	proofs := make(chan error, 40)
	for range 40 {
		r := b.record(1)
		go func() { _, err := far.Await(t.Context(), r); proofs <- err }()
	}
	for range 3 {
		b.round()
	}
	for range 40 {
		if err := <-proofs; err != nil {
			t.Error(err)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestJournalIsCompacted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var seen tlog.SignedCheckpoint
	for i := range 520 {
		if i%100 == 7 {
			b.record(2)
		}
		c := b.round()
		if i == 300 {
			seen = c
		}
	}
	list, err := b.store.List(t.Context(), "log/", "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 520-512+2 {
		t.Errorf("%d journal objects, want 8 entries and 2 bundles: %v", len(list), list)
	}
	r := b.sound()
	if r.Size != 520 || r.Events != 12 {
		t.Errorf("%+v", r)
	}
	b.open()
	b.continues(seen, b.round())
	b.sound()
}

func TestTamperingIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, sql string }{
		{"an event's envelope", `UPDATE event SET envelope = '{"x":1}' WHERE id = (SELECT max(id) FROM event)`},
		{"an event's salt", `UPDATE event SET salt = decode(repeat('ab', 32), 'hex') WHERE id = (SELECT max(id) FROM event)`},
		{"an event removed", `DELETE FROM event WHERE id = (SELECT min(id) FROM event)`},
		{"an event moved", `UPDATE event SET slot = (slot + 1) % 65536 WHERE id = (SELECT min(id) FROM event)`},
		{"an event taken out", `UPDATE event SET slot = NULL, round = NULL WHERE id = (SELECT min(id) FROM event)`},
		{"a round's root", `UPDATE log_round SET root = decode(repeat('cd', 32), 'hex') WHERE round = 2`},
		{"a round's seed", `UPDATE log_round SET seed = decode(repeat('cd', 32), 'hex') WHERE round = 2`},
		{"a round removed", `DELETE FROM log_round WHERE round = 1`},
		{"a tile", `UPDATE log_tile SET hashes = overlay(hashes PLACING decode(repeat('ee', 32), 'hex') FROM 1) WHERE level = 0`},
		{"a tile added", `INSERT INTO log_tile VALUES (3, 9, decode(repeat('ee', 32), 'hex'))`},
		{"the origin", `UPDATE log_head SET origin = 'rehearsal/' || repeat('ab', 32)`},
		{"the head's checkpoint", `UPDATE log_head SET checkpoint = replace(checkpoint::text, '"size":4', '"size":3')::json`},
		{"the head's signature", `UPDATE log_head SET checkpoint = regexp_replace(checkpoint::text, '"sig":"..', '"sig":"00')::json`},
		{"an unreadable checkpoint", `UPDATE log_head SET checkpoint = '{}'`},
		{"what the public sees", `UPDATE log_head SET shown = regexp_replace(shown::text, '"sig":"..', '"sig":"00')::json`},
		{"what the public sees is old", `UPDATE log_head SET published = published - 1`},
		{"a false disclosure", `INSERT INTO disclosure SELECT stream, seq, 'lt', type, '{}' FROM event LIMIT 1`},
		{"the head", `UPDATE log_head SET root = decode(repeat('cd', 32), 'hex')`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			for range 4 {
				b.record(3)
				b.round()
			}
			owner := ownerPool(t, b.dsn)
			if _, err := owner.Exec(t.Context(), `ALTER TABLE event DISABLE TRIGGER event_keeps_its_place`); err != nil {
				t.Fatal(err)
			}
			if _, err := owner.Exec(t.Context(), c.sql); err != nil {
				t.Fatal(err)
			}
			r, err := b.log.Rederive(t.Context(), b.store)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Faults) == 0 {
				t.Error("nothing was found")
			}
		})
	}
}

// Neither the program's own role nor the public one can rewrite what happened.
func TestGrants(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.record(1)
	b.round()
	db := fixture.Open(t, b.dsn)
	for _, sql := range []string{
		`UPDATE event SET envelope = '{}'`, `DELETE FROM event`, `UPDATE payload SET bytes = ''`, `DELETE FROM payload`,
		`UPDATE log_round SET root = root`, `DELETE FROM log_round`, `DELETE FROM log_tile`, `TRUNCATE event`,
		`UPDATE event SET round = 9, slot = 9`, // it has a place already
	} {
		if _, err := db.App().Exec(t.Context(), sql); err == nil {
			t.Errorf("the app role may: %s", sql)
		}
	}
	for _, table := range []string{
		"event", "payload", "command", "web_secret", "organisation", "upload", "upload_piece", "sealed_part", "bid", "statement", "receipt",
		"attempt", "opening", "opening_batch", "key_release", "opened_part", "key_pool", "log_round", "river_job",
	} {
		if _, err := db.Public().Exec(t.Context(), fmt.Sprintf("SELECT FROM %s LIMIT 1", table)); err == nil {
			t.Errorf("the public role may read %s", table)
		}
	}
}

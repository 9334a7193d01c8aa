package translog_test

import (
	"errors"
	"testing"

	"sunbid/bidding"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
	"sunbid/storage/objects"
	"sunbid/storage/storetest/fixture"
	"sunbid/storage/translog"
)

// shown is the checkpoint that the public sees.
func (b *bench) shown() tlog.SignedCheckpoint {
	b.t.Helper()
	c, err := b.log.Checkpoint(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// A database that has forgotten everything, beside the journal of what was published: the rounds are adopted, and the log goes on
// from there as one history.
func TestJournalAheadOfTheDatabase(t *testing.T) {
	t.Parallel()
	for _, rounds := range []int{1, 5, 255, 256, 257, 600} {
		b := newBench(t)
		var seen []tlog.SignedCheckpoint
		for range rounds {
			seen = append(seen, b.round())
		}
		b.record(2)
		b.seq.Resign(t.Context())
		b.dsn = fixture.Migrated(t)
		b.open()
		events := b.record(1)
		after := b.round()
		if after.Body.Size != int64(rounds)+1 {
			t.Errorf("after %d rounds and a loss the size is %d", rounds, after.Body.Size)
		}
		for _, c := range []tlog.SignedCheckpoint{seen[0], seen[len(seen)/2], seen[len(seen)-1]} {
			b.continues(c, after)
		}
		b.proven(events)
		if r := b.sound(); r.Lost != int64(rounds) {
			t.Errorf("%d rounds were adopted, not %d", r.Lost, rounds)
		}
	}
}

// The journal was restored from an older copy: what the database knows of it is written again.
func TestDatabaseAheadOfTheJournal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 300 {
		b.round()
	}
	seen := b.shown()
	b.seq.Resign(t.Context())
	b.store = fixture.Objects(t)
	b.seq = b.sequencer(b.store)
	b.continues(seen, b.round())
	b.sound()
}

func TestACheckpointAheadOfUsStopsTheLog(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 5 {
		b.round()
	}
	seen := b.shown()
	if err := b.seq.Reconcile(t.Context(), seen); err != nil {
		t.Fatalf("a checkpoint of ours: %v", err)
	}
	ahead := b.sign(seen.Body.Size+1, seen.Body.Root)
	if err := b.seq.Reconcile(t.Context(), seen, ahead); !errors.Is(err, translog.ErrFork) {
		t.Errorf("a checkpoint ahead of us: %v", err)
	}
	other := b.sign(3, seen.Body.Root)
	if err := b.seq.Reconcile(t.Context(), other); !errors.Is(err, translog.ErrFork) {
		t.Errorf("another root of one size: %v", err)
	}
	// Database and journal both gone: a keyholder still knows.
	b.seq.Resign(t.Context())
	b.dsn, b.store = fixture.Migrated(t), fixture.Objects(t)
	b.open()
	if err := b.seq.Reconcile(t.Context(), seen); !errors.Is(err, translog.ErrFork) {
		t.Errorf("everything lost: %v", err)
	}
	if code := (&bidding.Refusal{}); !errors.As(translog.ErrFork, &code) || code.Code != "log-would-fork" {
		t.Error("the code of a fork")
	}
}

func (b *bench) sign(size int64, root [32]byte) tlog.SignedCheckpoint {
	b.t.Helper()
	c := b.shown().Body
	c.Size, c.Root = size, root
	signed, err := pki.Sign(c, b.signer)
	if err != nil {
		b.t.Fatal(err)
	}
	return signed
}

// Two databases wrote to one journal: the second never goes on.
func TestTwoHistoriesInOneJournal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 3 {
		b.round()
	}
	b.seq.Resign(t.Context())
	apart := fixture.Objects(t)
	first := b.store
	b.dsn, b.store = fixture.Migrated(t), objects.Store(apart)
	b.open()
	for range 4 {
		b.round()
	}
	b.seq.Resign(t.Context())
	b.seq = b.sequencer(first)
	if _, err := b.seq.Round(t.Context()); !errors.Is(err, translog.ErrFork) {
		t.Errorf("a database beside another's journal: %v", err)
	}
}

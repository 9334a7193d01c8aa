package translog_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"sunbid/bidding"
	"sunbid/storage/storetest/faulty"
	"sunbid/storage/storetest/fixture"
	"sunbid/storage/translog"
)

// Every write of a round to the database, failed or failed but persisted: nothing recorded is lost, no published
// checkpoint is contradicted, and the whole log can be derived again.
func TestEveryDatabaseWriteMayFail(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.record(2)
	b.round()
	faulty.Each(t, 8, func(t *testing.T, f *faulty.Fault) {
		b.seq.Resign(t.Context())
		before := b.shown()
		events := b.record(3)
		broken := b.over(t, f)
		_, err := broken.Round(t.Context())
		broken.Resign(context.Background())
		f.Disarm()
		if err != nil && !f.Struck() {
			t.Fatalf("without a fault: %v", err)
		}
		b.sound()
		after := b.round()
		b.continues(before, after)
		b.proven(events)
		b.sound()
	})
}

// over is a sequencer whose connection breaks at the fault. The fault counts from the first write after the pool was made.
func (b *bench) over(t *testing.T, f *faulty.Fault) *translog.Sequencer {
	t.Helper()
	pool := fixture.Open(t, faulty.Database(t, b.dsn, f)).App()
	f.Arm()
	log := translog.NewLog(pool, b.signer.Certificate(), bidding.Rehearsal)
	s, err := translog.NewSequencer(log, b.store, b.signer, fixture.Clock())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Every write to the object store, failed or failed but persisted, on the round that also compacts the journal.
func TestEveryObjectWriteMayFail(t *testing.T) {
	t.Parallel()
	for _, persisted := range []bool{false, true} {
		for _, n := range []int{1, 2, 3, 100, 258} { // the entry, the bundle, the first deletion, one amid, the last
			t.Run(fmt.Sprintf("write %d persisted %v", n, persisted), func(t *testing.T) {
				t.Parallel()
				b := newBench(t)
				for range 255 {
					b.round()
				}
				before := b.shown()
				events := b.record(3)
				b.seq.Resign(t.Context())
				f := faulty.New(n, persisted)
				f.Arm()
				broken := b.sequencer(faulty.Store{Store: b.store, Fault: f})
				if _, err := broken.Round(t.Context()); !errors.Is(err, faulty.ErrStruck) {
					t.Errorf("a broken store went unnoticed: %v", err)
				}
				b.sound()
				broken.Resign(t.Context())
				after := b.round()
				b.continues(before, after)
				b.proven(events)
				if r := b.sound(); r.Size != 257 || r.Waiting != 0 {
					t.Errorf("%+v", r)
				}
				list, err := b.store.List(t.Context(), "log/", "", 1000)
				if err != nil || len(list) != 2 {
					t.Errorf("%d journal objects, want a bundle and an entry (%v)", len(list), err)
				}
			})
		}
	}
}

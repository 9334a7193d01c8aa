package translog_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"sunbid/bidding"
	"sunbid/storage/objects"
	"sunbid/storage/storetest/fixture"
	"sunbid/storage/translog"
)

var errFault = errors.New("injected fault")

// fault strikes at the n-th write, once: either the write never arrives, or it arrives and its answer is lost.
type fault struct {
	countdown atomic.Int64
	persisted bool
}

func newFault(n int, persisted bool) *fault {
	f := &fault{persisted: persisted}
	f.countdown.Store(int64(n))
	return f
}

func (f *fault) strikes() bool { return f.countdown.Add(-1) == 0 }

// wire is a connection to PostgreSQL that breaks at the fault's write.
type wire struct {
	net.Conn
	fault *fault
}

func (w *wire) Write(p []byte) (int, error) {
	if !w.fault.strikes() {
		return w.Conn.Write(p)
	}
	if w.fault.persisted {
		if _, err := w.Conn.Write(p); err != nil {
			return 0, err
		}
		// The server has acted when it answers; the answer gets lost.
		w.Conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		w.Conn.Read(make([]byte, 1<<16))
	}
	w.Conn.Close()
	return 0, errFault
}

// shelf is a store that fails at the fault's write.
type shelf struct {
	objects.Store
	fault *fault
}

func (s shelf) Put(ctx context.Context, name objects.Name, r io.Reader, size int64) (objects.Ref, error) {
	if !s.fault.strikes() {
		return s.Store.Put(ctx, name, r, size)
	}
	if s.fault.persisted {
		s.Store.Put(ctx, name, r, size)
	}
	return objects.Ref{}, errFault
}

func (s shelf) Delete(ctx context.Context, ref objects.Ref) error {
	if !s.fault.strikes() {
		return s.Store.Delete(ctx, ref)
	}
	if s.fault.persisted {
		s.Store.Delete(ctx, ref)
	}
	return errFault
}

// Every write of a round to the database, failed or failed but persisted: nothing recorded is lost, no published
// checkpoint is contradicted, and the whole log can be derived again.
func TestEveryDatabaseWriteMayFail(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.record(2)
	b.round()
	struck := 0
	for n := 1; ; n++ {
		missed := false
		for _, persisted := range []bool{false, true} {
			b.seq.Resign(t.Context())
			before := b.shown()
			events := b.record(3)
			f := newFault(n, persisted)
			broken := b.over(t, f)
			_, err := broken.Round(t.Context())
			broken.Resign(context.Background())
			missed = f.countdown.Load() > 0
			if err != nil {
				struck++
			} else if !missed && !errors.Is(err, errFault) {
				t.Logf("write %d persisted=%v did no harm", n, persisted)
			}
			b.sound()
			after := b.round()
			b.continues(before, after)
			b.proven(events)
			b.sound()
		}
		if missed {
			break
		}
	}
	if struck < 8 {
		t.Errorf("only %d faults struck", struck)
	}
	t.Logf("%d faults", struck)
}

// over is a sequencer whose connection breaks at the fault. The fault counts from the first write after the connection was made.
func (b *bench) over(t *testing.T, f *fault) *translog.Sequencer {
	t.Helper()
	config, err := pgxpool.ParseConfig(b.dsn)
	if err != nil {
		t.Fatal(err)
	}
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &wire{c, f}, nil
	}
	config.ConnConfig.RuntimeParams["role"] = "sunbid_app"
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
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
				broken := b.sequencer(shelf{b.store, newFault(n, persisted)})
				if _, err := broken.Round(t.Context()); !errors.Is(err, errFault) {
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

package jobs_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sunbid/bidding"
	"sunbid/storage/jobs"
	"sunbid/storage/storetest/fixture"
)

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func insert(t *testing.T, pool *pgxpool.Pool, fn func(tx pgx.Tx, q *jobs.Queue) error) error {
	t.Helper()
	q, err := jobs.NewQueue()
	if err != nil {
		t.Fatal(err)
	}
	return pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error { return fn(tx, q) })
}

// A job exists exactly if its transaction committed, and is done until it succeeds.
func TestJobsFollowTheirTransaction(t *testing.T) {
	t.Parallel()
	pool := fixture.Open(t, fixture.Migrated(t)).App()
	kept, undone := bidding.NewLotID(), bidding.NewLotID()
	body := func(lot bidding.LotID) []jobs.OpenBodies {
		return []jobs.OpenBodies{{Lot: lot, Part: "body"}, {Lot: lot, Part: "technical"}}
	}
	broken := errors.New("rolled back")
	if err := insert(t, pool, func(tx pgx.Tx, q *jobs.Queue) error {
		return errors.Join(q.OpenBodies(t.Context(), tx, body(undone)), broken)
	}); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if err := insert(t, pool, func(tx pgx.Tx, q *jobs.Queue) error {
		for range 3 { // one refill is enough
			if err := q.RefillKeys(t.Context(), tx, 5); err != nil {
				return err
			}
		}
		return errors.Join(q.OpenBodies(t.Context(), tx, body(kept)), q.EraseKeys(t.Context(), tx, jobs.EraseKeys{Lot: kept}), q.ArchiveKeys(t.Context(), tx, jobs.ArchiveKeys{Lot: kept}))
	}); err != nil {
		t.Fatal(err)
	}
	var failed atomic.Bool
	done := make(chan string, 20)
	runner, err := jobs.NewRunner(pool, jobs.Handlers{
		OpenBodies: func(_ context.Context, job jobs.OpenBodies) error {
			if job.Lot != kept {
				t.Error("a job of a transaction that rolled back")
			}
			if job.Part == "body" && failed.CompareAndSwap(false, true) {
				return errors.New("the first try fails")
			}
			done <- string(job.Part)
			return nil
		},
		RefillKeys:  func(context.Context, jobs.RefillKeys) error { done <- "refill"; return nil },
		EraseKeys:   func(context.Context, jobs.EraseKeys) error { done <- "erase"; return nil },
		ArchiveKeys: func(context.Context, jobs.ArchiveKeys) error { done <- "archive"; return nil },
	}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	if err := runner.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for range 5 {
		got[<-done]++
	}
	stop, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := runner.Stop(stop); err != nil {
		t.Error(err)
	}
	for _, what := range []string{"body", "technical", "refill", "erase", "archive"} {
		if got[what] != 1 {
			t.Errorf("%s was done %d times", what, got[what])
		}
	}
}

// A job that a killed process was working on is done by the next one, and by the process beside it.
func TestJobsOfADeadRunnerAreRescued(t *testing.T) {
	t.Parallel()
	pool := fixture.Open(t, fixture.Migrated(t)).App()
	lot := bidding.NewLotID()
	if err := insert(t, pool, func(tx pgx.Tx, q *jobs.Queue) error {
		return q.OpenBodies(t.Context(), tx, []jobs.OpenBodies{{Lot: lot, Part: "body"}, {Lot: lot, Part: "technical"}})
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{killed}' WHERE args->>'part' = 'body'`); err != nil {
		t.Fatal(err)
	}
	stop, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	done, hold := make(chan string, 20), make(chan struct{})
	start := func() *jobs.Runner {
		runner, err := jobs.NewRunner(pool, jobs.Handlers{
			OpenBodies: func(_ context.Context, job jobs.OpenBodies) error {
				done <- string(job.Part)
				<-hold
				return nil
			},
			RefillKeys:  func(context.Context, jobs.RefillKeys) error { return nil },
			EraseKeys:   func(context.Context, jobs.EraseKeys) error { return nil },
			ArchiveKeys: func(context.Context, jobs.ArchiveKeys) error { return nil },
		}, quiet())
		if err != nil {
			t.Fatal(err)
		}
		if err := runner.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		return runner
	}
	runners := []*jobs.Runner{start(), start()}
	got := map[string]int{}
	for range 2 {
		select {
		case what := <-done:
			got[what]++
		case <-stop.Done():
			t.Fatalf("done: %v", got)
		}
	}
	select { // both runners look for dead ones meanwhile: the work of the living is left alone
	case what := <-done:
		t.Errorf("%s is done twice", what)
	case <-time.After(3 * time.Second):
	}
	close(hold)
	for _, r := range runners {
		if err := r.Stop(stop); err != nil {
			t.Error(err)
		}
	}
	if got["body"] != 1 || got["technical"] != 1 {
		t.Errorf("done: %v", got)
	}
}

// What is due is done at its time, again when it failed, and a moment that was moved is heard of at once.
func TestWatcher(t *testing.T) {
	t.Parallel()
	pool := fixture.Open(t, fixture.Migrated(t)).App()
	soon, late, broken := bidding.NewLotID(), bidding.NewLotID(), bidding.NewLotID()
	now := fixture.Clock().Now()
	if _, err := pool.Exec(t.Context(), `INSERT INTO tender (tender, class, number, title, region, regime, tenderer, version, state)
		VALUES ('td', 'rehearsal', '1', 't', '440300', 'construction', 'x', 1, '{}')`); err != nil {
		t.Fatal(err)
	}
	for i, l := range []struct {
		id bidding.LotID
		at time.Time
	}{{soon, now.Add(50 * time.Millisecond)}, {late, now.Add(time.Hour)}, {broken, now.Add(-time.Second)}} {
		if _, err := pool.Exec(t.Context(), `INSERT INTO lot (lot, tender, number, stage, suspended, due_at, due_what, version, state)
			VALUES ($1, 'td', $2, 'announced', false, $3, 'open', 1, '{}')`, l.id.String(), i, l.at); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	tries := map[bidding.LotID]int{}
	done := make(chan jobs.Due, 10)
	watcher := func() *jobs.Watcher {
		return jobs.NewWatcher(pool, fixture.Clock(), func(ctx context.Context, due jobs.Due) error {
			if fixture.Clock().Now().Before(due.At) {
				t.Error("done before its time")
			}
			mu.Lock()
			tries[due.Lot]++
			first := tries[due.Lot] == 1
			mu.Unlock()
			if due.Lot == broken && first {
				return errors.New("not yet")
			}
			if _, err := pool.Exec(ctx, `UPDATE lot SET due_at = NULL WHERE lot = $1`, due.Lot.String()); err != nil {
				return err
			}
			done <- due
			return nil
		}, quiet())
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for range 2 { // one watches, one stands by
		running.Go(func() { watcher().Run(ctx) })
	}
	got := map[bidding.LotID]bool{}
	for range 2 {
		got[(<-done).Lot] = true
	}
	if !got[soon] || !got[broken] || got[late] {
		t.Errorf("%v", got)
	}
	if _, err := pool.Exec(t.Context(), `UPDATE lot SET due_at = now() WHERE lot = $1`, late.String()); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), `SELECT pg_notify('sunbid_due', '')`); err != nil {
		t.Fatal(err)
	}
	if d := <-done; d.Lot != late {
		t.Error(d.Lot)
	}
	stop()
	running.Wait()
	if tries[broken] != 2 || tries[soon] != 1 || tries[late] != 1 {
		t.Errorf("%v", tries)
	}
}

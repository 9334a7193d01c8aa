package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sunbid/bidding"
)

// Due is what a lot waits for next.
type Due struct {
	Lot  bidding.LotID
	What string
	At   time.Time
}

// watchLock is the advisory lock of the one watcher among replicas ("SBWA").
const watchLock int64 = 0x53425741

// again is how long a failed handler, and a lost database, wait before the next try.
const again = time.Second

// Watcher calls a handler for every lot whose next due moment has come.
type Watcher struct {
	pool  *pgxpool.Pool
	clock bidding.Clock
	do    func(ctx context.Context, due Due) error
	log   *slog.Logger

	mu      sync.Mutex
	running map[bidding.LotID]bool  // a lot is handled once at a time
	resting map[bidding.LotID]tried // when a lot's moment was handled last
	nudge   chan struct{}
}

// tried remembers that a moment was handled: if the lot still waits for the same one, it rests a while.
type tried struct {
	what  string
	at    time.Time
	until time.Time
}

// NewWatcher makes a watcher. do must change the lot's due moment (or end it) when it succeeds; what fails, or leaves the
// moment as it was, is done again a second later. do must bear being called again for the same moment.
func NewWatcher(pool *pgxpool.Pool, clock bidding.Clock, do func(ctx context.Context, due Due) error, log *slog.Logger) *Watcher {
	return &Watcher{
		pool: pool, clock: clock, do: do, log: log,
		running: map[bidding.LotID]bool{}, resting: map[bidding.LotID]tried{}, nudge: make(chan struct{}, 1),
	}
}

// Run watches until ctx ends and then waits for running handlers. Of several processes one watches, the others stand by.
func (w *Watcher) Run(ctx context.Context) error {
	var handlers sync.WaitGroup
	defer handlers.Wait()
	for ctx.Err() == nil {
		if err := w.lead(ctx, &handlers); err != nil && ctx.Err() == nil {
			w.log.ErrorContext(ctx, "watch due moments", "err", err)
			wait(ctx, again)
		}
	}
	return nil
}

// lead takes the watcher's lock and watches until the connection fails or ctx ends.
func (w *Watcher) lead(ctx context.Context, handlers *sync.WaitGroup) error {
	pooled, err := w.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pooled.Hijack() // a connection that holds a session lock must not go back to the pool
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, watchLock); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, `LISTEN sunbid_due`); err != nil {
		return err
	}
	for {
		sleep, err := w.round(ctx, conn, handlers)
		if err != nil {
			return err
		}
		if err := w.rest(ctx, conn, sleep); err != nil {
			return err
		}
	}
}

const selectDue = `SELECT lot, due_what, due_at FROM lot WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 500`

// round starts handlers for what is due now and says how long there is to sleep.
func (w *Watcher) round(ctx context.Context, conn *pgx.Conn, handlers *sync.WaitGroup) (time.Duration, error) {
	rows, err := conn.Query(ctx, selectDue)
	if err != nil {
		return 0, err
	}
	dues, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Due, error) {
		var d Due
		var lot string
		if err := row.Scan(&lot, &d.What, &d.At); err != nil {
			return d, err
		}
		d.At = d.At.UTC()
		return d, d.Lot.UnmarshalText([]byte(lot))
	})
	if err != nil {
		return 0, fmt.Errorf("due moments: %w", err)
	}
	now, sleep := w.clock.Now(), time.Minute
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range dues {
		if w.running[d.Lot] {
			continue
		}
		at := d.At
		if r, ok := w.resting[d.Lot]; ok && r.what == d.What && r.at.Equal(d.At) && r.until.After(at) {
			at = r.until
		}
		if left := at.Sub(now); left > 0 {
			sleep = min(sleep, left)
			continue
		}
		w.running[d.Lot] = true
		handlers.Go(func() { w.handle(ctx, d) })
	}
	return sleep, nil
}

// rest sleeps until a due moment changed, a handler ended, or the time has come. It sleeps in steps, because a clock may
// be set while we sleep.
func (w *Watcher) rest(ctx context.Context, conn *pgx.Conn, sleep time.Duration) error {
	until := w.clock.Now().Add(sleep)
	for {
		left := until.Sub(w.clock.Now())
		if left <= 0 {
			return nil
		}
		woken, stop := context.WithTimeout(ctx, min(left, time.Second))
		nudged := make(chan bool, 1)
		go func() {
			select {
			case <-w.nudge:
				nudged <- true
				stop()
			case <-woken.Done():
				nudged <- false
			}
		}()
		_, err := conn.WaitForNotification(woken)
		ended := woken.Err()
		stop()
		switch again := <-nudged; {
		case ctx.Err() != nil:
			return ctx.Err()
		case again || err == nil:
			return nil
		case !errors.Is(ended, context.DeadlineExceeded):
			return err
		}
	}
}

func (w *Watcher) handle(ctx context.Context, d Due) {
	err := w.do(ctx, d)
	if err != nil && ctx.Err() == nil {
		w.log.ErrorContext(ctx, "due", "lot", d.Lot.String(), "what", d.What, "err", err)
	}
	w.mu.Lock()
	delete(w.running, d.Lot)
	w.resting[d.Lot] = tried{what: d.What, at: d.At, until: w.clock.Now().Add(again)}
	w.mu.Unlock()
	select {
	case w.nudge <- struct{}{}:
	default:
	}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

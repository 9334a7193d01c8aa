package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
)

// Handlers do the work. An error means: again later.
type Handlers struct {
	OpenBodies  func(ctx context.Context, job OpenBodies) error
	RefillKeys  func(ctx context.Context, job RefillKeys) error
	EraseKeys   func(ctx context.Context, job EraseKeys) error
	ArchiveKeys func(ctx context.Context, job ArchiveKeys) error
}

// Runner takes jobs and works on them.
type Runner struct {
	client *river.Client[pgx.Tx]
	pool   *pgxpool.Pool
	id     string
	log    *slog.Logger
	end    context.CancelFunc // ends live; nil before Start
}

// NewRunner makes a runner over the app role's pool. All handlers are required. What goes wrong is logged once, without
// naming the bid.
func NewRunner(pool *pgxpool.Pool, h Handlers, log *slog.Logger) (*Runner, error) {
	workers := river.NewWorkers()
	err := river.AddWorkerSafely(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[OpenBodies]) error {
		return h.OpenBodies(ctx, job.Args)
	}))
	if err != nil {
		return nil, fmt.Errorf("job runner: %w", err)
	}
	err = river.AddWorkerSafely(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[RefillKeys]) error {
		return h.RefillKeys(ctx, job.Args)
	}))
	if err != nil {
		return nil, fmt.Errorf("job runner: %w", err)
	}
	err = river.AddWorkerSafely(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[EraseKeys]) error {
		return h.EraseKeys(ctx, job.Args)
	}))
	if err != nil {
		return nil, fmt.Errorf("job runner: %w", err)
	}
	err = river.AddWorkerSafely(workers, river.WorkFunc(func(ctx context.Context, job *river.Job[ArchiveKeys]) error {
		return h.ArchiveKeys(ctx, job.Args)
	}))
	if err != nil {
		return nil, fmt.Errorf("job runner: %w", err)
	}
	id := newRunnerID()
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		ID:            id,
		Queues:        map[string]river.QueueConfig{bodies: {MaxWorkers: 8}, keys: {MaxWorkers: 1}},
		Workers:       workers,
		FetchCooldown: 5 * time.Millisecond,
		JobTimeout:    -1, // bodies are large and many; a job ends with the process,
		MaxAttempts:   25,
		RetryPolicy:   patience{},
		Logger:        silent(),
		ErrorHandler:  complaints{log},
	})
	if err != nil {
		return nil, fmt.Errorf("job runner: %w", err)
	}
	return &Runner{client: client, pool: pool, id: id, log: log}, nil
}

// Start begins to take jobs, those that a killed process was working on included.
func (r *Runner) Start(ctx context.Context) error {
	living, end := context.WithCancel(ctx)
	r.end = end
	go r.live(living) // until Stop
	if err := r.client.Start(ctx); err != nil {
		end()
		return err
	}
	return nil
}

// Stop takes no new jobs and waits for the running ones until ctx ends; what is cut off runs again later.
func (r *Runner) Stop(ctx context.Context) error {
	if r.end != nil {
		defer r.end()
	}
	if err := r.client.Stop(ctx); err != nil {
		return r.client.StopAndCancel(ctx)
	}
	return nil
}

// patience retries soon at first, because most failures here are a keyholder or a store that is being restarted.
type patience struct{}

func (patience) NextRetry(job *rivertype.JobRow) time.Time {
	wait := time.Second << min(len(job.Errors), 8)
	return job.AttemptedAt.Add(min(wait, 2*time.Minute))
}

type complaints struct{ log *slog.Logger }

func (c complaints) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	c.log.ErrorContext(ctx, "job", "kind", job.Kind, "attempt", job.Attempt, "err", err)
	return nil
}

func (c complaints) HandlePanic(ctx context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	c.log.ErrorContext(ctx, "job panicked", "kind", job.Kind, "attempt", job.Attempt, "panic", fmt.Sprint(value))
	return nil
}

package jobs

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// Queue inserts jobs; it runs none.
type Queue struct{ client *river.Client[pgx.Tx] }

// NewQueue makes a queue for any number of transactions of any database.
func NewQueue() (*Queue, error) {
	client, err := river.NewClient(riverpgxv5.New(nil), &river.Config{Logger: silent()})
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return &Queue{client: client}, nil
}

// OpenBodies inserts jobs inside the caller's transaction: if that rolls back, there never were any.
func (q *Queue) OpenBodies(ctx context.Context, tx pgx.Tx, wanted []OpenBodies) error {
	if len(wanted) == 0 {
		return nil
	}
	params := make([]river.InsertManyParams, len(wanted))
	for i, w := range wanted {
		params[i] = river.InsertManyParams{Args: w, InsertOpts: &river.InsertOpts{Queue: bodies}}
	}
	if _, err := q.client.InsertManyFastTx(ctx, tx, params); err != nil {
		return fmt.Errorf("queue bodies: %w", err)
	}
	return nil
}

// RefillKeys inserts the job inside the caller's transaction unless one is waiting already.
func (q *Queue) RefillKeys(ctx context.Context, tx pgx.Tx, want int) error {
	opts := &river.InsertOpts{Queue: keys, UniqueOpts: river.UniqueOpts{ByArgs: true, ByQueue: true}}
	if _, err := q.client.InsertTx(ctx, tx, RefillKeys{Want: want}, opts); err != nil {
		return fmt.Errorf("queue key refill: %w", err)
	}
	return nil
}

// EraseKeys inserts the job inside the caller's transaction.
func (q *Queue) EraseKeys(ctx context.Context, tx pgx.Tx, wanted EraseKeys) error {
	if _, err := q.client.InsertTx(ctx, tx, wanted, &river.InsertOpts{Queue: keys}); err != nil {
		return fmt.Errorf("queue the erasure of keys: %w", err)
	}
	return nil
}

// ArchiveKeys inserts the job inside the caller's transaction.
func (q *Queue) ArchiveKeys(ctx context.Context, tx pgx.Tx, wanted ArchiveKeys) error {
	if _, err := q.client.InsertTx(ctx, tx, wanted, &river.InsertOpts{Queue: keys}); err != nil {
		return fmt.Errorf("queue the archive: %w", err)
	}
	return nil
}

// silent keeps the job library's own lines out of our log: they would name jobs, and jobs name bids.
func silent() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

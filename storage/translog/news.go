package translog

import (
	"context"
	"errors"
	"fmt"

	"sunbid/bidding"
	"sunbid/crypto/tlog"
)

// Passed is a public event of a lot's stage that a published round holds.
type Passed struct {
	Round       int64
	Tender, Lot string
	Type        string // "lot.announced.v1"
}

// After blocks until the published log is longer than size, or ctx ends, and returns the newest checkpoint.
func (l *Log) After(ctx context.Context, size int64) (tlog.SignedCheckpoint, error) {
	for {
		l.mu.Lock()
		changed := l.changed
		l.mu.Unlock()
		checkpoint, err := l.Checkpoint(ctx)
		if err == nil && checkpoint.Body.Size > size {
			return checkpoint, nil
		}
		if err != nil && !errors.Is(err, bidding.ErrMissing) {
			return tlog.SignedCheckpoint{}, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return tlog.SignedCheckpoint{}, fmt.Errorf("await the log: %w", ctx.Err())
		}
	}
}

// What a lot went through that the public may hear of the moment it is logged. Drafts are nobody's business; of bids there is
// nothing here, and there must not be.
const selectPassed = `SELECT round, tender, lot, type FROM event
	WHERE round >= $1 AND round < $2 AND type IN ('lot.announced.v1', 'lot.submission-opened.v1', 'lot.postponed.v1', 'lot.sealed.v1',
		'lot.opening-begun.v1', 'lot.opened.v1', 'lot.failed.v1', 'lot.terminated.v1', 'lot.suspended.v1', 'lot.resumed.v1')
	ORDER BY round, id`

// Passed lists the public stage events in the rounds [from, to).
func (l *Log) Passed(ctx context.Context, from, to int64) ([]Passed, error) {
	rows, err := l.pool.Query(ctx, selectPassed, from, to)
	if err != nil {
		return nil, fmt.Errorf("public events: %w", err)
	}
	defer rows.Close()
	var list []Passed
	for rows.Next() {
		var p Passed
		if err := rows.Scan(&p.Round, &p.Tender, &p.Lot, &p.Type); err != nil {
			return nil, fmt.Errorf("public events: %w", err)
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

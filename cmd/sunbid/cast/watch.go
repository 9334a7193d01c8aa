package cast

import (
	"context"
	"fmt"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
)

// look is how often a watcher asks.
const look = 50 * time.Millisecond

// Await watches the public API until the opening is published, and reads every row of the record.
func (a Announced) Await(ctx context.Context, p *Person) ([]custody.Row, error) {
	for {
		status, err := p.Client.OpeningStatus(ctx, a.Lot)
		if err == nil && !status.PublishedAt.IsZero() {
			return a.Rows(ctx, p)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("watch the opening: %w (%v)", ctx.Err(), err)
		case <-time.After(look):
		}
	}
}

// Rows reads the published opening record page by page.
func (a Announced) Rows(ctx context.Context, p *Person) ([]custody.Row, error) {
	const page = 500
	var rows []custody.Row
	for cursor, more := "", true; more; more = cursor != "" {
		answer, err := p.Client.OpeningRows(ctx, a.Lot, cursor, page)
		if err != nil {
			return nil, fmt.Errorf("read the opening record: %w", err)
		}
		for _, raw := range answer.Rows {
			var row custody.Row
			if err := canon.Unmarshal(raw, &row); err != nil {
				return nil, fmt.Errorf("read the opening record: %w", err)
			}
			rows = append(rows, row)
		}
		cursor = answer.Next
	}
	return rows, nil
}

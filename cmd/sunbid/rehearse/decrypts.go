package rehearse

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"sunbid/bidding/law"
	"sunbid/bidding/tender"
)

// decrypts replays the bidders' decrypt commands in mode B (限时解密), in the rhythm of the published record scaled to the wanted speed.
// In mode A the opening needs nothing from bidders.
func (r *rehearsal) decrypts(ctx context.Context) error {
	if r.Mode != law.BidderKey {
		return nil
	}
	first, last := r.rhythm()
	span := max(last.Sub(first), time.Second)
	g, ctx := errgroup.WithContext(ctx)
	for i, row := range r.Rows {
		if !row.Decrypted {
			continue
		}
		g.Go(func() error {
			share := float64(row.Command.Sub(first)) / float64(span)
			if err := until(ctx, r.checked.OpeningAt.Add(time.Duration(share*float64(r.Speed.Last)))); err != nil {
				return err
			}
			if _, err := r.bidders[i].Desk.Decrypt(ctx, tender.OpeningMoment); err != nil {
				return fmt.Errorf("decrypt for %s: %w", row.Bidder, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// rhythm is from when to when commands came.
func (r *rehearsal) rhythm() (first, last time.Time) {
	for _, row := range r.Rows {
		if !row.Decrypted {
			continue
		}
		if first.IsZero() || row.Command.Before(first) {
			first = row.Command
		}
		if row.Command.After(last) {
			last = row.Command
		}
	}
	return first, last
}

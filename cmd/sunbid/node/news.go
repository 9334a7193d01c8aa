package node

import (
	"context"
	"strings"
	"time"

	"sunbid/web/live"
)

// news hands every published round, with the public changes of stage in it, to the open streams. After publication only: nobody
// hears of what did not happen.
func (n *Node) news(ctx context.Context) error {
	size := int64(0)
	if c, err := n.history.Checkpoint(ctx); err == nil {
		size = c.Body.Size
	}
	for ctx.Err() == nil {
		next, err := n.tell(ctx, size)
		if err != nil && ctx.Err() == nil {
			n.log.ErrorContext(ctx, "live events", "err", err)
			time.Sleep(time.Second)
			continue
		}
		size = next
	}
	return nil
}

func (n *Node) tell(ctx context.Context, size int64) (int64, error) {
	checkpoint, err := n.history.After(ctx, size)
	if err != nil {
		return size, err
	}
	to := checkpoint.Body.Size
	passed, err := n.history.Passed(ctx, size, to)
	if err != nil {
		return size, err
	}
	for round := size; round < to; round++ {
		r := live.Round{Number: round, Size: to, At: checkpoint.Body.At.Time, Changes: []live.Change{}}
		for _, p := range passed {
			if p.Round == round {
				r.Changes = append(r.Changes, live.Change{Tender: p.Tender, Lot: p.Lot, Stage: stageOf(p.Type)})
			}
		}
		if err := n.hub.Publish(r); err != nil {
			return round, err
		}
	}
	return to, nil
}

// stageOf names a stage event for listeners: "lot.sealed.v1" is "sealed".
func stageOf(event string) string {
	_, rest, _ := strings.Cut(event, ".")
	stage, _, _ := strings.Cut(rest, ".")
	return stage
}

package node

import (
	"context"

	"sunbid/bidding"
)

// drills implements api.Drills.
type drills struct{ *keyholders }

func (d drills) Drill(ctx context.Context, by bidding.Actor, lot bidding.LotID) error {
	return d.Ready(ctx)
}

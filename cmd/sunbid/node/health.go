package node

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"sunbid/bidding"
	"sunbid/storage/objects"
	"sunbid/storage/translog"
	"sunbid/web/api"
)

// healthEvery is how often the platform looks at its own parts. It does so whether anybody asks or not, so that nothing follows
// from how often it is asked.
const healthEvery = 5 * time.Second

// health implements api.Health from the last look.
type health struct {
	stores  stores
	history *translog.Log
	holders *keyholders
	clock   bidding.Clock

	mu   sync.Mutex // guards last
	last api.Vitals
}

func newHealth(st stores, history *translog.Log, holders *keyholders, clock bidding.Clock) *health {
	return &health{stores: st, history: history, holders: holders, clock: clock}
}

// Health implements api.Health.
func (h *health) Health(ctx context.Context) api.Vitals {
	h.mu.Lock()
	v := h.last
	h.mu.Unlock()
	v.Database = h.stores.db.Ready(ctx) == nil
	return v
}

func (h *health) run(ctx context.Context) error {
	for {
		h.look(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(healthEvery):
		}
	}
}

func (h *health) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, healthEvery)
	defer cancel()
	now := h.clock.Now()
	// A name that cannot exist: the answer "not found" shows that the store answers.
	_, err := h.stores.objects.Stat(ctx, objects.Ref{Name: "health"})
	v := api.Vitals{Objects: err == nil || errors.Is(err, objects.ErrNotFound)}
	if c, err := h.history.Checkpoint(ctx); err == nil {
		v.LogSize, v.LogLag = c.Body.Size, max(0, now.Sub(c.Body.At.Time))
	}
	var offsets []time.Duration
	answers, errs := h.holders.group.Health(ctx)
	for i, a := range answers {
		k := api.KeyholderVitals{Name: h.holders.roster[i].Name}
		if errs[i] == nil {
			k.ClockOffset = a.Clock.Sub(now)
			k.Ready = a.Class == string(h.holders.class) && k.ClockOffset.Abs() <= maxSkew
			offsets = append(offsets, k.ClockOffset)
		}
		v.Keyholders = append(v.Keyholders, k)
	}
	if len(offsets) > 0 {
		slices.Sort(offsets)
		v.ClockOffset, v.ClockChecked = -offsets[len(offsets)/2], true
	}
	h.mu.Lock()
	h.last = v
	h.mu.Unlock()
}

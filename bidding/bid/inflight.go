package bid

import (
	"context"
	"sync"

	"sunbid/bidding"
)

// InFlight knows the submit commands under way, per lot. A command registers before its arrival is stamped; so at the opening time
// those stamped before it can be waited for, and later ones need not be.
type InFlight struct {
	mu   sync.Mutex // guards lots
	lots map[bidding.LotID]map[chan struct{}]struct{}
}

// NewInFlight makes an empty one.
func NewInFlight() *InFlight {
	return &InFlight{lots: map[bidding.LotID]map[chan struct{}]struct{}{}}
}

// Enter registers a command; call leave when it has ended.
func (f *InFlight) Enter(lot bidding.LotID) (leave func()) {
	done := make(chan struct{})
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lots[lot] == nil {
		f.lots[lot] = map[chan struct{}]struct{}{}
	}
	f.lots[lot][done] = struct{}{}
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.lots[lot], done)
		if len(f.lots[lot]) == 0 {
			delete(f.lots, lot)
		}
		close(done)
	}
}

// Drain waits for the commands that are registered now, not for later ones; it returns early when ctx ends.
func (f *InFlight) Drain(ctx context.Context, lot bidding.LotID) {
	f.mu.Lock()
	waiting := make([]chan struct{}, 0, len(f.lots[lot]))
	for done := range f.lots[lot] {
		waiting = append(waiting, done)
	}
	f.mu.Unlock()
	for _, done := range waiting {
		select {
		case <-done:
		case <-ctx.Done():
			return
		}
	}
}

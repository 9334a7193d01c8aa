package translog

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// behind is how many rounds are made up for after a standstill. More would only be a burst of empty leaves.
const behind = 60

// Run makes one round per tick of the clock until ctx ends: at whole multiples of every, so that the size of the log tells the
// time and nothing else. A round that took too long is made up for at once. ErrFork ends it; anything else is logged, and the next
// tick begins from what is durable. While another process leads, it stands by.
func (s *Sequencer) Run(ctx context.Context, every time.Duration, log *slog.Logger) error {
	defer s.Resign(ctx)
	next := s.clock.Now().Truncate(every).Add(every)
	for {
		if !s.sleepUntil(ctx, next, every) {
			return nil
		}
		_, err := s.Round(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ErrFork):
			return err
		case errors.Is(err, ErrStandby):
		case err != nil:
			log.ErrorContext(ctx, "sequence", "err", err)
		}
		next = next.Add(every)
		if now := s.clock.Now(); err != nil || now.Sub(next) > behind*every || next.Sub(now) > 2*every {
			next = now.Truncate(every).Add(every)
		}
	}
}

// sleepUntil sleeps in steps, because a clock may be set meanwhile; one that was set back is not waited for. It reports
// false when ctx ended.
func (s *Sequencer) sleepUntil(ctx context.Context, until time.Time, every time.Duration) bool {
	for {
		left := until.Sub(s.clock.Now())
		if left <= 0 || left > 2*every {
			return ctx.Err() == nil
		}
		timer := time.NewTimer(min(left, time.Second))
		select {
		case <-ctx.Done():
			timer.Stop()
			return false
		case <-timer.C:
		}
	}
}

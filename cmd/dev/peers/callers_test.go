package peers_test

import (
	"context"
	"crypto/rand"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const concurrent = 256

// callers lets 256 callers append entries of 300 octets, each one after the other, for a while, and then
// settle finish; appends a second.
func callers(tb testing.TB, d time.Duration, add func(context.Context, []byte) error, settle func(context.Context) error) float64 {
	tb.Helper()
	var done atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range concurrent {
		wg.Go(func() {
			entry := make([]byte, 300)
			for time.Since(began) < d {
				rand.Read(entry)
				if err := add(tb.Context(), entry); err != nil {
					tb.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	if settle != nil {
		if err := settle(tb.Context()); err != nil {
			tb.Fatal(err)
		}
	}
	return float64(done.Load()) / time.Since(began).Seconds()
}

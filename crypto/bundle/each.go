package bundle

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// each runs fn over all items on all cores. It returns how many passed; the error is that of the first failing item in order.
func each[T any](items []T, fn func(T) error) (int, error) {
	errs := make([]error, len(items))
	var next, good atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(items)) {
		wg.Go(func() {
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(items) {
					return
				}
				if errs[i] = fn(items[i]); errs[i] != nil {
					failed.Store(true)
					return
				}
				good.Add(1)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return int(good.Load()), err
		}
	}
	return int(good.Load()), nil
}

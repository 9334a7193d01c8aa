package tdh2

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// forEach calls do(0) … do(n−1) on as many goroutines as there are cores, and returns when all are done.
func forEach(n int, do func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	if workers <= 1 {
		for i := range n {
			do(i)
		}
		return
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wait.Wait()
}

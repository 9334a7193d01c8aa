package seal

import (
	"runtime"
	"sync"

	"sunbid/crypto/canon"
)

// task is one chunk on its way through inOrder.
type task struct {
	i       int
	in      []byte // room of the reader
	given   []byte // what the reader gave, in its room or elsewhere
	out     []byte // room of the worker
	result  []byte
	leaf    canon.Hash
	err     error
	settled chan struct{}
}

// inOrder runs n chunks through read (one goroutine, ascending), work (all cores) and write (the caller's goroutine,
// ascending). At most two chunks a core are under way; the rooms they offer, of these sizes, are used again and again.
// The first error ends it; every goroutine has returned then. With hash, write is given the leaf of what was read.
func inOrder(n, readRoom, workRoom int,
	read func(i int, room []byte) ([]byte, error),
	work func(i int, in, room []byte) ([]byte, error),
	write func(i int, result []byte, leaf canon.Hash) error,
	hash bool,
) error {
	cores := min(runtime.GOMAXPROCS(0), n)
	depth := min(2*cores, n)
	free, jobs, ordered := make(chan *task, depth), make(chan *task, depth), make(chan *task, depth)
	stop := make(chan struct{})
	for range depth {
		free <- &task{settled: make(chan struct{}, 1)}
	}
	var wait sync.WaitGroup
	defer wait.Wait()
	defer close(stop) // runs first: the reader may be waiting for a free task

	wait.Go(func() {
		defer close(ordered)
		defer close(jobs)
		for i := range n {
			var t *task
			select {
			case t = <-free:
			case <-stop:
				return
			}
			if t.in == nil {
				t.in, t.out = make([]byte, readRoom), make([]byte, workRoom)
			}
			t.i = i
			if t.given, t.err = read(i, t.in); t.err != nil {
				t.settled <- struct{}{}
				ordered <- t
				return
			}
			jobs <- t
			ordered <- t
		}
	})
	for range cores {
		wait.Go(func() {
			for t := range jobs {
				if t.result, t.err = work(t.i, t.given, t.out); t.err == nil && hash {
					t.leaf = LeafHash(t.given)
				}
				t.settled <- struct{}{}
			}
		})
	}
	for t := range ordered {
		<-t.settled
		if t.err != nil {
			return t.err
		}
		if err := write(t.i, t.result, t.leaf); err != nil {
			return err
		}
		free <- t
	}
	return nil
}

package faulty

import (
	"errors"
	"sync/atomic"
	"testing"
)

// ErrStruck is what the caller of a broken write sees, where it sees an error of ours at all.
var ErrStruck = errors.New("injected fault")

// Fault strikes once: at the n-th write after Arm.
type Fault struct {
	left      atomic.Int64
	armed     atomic.Bool
	n         int64
	Persisted bool // the write arrives, and its answer is lost
}

// New is a fault that is not armed yet.
func New(n int, persisted bool) *Fault { return &Fault{n: int64(n), Persisted: persisted} }

// Arm begins to count.
func (f *Fault) Arm() {
	f.left.Store(f.n)
	f.armed.Store(true)
}

// Disarm stops counting.
func (f *Fault) Disarm() { f.armed.Store(false) }

// Struck reports whether the write came that was to be broken.
func (f *Fault) Struck() bool { return f.left.Load() <= 0 }

// strikes counts a write.
func (f *Fault) strikes() bool { return f.armed.Load() && f.left.Add(-1) == 0 }

// Each runs try with every write failed, and failed but persisted, until a run meets no write to break. It fails the test when fewer
// than least faults struck: then the test breaks nothing.
func Each(t *testing.T, least int, try func(t *testing.T, f *Fault)) {
	t.Helper()
	struck := 0
	for n := 1; ; n++ {
		before := struck
		for _, persisted := range []bool{false, true} {
			f := New(n, persisted)
			try(t, f)
			f.Disarm()
			if f.Struck() {
				struck++
			}
			if t.Failed() {
				t.Fatalf("write %d, persisted %v", n, persisted)
			}
		}
		if struck == before {
			break
		}
	}
	if struck < least {
		t.Errorf("%d faults struck, want %d at least", struck, least)
	}
	t.Logf("%d faults", struck)
}

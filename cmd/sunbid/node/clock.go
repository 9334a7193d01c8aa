package node

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"sunbid/bidding"
)

// newClock is the machine's clock or, in a rehearsal with a clock file, that clock moved by the milliseconds in the file.
// The file is read a few times a second at most.
func newClock(file string, now func() time.Time) (bidding.Clock, error) {
	if file == "" {
		return bidding.ClockFunc(now), nil
	}
	offset, err := readOffset(file)
	if err != nil {
		return nil, err
	}
	var last, read atomic.Int64
	last.Store(int64(offset))
	read.Store(now().UnixNano())
	return bidding.ClockFunc(func() time.Time {
		t := now()
		if seen := read.Load(); t.UnixNano()-seen > int64(100*time.Millisecond) && read.CompareAndSwap(seen, t.UnixNano()) {
			if offset, err := readOffset(file); err == nil {
				last.Store(int64(offset))
			}
		}
		return t.Add(time.Duration(last.Load()))
	}), nil
}

func readOffset(file string) (time.Duration, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("clock file: %w", err)
	}
	ms, err := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("clock file %s holds no number of milliseconds", file)
	}
	return time.Duration(ms) * time.Millisecond, nil
}

package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"sunbid/crypto/custody"
)

var errClockFile = errors.New("--clock-file is accepted only with class rehearsal: a production keyholder's clock is not ours to move (正式环境不得使用 --clock-file)")

// newClock is the system's clock or, in a rehearsal, that clock moved by the milliseconds in file. The file is read at
// each use; while it cannot be read, the last offset holds.
func newClock(now func() time.Time, file, class string) (custody.Clock, error) {
	if file == "" {
		return now, nil
	}
	if class != custody.Rehearsal {
		return nil, errClockFile
	}
	offset, err := readOffset(file)
	if err != nil {
		return nil, err
	}
	var last atomic.Int64
	last.Store(offset)
	return func() time.Time {
		if o, err := readOffset(file); err == nil {
			last.Store(o)
		}
		return now().Add(time.Duration(last.Load()) * time.Millisecond)
	}, nil
}

func readOffset(file string) (int64, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("read clock file: %w", err)
	}
	ms, err := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64)
	if err != nil || ms > maxOffset || ms < -maxOffset {
		return 0, fmt.Errorf("clock file %s: not a number of milliseconds", file)
	}
	return ms, nil
}

const maxOffset = 100 * 366 * 24 * 3600 * 1000 // a hundred years, in milliseconds

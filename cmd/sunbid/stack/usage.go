package stack

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTick is USER_HZ: Linux reports process times in hundredths of a second on every supported architecture.
const clockTick = 10 * time.Millisecond

// CPU is the processor time that a process, its living descendants and its ended, waited-for children have used.
func CPU(pid int) (time.Duration, error) {
	children, err := descendants()
	if err != nil {
		return 0, err
	}
	var total time.Duration
	queue := []int{pid}
	for len(queue) > 0 {
		p := queue[0]
		queue = append(queue[1:], children[p]...)
		f, err := stat(p)
		if err != nil {
			continue // it ended meanwhile; its parent has its times
		}
		used, err := ticks(p, f, 11, 12, 13, 14) // utime stime cutime cstime, counted after the command's name
		if err != nil {
			return 0, err
		}
		total += used
	}
	return total, nil
}

// OwnCPU is the processor time that a process alone has used, without its children.
func OwnCPU(pid int) (time.Duration, error) {
	f, err := stat(pid)
	if err != nil {
		return 0, err
	}
	return ticks(pid, f, 11, 12)
}

// ticks adds up fields of a stat line that count clock ticks.
func ticks(pid int, f []string, fields ...int) (total time.Duration, err error) {
	for _, i := range fields {
		n, err := strconv.ParseInt(f[i], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("processor time of %d: %w", pid, err)
		}
		total += time.Duration(n) * clockTick
	}
	return total, nil
}

// PeakMiB is the largest resident memory a process ever had, in MiB.
func PeakMiB(pid int) (int, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("peak memory: %w", err)
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				return 0, fmt.Errorf("peak memory: %w", err)
			}
			return (kib + 1023) / 1024, nil
		}
	}
	return 0, fmt.Errorf("peak memory of %d: not reported", pid)
}

// stat is /proc/PID/stat after the command's name, which may itself hold spaces: field 0 is the state.
func stat(pid int) ([]string, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	i := bytes.LastIndexByte(data, ')')
	f := strings.Fields(string(data[i+1:]))
	if len(f) < 15 {
		return nil, fmt.Errorf("stat of %d: %d fields", pid, len(f))
	}
	return f, nil
}

func descendants() (map[int][]int, error) {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	of := map[int][]int{}
	for _, d := range dirs {
		pid, err := strconv.Atoi(filepath.Base(d))
		if err != nil {
			continue
		}
		if f, err := stat(pid); err == nil {
			if parent, err := strconv.Atoi(f[1]); err == nil {
				of[parent] = append(of[parent], pid)
			}
		}
	}
	return of, nil
}

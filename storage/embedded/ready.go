package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sunbid/storage/embedded/child"
)

var errEndedEarly = errors.New("the server ended before it was ready")

// awaitReady watches postmaster.pid, whose eighth line the server sets to "ready", as pg_ctl does.
func awaitReady(ctx context.Context, p *child.Process, data string) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if pid, status := readPIDFile(data); pid == p.PID() && status == "ready" {
			return nil
		}
		select {
		case <-tick.C:
		case <-p.Done():
			return errEndedEarly
		case <-ctx.Done():
			return fmt.Errorf("wait until ready: %w", context.Cause(ctx))
		}
	}
}

// readPIDFile returns the process id and the status of DATA/postmaster.pid; 0 and "" when there is none.
func readPIDFile(data string) (pid int, status string) {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return 0, ""
	}
	lines := strings.Split(string(text), "\n")
	pid, err = strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil {
		return 0, ""
	}
	if len(lines) >= 8 {
		status = strings.TrimSpace(lines[7])
	}
	return pid, status
}

// clearStalePID deals with a postmaster.pid left by kill -9. The caller holds the folder's lock, so no Server of ours is
// alive. PostgreSQL itself replaces the file when its process is gone, but refuses when the number now belongs to some
// other program; and a server whose parent was killed may need a moment to end.
func clearStalePID(ctx context.Context, data string) error {
	const patience = 300 // × 50 ms
	for range patience {
		pid, _ := readPIDFile(data)
		if pid <= 0 || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return nil
		}
		if !servesFolder(pid, data) {
			err := os.Remove(filepath.Join(data, "postmaster.pid"))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			return nil
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	pid, _ := readPIDFile(data)
	return fmt.Errorf("%w: a PostgreSQL server with process id %d runs in %s", ErrInUse, pid, data)
}

// servesFolder reports whether process pid can be a postmaster of data: it works in its data folder. A dead process that
// nobody has waited for (its parent was killed, and process 1 of a container reaps nobody) has no folder left. Where the
// folder cannot be read (no /proc, or another user's process) the answer is yes, and PostgreSQL's own check decides.
func servesFolder(pid int, data string) bool {
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	if errors.Is(err, fs.ErrNotExist) {
		_, noProc := os.Stat("/proc/self")
		return noProc != nil
	}
	if err != nil {
		return true
	}
	real, err := filepath.EvalSymlinks(data)
	return err != nil || cwd == real
}

// lockFolder takes an exclusive lock that the kernel gives back when this process ends.
func lockFolder(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w by another running program", ErrInUse)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}

// leftovers reports whether a server refused because processes of its predecessor are still ending.
func leftovers(said string) bool {
	return strings.Contains(said, "pre-existing shared memory block") || strings.Contains(said, `lock file "postmaster.pid" already exists`)
}

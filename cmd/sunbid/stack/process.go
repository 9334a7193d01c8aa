package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Process is one child. It dies with its parent (Pdeathsig), so that no server is left behind.
type Process struct {
	Name string
	Log  string // file that holds its output

	path string
	args []string
	env  []string

	mu   sync.Mutex // guards cmd, done, err
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// NewProcess describes a child without starting it; its output goes to dir/name.log.
func NewProcess(name, dir, path string, args ...string) *Process {
	return &Process{Name: name, Log: filepath.Join(dir, name+".log"), path: path, args: args}
}

// WithEnv adds variables to the child's environment. Secrets travel in files, not here.
func (p *Process) WithEnv(kv ...string) *Process {
	p.env = append(p.env, kv...)
	return p
}

// Start runs the child; it may be started again after it ended.
func (p *Process) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		select {
		case <-p.done:
		default:
			return fmt.Errorf("start %s: already running", p.Name)
		}
	}
	out, err := os.OpenFile(p.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("start %s: %w", p.Name, err)
	}
	cmd := exec.Command(p.path, p.args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = append(os.Environ(), p.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	started, done := make(chan error, 1), make(chan struct{})
	go func() {
		// The parent-death signal is bound to the thread that forked: keep it for the child's whole life.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer out.Close()
		defer close(done)
		err := cmd.Start()
		started <- err
		if err == nil {
			err = cmd.Wait()
		}
		p.mu.Lock()
		p.err = err
		p.mu.Unlock()
	}()
	p.mu.Unlock() // the goroutine takes the lock only when the child has ended
	err = <-started
	p.mu.Lock()
	if err != nil {
		return fmt.Errorf("start %s: %w", p.Name, err)
	}
	p.cmd, p.done = cmd, done
	return nil
}

// PID of the running child; 0 when it does not run.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil || p.cmd.Process == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Done is closed when the child has ended.
func (p *Process) Done() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done == nil {
		c := make(chan struct{})
		close(c)
		return c
	}
	return p.done
}

// Kill ends the child at once (kill -9) and waits for its end.
func (p *Process) Kill() error { return p.signal(syscall.SIGKILL, 10*time.Second) }

// Stop asks the child to end and waits; after the grace it is killed.
func (p *Process) Stop(grace time.Duration) error {
	if err := p.signal(syscall.SIGTERM, grace); err == nil {
		return nil
	}
	return p.Kill()
}

func (p *Process) signal(s syscall.Signal, wait time.Duration) error {
	p.mu.Lock()
	cmd, done := p.cmd, p.done
	p.mu.Unlock()
	if cmd == nil {
		return nil
	}
	if err := cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal %s: %w", p.Name, err)
	}
	select {
	case <-done:
		return nil
	case <-time.After(wait):
		return fmt.Errorf("%s did not end within %v", p.Name, wait)
	}
}

// Ready calls probe until it succeeds, the child ends or ctx is done. The error then names the child's log.
func (p *Process) Ready(ctx context.Context, probe func(context.Context) error) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		if last = probe(ctx); last == nil {
			return nil
		}
		select {
		case <-p.Done():
			return fmt.Errorf("%s ended before it was ready, see %s: %s", p.Name, p.Log, tail(p.Log))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready (%w), see %s", p.Name, last, p.Log)
		case <-tick.C:
		}
	}
}

// tail is the last part of a log, for an error a person reads.
func tail(file string) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return string(data[max(0, len(data)-600):])
}

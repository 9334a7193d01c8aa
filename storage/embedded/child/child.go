// Package child runs a server process that must not outlive us: a private PostgreSQL, a MinIO, a keyholder in a rehearsal.
// On Linux the kernel signals the child when we die, kill -9 included.
package child

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// Process is a started child. Its methods may be called from any goroutine.
type Process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error // written before done is closed, read after
}

// Start starts cmd and returns once it runs. The child receives onDeath when this process ends in whatever way.
//
// The signal is tied by the kernel to the *thread* that forked, so that thread is kept, locked, until the child has ended;
// an ordinary goroutine's thread may be retired by the runtime, and the child would die with it.
func Start(cmd *exec.Cmd, onDeath syscall.Signal) (*Process, error) {
	setDeathSignal(cmd, onDeath)
	p := &Process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		p.err = cmd.Wait()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// PID returns the process id, also after the end.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the process has ended and been waited for.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err returns how the process ended: nil for exit status 0. Call it only after Done is closed.
func (p *Process) Err() error { return p.err }

// Signal sends s. A process that has already ended is no error.
func (p *Process) Signal(s os.Signal) error {
	select {
	case <-p.done:
		return nil
	default:
	}
	if err := p.cmd.Process.Signal(s); err != nil && err != os.ErrProcessDone {
		return fmt.Errorf("signal %v to process %d: %w", s, p.PID(), err)
	}
	return nil
}

// Stop sends gentle and waits. When ctx ends first it sends SIGKILL, waits for the end and returns ctx's error.
func (p *Process) Stop(ctx context.Context, gentle os.Signal) error {
	if err := p.Signal(gentle); err != nil {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
	}
	if err := p.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.done
	return fmt.Errorf("process %d did not stop when asked: %w", p.PID(), context.Cause(ctx))
}

package stack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"sunbid/storage/embedded/child"
)

// Process is one of the stack's programs; it can be started again after it ended. It dies with its parent.
type Process struct {
	Name string
	Log  string // file that holds its output

	path string
	args []string
	run  *child.Process // nil before the first start
}

// NewProcess describes a program without starting it; its output goes to dir/name.log.
func NewProcess(name, dir, path string, args ...string) *Process {
	return &Process{Name: name, Log: filepath.Join(dir, name+".log"), path: path, args: args}
}

// Start runs the program.
func (p *Process) Start() error {
	out, err := os.OpenFile(p.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("start %s: %w", p.Name, err)
	}
	defer out.Close()
	cmd := exec.Command(p.path, p.args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C reaches the parent, which then stops the others in order
	if p.run, err = child.Start(cmd, syscall.SIGKILL); err != nil {
		return fmt.Errorf("start %s: %w", p.Name, err)
	}
	return nil
}

// PID of the program, also after its end; 0 before the first start.
func (p *Process) PID() int {
	if p.run == nil {
		return 0
	}
	return p.run.PID()
}

// Kill ends the program at once (kill -9) and waits for its end.
func (p *Process) Kill() error {
	if p.run == nil {
		return nil
	}
	if err := p.run.Signal(syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill %s: %w", p.Name, err)
	}
	<-p.run.Done()
	return nil
}

// Stop asks the program to end and waits; after the grace it is killed.
func (p *Process) Stop(grace time.Duration) error {
	if p.run == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := p.run.Stop(ctx, syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop %s: %w", p.Name, err)
	}
	return nil
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
		case <-p.run.Done():
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

package child_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"sunbid/storage/embedded/child"
)

func TestStopAsksFirst(t *testing.T) {
	t.Parallel()
	p, err := child.Start(exec.Command("sleep", "1000"), syscall.SIGKILL)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(t.Context(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var end *exec.ExitError
	if !errors.As(p.Err(), &end) || end.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("ended with %v, want SIGTERM", p.Err())
	}
	if err := p.Stop(t.Context(), syscall.SIGTERM); err != nil {
		t.Errorf("stop again: %v", err)
	}
}

func TestStopKillsTheDeaf(t *testing.T) {
	t.Parallel()
	deaf := exec.Command("sh", "-c", `trap "" TERM; echo deaf; while :; do sleep 1; done`)
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	deaf.Stdout = in
	p, err := child.Start(deaf, syscall.SIGKILL)
	if err != nil {
		t.Fatal(err)
	}
	in.Close()
	if _, err := out.Read(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Stop(ctx, syscall.SIGTERM); !errors.Is(err, context.Canceled) {
		t.Errorf("stop with an ended context: %v, want context.Canceled", err)
	}
	<-p.Done()
}

func TestMissingProgram(t *testing.T) {
	t.Parallel()
	if _, err := child.Start(exec.Command("/no/such/program"), syscall.SIGKILL); err == nil {
		t.Error("a missing program was started")
	}
}

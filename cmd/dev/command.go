package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// step is a program with its arguments.
type step struct {
	env  []string // over the environment
	args []string
}

func command(args ...string) step { return step{args: args} }

func (s step) with(env ...string) step { return step{env: append(env, s.env...), args: s.args} }

// String is what a person would type.
func (s step) String() string {
	return strings.Join(append(append([]string{}, s.env...), s.args...), " ")
}

// run runs the step with its output going to out.
func (s step) run(ctx context.Context, out io.Writer) error {
	cmd := exec.CommandContext(ctx, s.args[0], s.args[1:]...)
	cmd.Env = append(os.Environ(), s.env...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", s, err)
	}
	return nil
}

// output runs the step and returns what it printed.
func (s step) output(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, s.args[0], s.args[1:]...)
	cmd.Env = append(os.Environ(), s.env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", s, err)
	}
	return string(out), nil
}

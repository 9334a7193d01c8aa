package procedure_test

import (
	"errors"
	"os/exec"
	"testing"
)

// run runs a program that must succeed, and returns what it printed.
func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	code, out := try(t, program, args...)
	if code != 0 {
		t.Fatalf("%s %v: exit %d\n%s", program, args, code, out)
	}
	return out
}

// try runs a program and returns its exit code and everything it printed.
func try(t *testing.T, program string, args ...string) (int, string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v", program, err)
	}
	if exit != nil {
		return exit.ExitCode(), string(out)
	}
	return 0, string(out)
}

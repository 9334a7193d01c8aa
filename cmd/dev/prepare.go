package main

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// piece is something the machine must have.
type piece struct {
	name    string
	present func() bool
	install func(ctx context.Context, out io.Writer) error
	byHand  string // the exact command for a person, when install cannot
}

// pieces lists what is needed for "run" or "test".
func pieces(purpose string) []piece {
	need := []piece{postgreSQL()}
	if purpose == "test" {
		need = append(need, minIO(), python3())
	}
	return need
}

// prepare installs the missing pieces, saying so, and fails when one is still missing at the end, naming for each the
// command to run by hand. With nothing missing it prints one line.
func prepare(ctx context.Context, out io.Writer, need []piece) error {
	var names, left []string
	for _, p := range need {
		names = append(names, p.name)
		if p.present() {
			continue
		}
		fmt.Fprintf(out, "prepare: %s is missing\n", p.name)
		err := p.install(ctx, out)
		if err == nil && !p.present() {
			err = fmt.Errorf("it was installed, but is not found")
		}
		if err != nil {
			fmt.Fprintf(out, "prepare: %s: %v\n", p.name, err)
			left = append(left, fmt.Sprintf("  %s: %s", p.name, p.byHand))
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("this cannot be installed from here; please run\n%s", strings.Join(left, "\n"))
	}
	fmt.Fprintf(out, "prepare: ready (%s)\n", strings.Join(names, ", "))
	return nil
}

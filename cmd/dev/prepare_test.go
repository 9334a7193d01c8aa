package main

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestPrepare(t *testing.T) {
	t.Parallel()
	there := piece{name: "there", present: func() bool { return true }}
	installable := func() piece {
		installed := false
		return piece{name: "installable", present: func() bool { return installed },
			install: func(context.Context, io.Writer) error { installed = true; return nil }}
	}
	refused := piece{name: "refused", present: func() bool { return false }, byHand: "sudo apt-get install -y refused",
		install: func(context.Context, io.Writer) error { return errors.New("not root") }}
	vain := piece{name: "vain", present: func() bool { return false }, byHand: "make vain",
		install: func(context.Context, io.Writer) error { return nil }}
	for _, c := range []struct {
		name  string
		need  []piece
		says  []string // printed, in this order
		fails []string // in the error
	}{
		{name: "nothing missing", need: []piece{there}, says: []string{"prepare: ready (there)\n"}},
		{name: "something to install", need: []piece{there, installable()}, says: []string{"installable is missing", "ready (there, installable)"}},
		{name: "some cannot be installed", need: []piece{refused, installable(), vain}, says: []string{"refused is missing", "not root", "installable is missing", "vain: it was installed, but is not found"},
			fails: []string{"refused: sudo apt-get install -y refused", "vain: make vain"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			err := prepare(t.Context(), &out, c.need)
			if (err != nil) != (c.fails != nil) {
				t.Fatalf("error %v, want one: %v", err, c.fails != nil)
			}
			rest := out.String()
			for _, want := range c.says {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Fatalf("printed\n%s\nwithout %q (in order)", out.String(), want)
				}
				rest = after
			}
			for _, want := range c.fails {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not name %q", err, want)
				}
			}
			if c.fails != nil && strings.Contains(out.String(), "ready") {
				t.Error("it says ready")
			}
		})
	}
}

// What `make test` prepares is here when the tests run, and every piece says how to get it by hand.
func TestPiecesOfThisMachine(t *testing.T) {
	t.Parallel()
	for _, p := range pieces("test") {
		if p.byHand == "" {
			t.Errorf("%s: no command to install it by hand", p.name)
		}
		if !p.present() {
			t.Errorf("%s is missing: %s", p.name, p.byHand)
		}
	}
}

package terminal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sunbid/cmd/sealbid/terminal"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/seal"
)

// A part that opens at a later moment (双信封) is sealed with that moment in its label: nobody can open it as if it were of the opening.
func TestSealForALaterMoment(t *testing.T) {
	t.Parallel()
	b := newBenchOf(t, bundletest.Wanted{Bids: 1, Later: true})
	prices := filepath.Join(t.TempDir(), "报价清单.xlsx")
	must(t, os.WriteFile(prices, []byte("报价"), 0o600))
	if code, out, errs := b.run("seal", "--lot-file", b.file, "--price", "1.00", "--price-file", prices); code != terminal.ExitDone {
		t.Fatalf("%d\n%s\n%s", code, out, errs)
	}
	want := map[seal.Kind]string{seal.KindReadout: seal.MomentOpening, seal.KindPrice: bundletest.LaterMoment}
	for _, path := range parts(t, b) {
		raw, err := os.ReadFile(path)
		must(t, err)
		front, err := seal.ReadFront(bytes.NewReader(raw))
		must(t, err)
		if h := front.Header; h.Moment != want[h.Kind] {
			t.Errorf("%s is sealed for %q, want %q", h.Kind, h.Moment, want[h.Kind])
		}
	}
}

func TestMomentIsCalledRightly(t *testing.T) {
	t.Parallel()
	b := &bench{env: map[string]string{"SUNBID_HOME": t.TempDir()}}
	lot := bundletest.NewID("lt")
	for _, args := range [][]string{{}, {lot}, {"--moment", "price"}, {lot, "--moment", "price", "--after", "abc"}} {
		if code, _, errs := b.run(append([]string{"officer", "moment"}, args...)...); code != terminal.ExitUsage {
			t.Errorf("%v: exit %d\n%s", args, code, errs)
		}
	}
	code, out, _ := b.run("officer", "moment", "--help")
	for _, words := range []string{"双信封", "handed in", "--moment", "-after", "-file"} {
		if code != terminal.ExitDone || !strings.Contains(out, words) {
			t.Errorf("help, exit %d, does not say %q:\n%s", code, words, out)
		}
	}
}

package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestFuzzTargetsAreFound(t *testing.T) {
	t.Parallel()
	targets, err := fuzzTargets("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"crypto/canon.FuzzCanonical", "crypto/bundle.FuzzBundle", "web/api.FuzzBodies", "cmd/sunbid/rehearse.FuzzCSV"} {
		if !slices.ContainsFunc(targets, func(x target) bool { return strings.HasSuffix(x.String(), want) }) {
			t.Errorf("%s is not among %v", want, targets)
		}
	}
}

func TestFuzzOutcomeIsRead(t *testing.T) {
	t.Parallel()
	o := outcome{target: target{"./crypto/canon", "FuzzCanonical"}, err: errors.New("exit status 1")}
	o.read("fuzz: elapsed: 3s, execs: 100 (33/sec), new interesting: 1 (total: 9)\nfuzz: elapsed: 5s, execs: 15566 (2233/sec), new interesting: 10 (total: 179)\n" +
		"--- FAIL: FuzzCanonical (5.0s)\n    Failing input written to testdata/fuzz/FuzzCanonical/1a2b\n    To re-run:\n")
	var out strings.Builder
	table(&out, []outcome{o, {target: target{"./web/api", "FuzzBodies"}, err: errors.New("does not build")}})
	for _, want := range []string{"| crypto/canon.FuzzCanonical | 15566 | 10 | 179 | testdata/fuzz/FuzzCanonical/1a2b |", "| web/api.FuzzBodies |  |  |  | did not run through |"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s\nlacks %s", out.String(), want)
		}
	}
}

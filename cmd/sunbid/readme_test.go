package main_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sunbid/cmd/sunbid/rehearse"
	"sunbid/cmd/sunbid/stack"
)

// The commands of both READMEs are run as they stand there, on an opening of five bids in place of the big one.
func TestREADME(t *testing.T) {
	t.Parallel()
	bin, err := stack.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := reader{t: t, bin: bin, csv: five(t)}
	targets := makeTargets(t)
	seen := map[string]bool{}
	for _, file := range []string{"../../README.md", "../../README.zh-CN.md"} {
		for _, line := range commandsIn(t, file) {
			words := strings.Fields(line)
			switch {
			case words[0] == "make":
				if !targets[words[1]] {
					t.Errorf("%s: no target %q in the Makefile", file, words[1])
				}
			case words[0] == "sealbid":
				r.help(words)
			case seen[line]:
			case strings.HasPrefix(line, "go run ./cmd/"):
				seen[line] = true
				r.run(words)
			default:
				t.Errorf("%s: %q is run by no test", file, line)
			}
		}
	}
	if r.rehearsed == 0 || r.verified == 0 {
		t.Error("the READMEs rehearse or verify nothing")
	}
	r.testCommands()
}

// reader follows a README.
type reader struct {
	t                   *testing.T
	bin                 stack.Binaries
	csv                 string
	dir, bundle         string // of the last rehearsal
	rehearsed, verified int
}

func (r *reader) run(words []string) {
	r.t.Helper()
	program, args := filepath.Base(words[2]), words[3:]
	switch {
	case program == "sunbid" && args[0] == "rehearse":
		r.rehearse(args)
	case program == "sunbid":
		r.program(r.bin.Sunbid, r.fill(args))
	case program == "verify":
		r.program(r.bin.Verify, r.fill(args))
		r.verified++
	default:
		r.t.Errorf("%v is run by no test", words)
	}
}

// rehearse runs the command with the small file, a short lead, and a folder to look into afterwards.
func (r *reader) rehearse(args []string) {
	r.t.Helper()
	mode := strings.Join(args, " ")
	for i, a := range args {
		if strings.HasSuffix(a, ".csv") {
			if _, err := os.Stat(filepath.Join("../..", a)); err != nil {
				r.t.Errorf("the README names a file that is not there: %v", err)
			}
			args[i] = r.csv
		}
	}
	r.dir = r.t.TempDir()
	args = append(args, "--dir", r.dir, "--lead", "12s")
	if strings.Contains(mode, "bidder-key") {
		args = append(args, "--speed", "3s/6s")
	}
	out := r.program(r.bin.Sunbid, args)
	var report rehearse.Report
	if err := json.Unmarshal(out, &report); err != nil {
		r.t.Fatalf("%v printed no JSON object alone: %v\n%s", args, err, out)
	}
	opened := 5
	if report.Mode == "bidder-key" {
		opened = 4
	}
	if report.Bids != 5 || report.Opened != opened || report.NotOpened != 5-opened || report.Revoked != 5-opened || !report.PricesMatch || len(report.MadeUp) != 1 {
		r.t.Errorf("%s: %+v", mode, report)
	}
	r.bundle, r.rehearsed = report.Bundle, r.rehearsed+1
}

// fill puts real paths where the README has words in capitals.
func (r *reader) fill(args []string) []string {
	r.t.Helper()
	var out []string
	for _, a := range args {
		switch {
		case a == "BUNDLE" || a == "数据包目录":
			a = r.bundle
		case a == "信任列表文件":
			a = filepath.Join(r.dir, "trust.json")
		case strings.HasSuffix(a, "RECEIPT.json") || a == "回执文件":
			found, err := filepath.Glob(filepath.Join(r.dir, "bidders/1/lots/*/receipts/*.json"))
			if err != nil || len(found) == 0 {
				r.t.Fatalf("no receipt below %s", r.dir)
			}
			a = found[0]
		case strings.HasPrefix(a, "DIR"):
			a = r.dir + strings.TrimPrefix(a, "DIR")
		}
		out = append(out, a)
	}
	return out
}

// help asks a sealbid command for its help: the desk's commands themselves are run by the script test.
func (r *reader) help(words []string) {
	r.t.Helper()
	help := r.program(r.bin.Sealbid, []string{words[1], "--help"})
	for _, w := range words[2:] {
		if flag, ok := strings.CutPrefix(w, "--"); ok && !strings.Contains(string(help), "-"+flag) {
			r.t.Errorf("sealbid %s has no flag %s", words[1], w)
		}
	}
}

func (r *reader) program(path string, args []string) []byte {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("%s %v: %v\n%s%s", filepath.Base(path), args, err, out, errs.String())
	}
	return out
}

// testCommands looks that every `go test` command in the table names packages and tests that exist.
func (r *reader) testCommands() {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		r.t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("`go test ([^`]+)`").FindAllStringSubmatch(string(text), -1) {
		args := strings.Fields(strings.ReplaceAll(m[1], "-run ", "-list "))
		if !strings.Contains(m[1], "-run") {
			args = append([]string{"-list", "."}, args...)
		}
		cmd := exec.CommandContext(r.t.Context(), "go", append([]string{"test"}, args...)...)
		cmd.Dir = "../.."
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "Test") {
			r.t.Errorf("go test %s: %v\n%s", m[1], err, out)
		}
	}
}

// commandsIn are the lines of the file's sh blocks, without comments.
func commandsIn(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(block[1]) {
			line, _, _ = strings.Cut(line, " #")
			if line = strings.TrimSpace(line); line != "" {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

func makeTargets(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z]+):`).FindAllStringSubmatch(string(text), -1) {
		targets[m[1]] = true
	}
	return targets
}

// five is the real record cut to four bids that opened and one that never did.
func five(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/opening-1528.csv")
	if err != nil {
		t.Fatal(err)
	}
	var keep []string
	for line := range strings.Lines(string(text)) {
		if len(keep) < 5 || strings.HasPrefix(line, "581,") {
			keep = append(keep, line)
		}
	}
	file := filepath.Join(t.TempDir(), "five.csv")
	if err := os.WriteFile(file, []byte(strings.Join(keep, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

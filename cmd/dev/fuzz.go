package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fuzzing is what `fuzz` is told.
type fuzzing struct {
	each    time.Duration // for each target
	workers int
	only    *regexp.Regexp // of "package.Target"
}

// target is a fuzz target: the folder of its package, slashes between, and its name.
type target struct{ folder, name string }

func (t target) String() string { return strings.TrimPrefix(t.folder, "./") + "." + t.name }

// outcome is what one run of a target came to.
type outcome struct {
	target
	execs, interesting, total string // as the tool prints them; empty when it did not begin
	finding                   string // the file that shows it; empty: none
	err                       error
}

// fuzz runs every target one after another and prints a table. It fails when one found something: the input stands in the package's
// testdata then, where `go test` runs it from now on.
func fuzz(ctx context.Context, f fuzzing, out io.Writer) error {
	targets, err := fuzzTargets(".")
	if err != nil {
		return err
	}
	targets = slices.DeleteFunc(targets, func(t target) bool { return !f.only.MatchString(t.String()) })
	if len(targets) == 0 {
		return errors.New("no target has such a name")
	}
	var done []outcome
	var failed []error
	for i, t := range targets {
		fmt.Fprintf(out, "fuzz: %d of %d: %s for %v\n", i+1, len(targets), t, f.each)
		o := f.run(ctx, t, out)
		done = append(done, o)
		if o.err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", t, o.err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	table(out, done)
	return errors.Join(failed...)
}

func (f fuzzing) run(ctx context.Context, t target, out io.Writer) outcome {
	var said bytes.Buffer
	err := command("go", "test", "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", f.each.String(), "-parallel", strconv.Itoa(f.workers), t.folder).run(ctx, io.MultiWriter(out, &said))
	o := outcome{target: t, err: err}
	o.read(said.String())
	return o
}

var (
	progress = regexp.MustCompile(`execs: (\d+) .*new interesting: (\d+) \(total: (\d+)\)`)
	culprit  = regexp.MustCompile(`Failing input written to (\S+)`)
)

// read takes the last figures and the finding from what the tool said.
func (o *outcome) read(said string) {
	if all := progress.FindAllStringSubmatch(said, -1); len(all) > 0 {
		last := all[len(all)-1]
		o.execs, o.interesting, o.total = last[1], last[2], last[3]
	}
	if m := culprit.FindStringSubmatch(said); m != nil {
		o.finding = m[1]
	}
}

func table(out io.Writer, done []outcome) {
	fmt.Fprintf(out, "\n| target | executions | new interesting | of | finding |\n|---|---:|---:|---:|---|\n")
	for _, o := range done {
		finding := o.finding
		if finding == "" && o.err != nil {
			finding = "did not run through"
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s |\n", o.target, o.execs, o.interesting, o.total, finding)
	}
}

// fuzzTargets finds every function FuzzX(f *testing.F) of the tests below dir, by folder and name.
func fuzzTargets(dir string) ([]target, error) {
	var found []target
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != dir && (d.Name() == "testdata" || d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Fuzz") {
				found = append(found, target{"./" + filepath.ToSlash(filepath.Dir(path)), f.Name.Name})
			}
		}
		return nil
	})
	slices.SortFunc(found, func(a, b target) int { return strings.Compare(a.String(), b.String()) })
	return found, err
}

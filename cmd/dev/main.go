// Command dev is for those who build Sunbid: it prepares a machine, builds, checks and measures. The Makefile only calls it.
//
//	go run ./cmd/dev prepare [--for run|test]   install what is missing
//	go run ./cmd/dev build                      the programs, into bin/
//	go run ./cmd/dev check                      everything a change must pass
//	go run ./cmd/dev generate [--check]         write generated files, or say which are out of date
//	go run ./cmd/dev bench                      figures
//	go run ./cmd/dev fuzz [--time 10m] [--workers 1] [--only REGEXP]   every fuzz target, one after another
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		if !errors.Is(err, errSaid) {
			fmt.Fprintln(os.Stderr, "dev:", err)
		}
		os.Exit(1)
	}
}

// errSaid means that what went wrong has been printed already.
var errSaid = errors.New("see above")

func run(ctx context.Context, args []string) error {
	const usage = "usage: go run ./cmd/dev prepare [--for run|test] | build | check | generate [--check] | bench | fuzz [--time 10m] [--workers 1] [--only REGEXP]"
	if len(args) == 0 {
		return errors.New(usage)
	}
	if _, err := os.Stat("go.mod"); err != nil {
		return errors.New("run me in the folder of go.mod")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	purpose, checkOnly := "run", false
	fuzzed, only := fuzzing{each: 10 * time.Minute, workers: 1}, ""
	switch args[0] {
	case "prepare":
		flags.StringVar(&purpose, "for", purpose, "what to be ready for: run or test")
	case "fuzz":
		flags.DurationVar(&fuzzed.each, "time", fuzzed.each, "how long each target runs")
		flags.IntVar(&fuzzed.workers, "workers", fuzzed.workers, "processes at once")
		flags.StringVar(&only, "only", only, "targets whose package.Name matches")
	case "generate":
		flags.BoolVar(&checkOnly, "check", false, "write nothing; fail when a file is out of date")
	}
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if flags.NArg() > 0 || purpose != "run" && purpose != "test" {
		return errors.New(usage)
	}
	switch args[0] {
	case "prepare":
		return prepare(ctx, os.Stdout, pieces(purpose))
	case "build":
		return build(ctx)
	case "check":
		return check(ctx)
	case "generate":
		return generate(ctx, generators(), checkOnly)
	case "bench":
		return bench(ctx)
	case "fuzz":
		var err error
		if fuzzed.only, err = regexp.Compile(only); err != nil {
			return err
		}
		return fuzz(ctx, fuzzed, os.Stdout)
	default:
		return errors.New(usage)
	}
}

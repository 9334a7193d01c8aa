package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// check runs everything a change must pass, all of it even when an early part fails, and says at the end what failed.
func check(ctx context.Context) error {
	if err := prepare(ctx, os.Stdout, []piece{staticcheck(), govulncheck()}); err != nil {
		return err
	}
	var failed []string
	for _, c := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"gofmt", checkFormat},
		{"vet", func(ctx context.Context) error { return command("go", "vet", "./...").run(ctx, os.Stdout) }},
		{"vet of what we measure against", func(ctx context.Context) error { return command("go", "-C", peers, "vet", "./...").run(ctx, os.Stdout) }},
		{"staticcheck", checkStatic},
		{"go.mod", func(ctx context.Context) error { return command("go", "mod", "tidy", "-diff").run(ctx, os.Stdout) }},
		{"generated files", func(ctx context.Context) error { return generate(ctx, generators(), true) }},
		{"import rules", func(ctx context.Context) error {
			return command("go", "test", "-count=1", "./cmd/dev/house").run(ctx, os.Stdout)
		}},
		{"race tests", checkRaces},
		{"govulncheck", checkVulnerabilities},
	} {
		fmt.Println("check:", c.name)
		if err := c.run(ctx); err != nil {
			failed = append(failed, c.name)
			if !errors.Is(err, errSaid) {
				fmt.Println(err)
			}
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("check: failed: %s", strings.Join(failed, ", "))
	}
	fmt.Println("check: all passed")
	return nil
}

// notRaced are the packages that the race tests leave out. Their tests run the programs as processes of their own, and those are built
// without the race detector: it would watch nothing but the test that waits. Everything in the programs is raced by its own package.
func notRaced() []string {
	return []string{
		"cmd/sealbid",                // builds the program for six systems
		"cmd/sunbid",                 // the README's commands and the transaction in words
		"cmd/sunbid/attacks",         // attacks on a running platform
		"cmd/sunbid/faults",          // kill -9 of its processes
		"cmd/sunbid/procedure",       // the procedure through the public API
		"cmd/sunbid/rehearse",        // whole openings
		"cmd/sunbid/secrecy",         // what every role sees before the opening
		"cmd/sunbid/stack/stacktest", // the running platform itself
	}
}

// checkRaces runs the tests with the race detector.
func checkRaces(ctx context.Context) error {
	listed, err := command("go", "list", "-f", "{{.Module.Path}} {{.ImportPath}}", "./...").output(ctx)
	if err != nil {
		return err
	}
	raced := []string{"go", "test", "-race", "-timeout", "30m"}
	for line := range strings.Lines(listed) {
		module, path, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !slices.Contains(notRaced(), strings.TrimPrefix(path, module+"/")) {
			raced = append(raced, path)
		}
	}
	return command(raced...).run(ctx, os.Stdout)
}

func checkFormat(ctx context.Context) error {
	files, err := command("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "*.go").output(ctx)
	if err != nil {
		return err
	}
	list := []string{"gofmt", "-l"}
	for f := range strings.SplitSeq(strings.TrimRight(files, "\x00"), "\x00") {
		if _, err := os.Stat(f); err == nil { // a deleted file is still listed
			list = append(list, f)
		}
	}
	if len(list) == 2 {
		return nil // without arguments gofmt would read the terminal
	}
	wrong, err := command(list...).output(ctx)
	if err != nil {
		return err
	}
	if wrong != "" {
		fmt.Print("gofmt would change:\n", wrong)
		return errSaid
	}
	return nil
}

func checkStatic(ctx context.Context) error {
	path, err := tool("staticcheck", staticcheckVersion)
	if err != nil {
		return err
	}
	return command(path, "./...").run(ctx, os.Stdout)
}

// checkVulnerabilities needs the database of known vulnerabilities; without a way to it there is nothing to check.
func checkVulnerabilities(ctx context.Context) error {
	if !databaseReachable(ctx) {
		fmt.Println("govulncheck: not checked (database not reachable)")
		return nil
	}
	path, err := tool("govulncheck", govulncheckVersion)
	if err != nil {
		return err
	}
	return command(path, "./...").run(ctx, os.Stdout)
}

func databaseReachable(ctx context.Context) bool {
	database := os.Getenv("GOVULNDB")
	if database == "" {
		database = "https://vuln.go.dev"
	}
	if !strings.HasPrefix(database, "http") {
		return true // a folder
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(database, "/")+"/index/db.json", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

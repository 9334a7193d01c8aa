package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// generator makes files that are committed.
type generator struct {
	name string
	make func(ctx context.Context) (map[string][]byte, error) // path from the root of the module → content
	// shipped, when set, is one of the files or their folder. They are made with fresh keys, and so once only: while it is missing.
	// A vector that has shipped is never changed (crypto/SPEC.md section 11); the test that reads it holds it to the code.
	shipped string
}

// generators lists them all. A new one is a row here and a test that hands its files to goldentest.Write.
func generators() []generator {
	vectors := func(name string) string { return "testdata/vectors/" + name + ".json" }
	return []generator{
		// What follows from the code, byte for byte.
		{name: "OpenAPI", make: byTest("./web/api", "TestOpenAPI")},
		{name: "access table", make: byTest("./web/api", "TestAccessTable")},
		{name: "vectors of tdh2", make: byTest("./crypto/tdh2", "TestVectors")},

		// What is made once. sm and canon are not made at all: they are copied from the standards.
		{name: "vectors of pki", make: byTest("./crypto/pki", "TestVectors"), shipped: vectors("pki")},
		{name: "vectors of seal", make: byTest("./crypto/seal", "TestVectors"), shipped: vectors("seal")},
		{name: "vectors of custody", make: byTest("./crypto/custody", "TestVectors"), shipped: vectors("custody")},
		{name: "vectors of archives", make: byTest("./crypto/custody", "TestArchiveVectors"), shipped: vectors("archive")},
		{name: "vectors of tlog", make: byTest("./crypto/tlog", "TestVectors"), shipped: vectors("tlog")},
		{name: "vectors of bundle", make: byTest("./crypto/bundle", "TestVectors"), shipped: "testdata/vectors/bundle"},
	}
}

// handOver names the folder a test writes below; package goldentest knows it by the same name.
const handOver = "SUNBID_GENERATE"

// byTest runs one test, which hands its files over (goldentest).
func byTest(pkg, test string) func(context.Context) (map[string][]byte, error) {
	return func(ctx context.Context) (map[string][]byte, error) {
		dir, err := os.MkdirTemp("", "sunbid-generate-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		out, err := command("go", "test", "-count=1", "-run", "^"+test+"$", pkg).with(handOver + "=" + dir).output(ctx)
		if err != nil {
			return nil, fmt.Errorf("%w\n%s", err, out)
		}
		made := map[string][]byte{}
		err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			below, err := filepath.Rel(dir, path)
			if err != nil {
				return err
			}
			made[below], err = os.ReadFile(path)
			return err
		})
		if err == nil && len(made) == 0 {
			err = fmt.Errorf("%s of %s handed nothing over", test, pkg)
		}
		return made, err
	}
}

// generate writes what the generators make; with checkOnly it writes nothing and fails when a file differs.
func generate(ctx context.Context, all []generator, checkOnly bool) error {
	stale := false
	for _, g := range all {
		if _, err := os.Stat(g.shipped); g.shipped != "" && err == nil {
			continue
		}
		made, err := g.make(ctx)
		if err != nil {
			return fmt.Errorf("generate %s: %w", g.name, err)
		}
		for _, path := range slices.Sorted(maps.Keys(made)) {
			now, err := os.ReadFile(path)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("generate %s: %w", g.name, err)
			}
			switch {
			case err == nil && bytes.Equal(now, made[path]):
			case checkOnly:
				stale = true
				fmt.Printf("%s is out of date: go run ./cmd/dev generate\n", path)
			default:
				if err := write(path, made[path]); err != nil {
					return fmt.Errorf("generate %s: %w", g.name, err)
				}
				fmt.Println("wrote", path)
			}
		}
	}
	if stale {
		return errSaid
	}
	return nil
}

func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

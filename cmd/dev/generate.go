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
}

// generators lists them all. Files that a test writes with -update (testdata/vectors, web/api/testdata/openapi.json) are not here: the
// same test holds them to the code at every run.
func generators() []generator {
	return nil
}

// generate writes what the generators make; with checkOnly it writes nothing and fails when a file differs.
func generate(ctx context.Context, all []generator, checkOnly bool) error {
	stale := false
	for _, g := range all {
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

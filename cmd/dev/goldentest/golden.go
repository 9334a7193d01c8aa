// Package goldentest is how a test hands over files that are committed: `go run ./cmd/dev generate` runs the test, takes what it
// made and writes it, or with --check compares it with what is there.
package goldentest

import (
	"os"
	"path/filepath"
	"testing"
)

// env names the folder, standing for the root of the module, below which the files asked for go; cmd/dev sets it.
const env = "SUNBID_GENERATE"

// Asked reports whether generate runs the test. A test that is asked writes its files and checks nothing: they may not exist yet.
func Asked() bool { return os.Getenv(env) != "" }

// Write hands over one file. path counts from the root of the module.
func Write(t testing.TB, path string, content []byte) {
	t.Helper()
	to := filepath.Join(os.Getenv(env), filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

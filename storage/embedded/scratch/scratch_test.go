package scratch_test

import (
	"os"
	"path/filepath"
	"testing"

	"sunbid/storage/embedded/scratch"
)

// A folder whose owner ended is removed by the next one; a folder in use, and a folder of another prefix, is not.
func TestNewSweepsAfterTheDead(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	living, err := scratch.New("suite")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"suite-dead", "suite-without-lock", "other-dead"} {
		if err := os.MkdirAll(filepath.Join(tmp, name, "data"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(tmp, "suite-dead", ".sunbid-scratch"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	next, err := scratch.New("suite")
	if err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]bool{
		living.Dir: true, next.Dir: true, filepath.Join(tmp, "other-dead"): true,
		filepath.Join(tmp, "suite-dead"): false, filepath.Join(tmp, "suite-without-lock"): false,
	} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", dir, err == nil, want)
		}
	}
}

package stack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Binaries are the programs a stack runs.
type Binaries struct{ Sunbid, Keyholder, Sealbid, Verify string }

// Locate finds the programs beside the running one (make build puts all in bin/). Under `go run` or `go test` there is nothing
// beside it: then they are built from the module the command is run in, into dir.
func Locate(ctx context.Context, dir string) (Binaries, error) {
	self, err := os.Executable()
	if err != nil {
		return Binaries{}, fmt.Errorf("locate programs: %w", err)
	}
	if b, ok := beside(filepath.Dir(self)); ok {
		return b, nil
	}
	return Build(ctx, dir)
}

// Build builds the programs from the module that the current folder is in.
func Build(ctx context.Context, dir string) (Binaries, error) {
	mod, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Path}} {{.Dir}}").Output()
	path, root, _ := strings.Cut(strings.TrimSpace(string(mod)), " ")
	if err != nil || path != "sunbid" {
		return Binaries{}, fmt.Errorf("locate programs: keyholder, sealbid and verify are not beside this program, and this is not the source folder; run `make build` and use bin/sunbid")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Binaries{}, fmt.Errorf("locate programs: %w", err)
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", dir, "./cmd/sunbid", "./cmd/keyholder", "./cmd/sealbid", "./cmd/verify")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return Binaries{}, fmt.Errorf("build programs: %w: %s", err, out)
	}
	b, _ := beside(dir)
	return b, nil
}

func beside(dir string) (Binaries, bool) {
	b := Binaries{Sunbid: filepath.Join(dir, "sunbid"), Keyholder: filepath.Join(dir, "keyholder"), Sealbid: filepath.Join(dir, "sealbid"), Verify: filepath.Join(dir, "verify")}
	for _, f := range []string{b.Sunbid, b.Keyholder, b.Sealbid, b.Verify} {
		if st, err := os.Stat(f); err != nil || st.IsDir() {
			return b, false
		}
	}
	return b, true
}

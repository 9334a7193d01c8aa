package main_test

import (
	"os"
	"os/exec"
	"testing"
)

// TestBuildsEverywhere builds both tools for the systems that bidders have. One after another: each build uses all cores.
func TestBuildsEverywhere(t *testing.T) {
	for _, system := range []string{"linux", "windows", "darwin"} {
		for _, arch := range []string{"amd64", "arm64"} {
			for _, tool := range []string{"sunbid/cmd/sealbid", "sunbid/cmd/verify"} {
				c := exec.CommandContext(t.Context(), "go", "build", "-o", os.DevNull, tool)
				c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+arch)
				if out, err := c.CombinedOutput(); err != nil {
					t.Errorf("%s for %s/%s: %v\n%s", tool, system, arch, err, out)
				}
			}
		}
	}
}

// Package toolcache says where the tools live that this project installs for itself: pinned versions, outside the
// checkout, shared by every checkout of one person. It only names paths; cmd/dev fills them.
package toolcache

import (
	"fmt"
	"os"
	"path/filepath"
)

// Dir returns the cache's root: $SUNBID_TOOLS when set, else sunbid/tools in the user's cache folder. It does not create it.
func Dir() (string, error) {
	if dir := os.Getenv("SUNBID_TOOLS"); dir != "" {
		return filepath.Abs(dir)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("tool cache (set SUNBID_TOOLS to a folder): %w", err)
	}
	return filepath.Join(cache, "sunbid", "tools"), nil
}

// Home returns the folder of one tool in one version, <cache>/<name>-<version>, whether or not it is there.
func Home(name, version string) (string, error) {
	dir, err := Dir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, name+"-"+version), nil
}

// Executable reports whether path is a regular file that somebody may execute.
func Executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

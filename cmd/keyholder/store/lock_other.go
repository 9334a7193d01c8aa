//go:build !unix

package store

import (
	"errors"
	"os"
)

// takeLock refuses: a keyholder's promises rest on one owner of the directory, which is not held on this system.
func takeLock(string) (*os.File, error) {
	return nil, errors.New("a keyholder runs on Unix systems only")
}

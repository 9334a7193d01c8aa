package embedded

import (
	"os"
	"path/filepath"
)

// socketFolder returns a private folder for the socket whose full path fits a socket address (PostgreSQL takes at most 107
// bytes; some systems fewer, so 99 here): DIR/run, or a short temporary folder when DIR is deep.
func socketFolder(dir string, who identity) (path string, remove func(), err error) {
	const longest = 99 - len("/.s.PGSQL.5432")
	path = filepath.Join(dir, "run")
	if len(path) <= longest {
		if err := os.RemoveAll(path); err != nil {
			return "", nil, err
		}
		return path, func() { os.RemoveAll(path) }, who.mkdir(path)
	}
	// TMPDIR may be deep too; /tmp never is.
	path, err = os.MkdirTemp("/tmp", "sunbid-pg-")
	if err != nil {
		return "", nil, err
	}
	return path, func() { os.RemoveAll(path) }, who.own(path)
}

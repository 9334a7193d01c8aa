// Package scratch gives a test binary a folder for its servers. A test binary has no last moment in which it could remove
// such a folder, so each new one removes those whose owners have ended.
package scratch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Folder is a folder in the system's temporary folder that is ours as long as this process lives.
type Folder struct {
	Dir  string
	lock *os.File
}

const mark = ".sunbid-scratch"

// New makes a folder named prefix-…, which every user may enter, and removes the folders of that prefix that ended
// processes have left.
func New(prefix string) (*Folder, error) {
	gate, err := os.OpenFile(filepath.Join(os.TempDir(), prefix+mark), os.O_RDWR|os.O_CREATE, 0o666)
	if errors.Is(err, fs.ErrPermission) { // another user's; then nothing is swept
		return create(prefix)
	} else if err != nil {
		return nil, err
	}
	defer gate.Close()
	// Alone here: a folder without its lock is one left by a crash, not one just being made.
	if err := syscall.Flock(int(gate.Fd()), syscall.LOCK_EX); err != nil {
		return nil, err
	}
	if err := sweep(prefix); err != nil {
		return nil, err
	}
	return create(prefix)
}

func create(prefix string) (*Folder, error) {
	dir, err := os.MkdirTemp("", prefix+"-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	lock, err := os.Create(filepath.Join(dir, mark))
	if err != nil {
		return nil, err
	}
	return &Folder{Dir: dir, lock: lock}, syscall.Flock(int(lock.Fd()), syscall.LOCK_EX)
}

func sweep(prefix string) error {
	entries, err := os.ReadDir(os.TempDir())
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), prefix+"-") {
			continue
		}
		dir := filepath.Join(os.TempDir(), e.Name())
		lock, err := os.Open(filepath.Join(dir, mark))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			continue // another user's
		}
		if err != nil || syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.RemoveAll(dir) // what cannot be removed is tried again next time
		}
		lock.Close()
	}
	return nil
}

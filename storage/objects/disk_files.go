package objects

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// temporaryFile is a write in progress.
type temporaryFile struct{ *os.File }

func (d *Disk) temporary() (temporaryFile, error) {
	f, err := os.CreateTemp(filepath.Dir(d.alive.Name()), "put-")
	return temporaryFile{f}, err
}

// discard removes the temporary name; what was linked or renamed elsewhere stays.
func (t temporaryFile) discard() error {
	err := os.Remove(t.Name())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(t.Close(), err)
}

// moveIn gives this opener a folder of its own for temporary files, marked by a locked file as long as it lives, and
// removes the folders of those that died. The caller is alone.
func (d *Disk) moveIn() error {
	dir := filepath.Join(d.root, "tmp")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		home := filepath.Join(dir, e.Name())
		f, err := os.Open(filepath.Join(home, "alive"))
		dead := errors.Is(err, fs.ErrNotExist)
		if err == nil {
			dead = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
			f.Close()
		}
		if dead {
			if err := os.RemoveAll(home); err != nil {
				return err
			}
		}
	}
	home, err := os.MkdirTemp(dir, "")
	if err != nil {
		return err
	}
	d.alive, err = os.Create(filepath.Join(home, "alive"))
	if err != nil {
		return err
	}
	return syscall.Flock(int(d.alive.Fd()), syscall.LOCK_EX)
}

// ensureFolder makes a folder of the store durable: it and every folder above it, up to the root, is synced once per
// process before anything in it is acknowledged.
func (d *Disk) ensureFolder(folder string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known[folder] {
		return nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	made := []string{folder}
	for dir := filepath.Dir(folder); len(dir) >= len(d.root) && !d.known[dir]; dir = filepath.Dir(dir) {
		if err := syncFolder(dir); err != nil {
			return err
		}
		made = append(made, dir)
	}
	// A known folder's own entry is durable, but not what was made in it since.
	if above := filepath.Dir(made[len(made)-1]); len(above) >= len(d.root) {
		if err := syncFolder(above); err != nil {
			return err
		}
	}
	for _, dir := range made {
		d.known[dir] = true
	}
	return nil
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// noRoom turns the system's ways to say "no space" into ErrFull.
func noRoom(err error) error {
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, cause) {
			return fmt.Errorf("%w: %w", ErrFull, err)
		}
	}
	return err
}

// ours reports whether a file name is one of the store's own marks.
func ours(file string) bool { return strings.Contains(file, "=") }

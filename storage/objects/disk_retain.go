package objects

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// retention is the content of a NAME=retain file. It names the version, so one left by a deletion that was cut short says
// nothing about a later object.
type retention struct {
	Version string    `json:"version"`
	Until   time.Time `json:"until"`
}

// Retain implements Store. On a disk it binds this program only: whoever may write the folder can delete the file. What
// protects a bid there is its digest in the public log.
func (d *Disk) Retain(_ context.Context, ref Ref, until time.Time) error {
	err := d.alone(func() error { return d.retain(ref, wholeSecond(until)) })
	if err != nil {
		return fmt.Errorf("retain object %s: %w", ref.Name, noRoom(err))
	}
	return nil
}

func (d *Disk) retain(ref Ref, until time.Time) error {
	f, info, err := d.open(ref)
	if err != nil {
		return err
	}
	f.Close()
	now, err := d.retention(ref.Name, info.Version)
	switch {
	case err != nil:
		return err
	case until.Before(now):
		return ErrRetained
	case until.Equal(now):
		return nil
	case !until.After(d.clock()):
		return ErrPast
	}
	text, err := json.Marshal(retention{Version: info.Version, Until: until})
	if err != nil {
		return err
	}
	return d.replace(d.retentionFile(ref.Name), text)
}

// Delete implements Store. The bytes go first: a crash in between leaves a retention mark that counts for nothing.
func (d *Disk) Delete(_ context.Context, ref Ref) error {
	if err := d.alone(func() error { return d.delete(ref) }); err != nil {
		return fmt.Errorf("delete object %s: %w", ref.Name, err)
	}
	return nil
}

func (d *Disk) delete(ref Ref) error {
	if ref.Version == "" {
		return ErrNotFound
	}
	f, info, err := d.open(ref)
	if err != nil {
		return err
	}
	f.Close()
	until, err := d.retention(ref.Name, info.Version)
	if err != nil {
		return err
	}
	if d.clock().Before(until) {
		return ErrRetained
	}
	folder, file := d.path(ref.Name)
	if err := os.Remove(filepath.Join(folder, file)); err != nil {
		return err
	}
	if err := os.Remove(d.retentionFile(ref.Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return syncFolder(folder)
}

func (d *Disk) retentionFile(n Name) string {
	folder, file := d.path(n)
	return filepath.Join(folder, file+"=retain")
}

// retention returns until when the version is retained; zero when it is not.
func (d *Disk) retention(n Name, version string) (time.Time, error) {
	text, err := os.ReadFile(d.retentionFile(n))
	if errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, nil
	} else if err != nil {
		return time.Time{}, err
	}
	var r retention
	if err := json.Unmarshal(text, &r); err != nil {
		return time.Time{}, fmt.Errorf("%w: its retention: %w", ErrDamaged, err)
	}
	if r.Version != version {
		return time.Time{}, nil
	}
	return r.Until, nil
}

// alone runs do while no other retention change or deletion runs, in this process or another.
func (d *Disk) alone(do func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := syscall.Flock(int(d.lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock the store: %w", err)
	}
	return errors.Join(do(), syscall.Flock(int(d.lock.Fd()), syscall.LOCK_UN))
}

// replace writes a small file so that it is always whole: the old one or the new one.
func (d *Disk) replace(path string, text []byte) (err error) {
	tmp, err := d.temporary()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tmp.discard()) }()
	if _, err := tmp.Write(text); err != nil {
		return err
	}
	if err := tmp.Sync(); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

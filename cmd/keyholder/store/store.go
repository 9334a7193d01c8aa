// Package store keeps a keyholder's state in a directory: documents as files, shares as files encrypted at rest. Each
// change is written to a temporary file, synced, renamed over the old one, and the directory synced, so that after a
// kill or a power cut either the old or the new content stands, whole. One process owns a directory at a time.
package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"sunbid/cmd/keyholder/vault"
)

// Store is the directory; it is a custody.State.
type Store struct {
	documents, shares string
	vault             *vault.Vault
	lock              *os.File
	mu                sync.Mutex // one write at a time: temporary names are fixed
}

var nameShape = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

const temporary = ".tmp"

// ErrInUse: another process has the directory.
var ErrInUse = errors.New("the state directory is in use by another process")

// Open takes the directory, making it when it is not there (0700), and removes what a kill left half written.
func Open(dir string, v *vault.Vault) (*Store, error) {
	s := &Store{documents: filepath.Join(dir, "documents"), shares: filepath.Join(dir, "shares"), vault: v}
	for _, d := range []string{dir, s.documents, s.shares} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("open state: %w", err)
		}
	}
	lock, err := takeLock(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("open state %s: %w", dir, err)
	}
	s.lock = lock
	for _, d := range []string{s.documents, s.shares} {
		leftovers, err := filepath.Glob(filepath.Join(d, "*"+temporary))
		if err != nil {
			return nil, err
		}
		for _, f := range leftovers {
			if err := overwrite(f); err != nil { // it may hold a share
				return nil, errors.Join(err, s.Close())
			}
		}
	}
	return s, nil
}

// Close gives the directory back.
func (s *Store) Close() error { return s.lock.Close() }

// Load is custody.Documents.Load.
func (s *Store) Load(name string) ([]byte, error) { return read(s.documents, name) }

// Save is custody.Documents.Save.
func (s *Store) Save(name string, doc []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return write(s.documents, name, doc)
}

// List is custody.Documents.List.
func (s *Store) List(prefix string) ([]string, error) {
	entries, err := os.ReadDir(s.documents)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) && !strings.HasSuffix(e.Name(), temporary) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// LoadShare is custody.Shares.LoadShare. A share that does not open under the credential is an error, not an absence.
func (s *Store) LoadShare(key string) ([]byte, error) {
	sealed, err := read(s.shares, key)
	if err != nil || sealed == nil {
		return nil, err
	}
	return s.vault.Unseal("share "+key, sealed)
}

// SaveShare is custody.Shares.SaveShare.
func (s *Store) SaveShare(key string, share []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return write(s.shares, key, s.vault.Seal("share "+key, share))
}

// EraseShare is custody.Shares.EraseShare. The file is overwritten in place before it is removed; a disk that remaps
// blocks may keep old ones, which is why the share was encrypted under the credential in the first place.
func (s *Store) EraseShare(key string) error {
	if !nameShape.MatchString(key) {
		return fmt.Errorf("name %q", key)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	path := filepath.Join(s.shares, key)
	if err := overwrite(path); err != nil {
		return err
	}
	return syncDir(s.shares)
}

func read(dir, name string) ([]byte, error) {
	if !nameShape.MatchString(name) {
		return nil, fmt.Errorf("name %q", name)
	}
	b, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

func write(dir, name string, data []byte) error {
	if !nameShape.MatchString(name) {
		return fmt.Errorf("name %q", name)
	}
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path+temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+temporary, path); err != nil {
		return err
	}
	return syncDir(dir)
}

func overwrite(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		noise := make([]byte, info.Size())
		_, _ = rand.Read(noise)
		_, err = f.WriteAt(noise, 0)
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Remove(path)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

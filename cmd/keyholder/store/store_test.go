package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"sunbid/cmd/keyholder/store"
	"sunbid/cmd/keyholder/vault"
	"sunbid/crypto/custody"
)

var _ custody.State = (*store.Store)(nil)

func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	credential := filepath.Join(dir, "credential")
	if _, err := os.Stat(credential); err != nil {
		ok(t, vault.NewCredential(credential))
	}
	v, err := vault.Open(credential)
	ok(t, err)
	s, err := store.Open(filepath.Join(dir, "state"), v)
	ok(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	if b, err := s.Load("lot-x"); b != nil || err != nil {
		t.Fatalf("nothing stored: %v %v", b, err)
	}
	ok(t, s.Save("lot-x", []byte("one")))
	ok(t, s.Save("lot-x", []byte("two")))
	ok(t, s.Save("key-x", []byte("k")))
	share := bytes.Repeat([]byte{0x5a}, 32)
	ok(t, s.SaveShare("ky_x", share))
	ok(t, s.Close())

	s = open(t, dir)
	b, err := s.Load("lot-x")
	ok(t, err)
	if string(b) != "two" {
		t.Fatalf("%q", b)
	}
	names, err := s.List("lot-")
	ok(t, err)
	if len(names) != 1 || names[0] != "lot-x" {
		t.Fatalf("%v", names)
	}
	got, err := s.LoadShare("ky_x")
	ok(t, err)
	if !bytes.Equal(got, share) {
		t.Fatal("another share")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "state", "shares", "ky_x"))
	ok(t, err)
	if bytes.Contains(raw, share[:8]) {
		t.Fatal("the share lies in the clear")
	}
	ok(t, s.EraseShare("ky_x"))
	ok(t, s.EraseShare("ky_x"))
	if got, err := s.LoadShare("ky_x"); got != nil || err != nil {
		t.Fatalf("erased: %v %v", got, err)
	}
	for _, name := range []string{"", "../x", "a/b", "A", "x.tmp", "."} {
		if s.Save(name, nil) == nil || s.EraseShare(name) == nil {
			t.Fatalf("name %q is taken", name)
		}
	}
}

func TestOneOwner(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	v, err := vault.Open(filepath.Join(dir, "credential"))
	ok(t, err)
	if _, err := store.Open(filepath.Join(dir, "state"), v); !errors.Is(err, store.ErrInUse) {
		t.Fatalf("got %v", err)
	}
	ok(t, s.Close())
	open(t, dir)
}

// What a kill leaves half written is removed, and the content before it stands.
func TestHalfWrittenFilesAreRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	ok(t, s.Save("lot-x", []byte("whole")))
	ok(t, s.Close())
	for _, f := range []string{"documents/lot-x.tmp", "shares/ky_x.tmp"} {
		ok(t, os.WriteFile(filepath.Join(dir, "state", f), []byte("ha"), 0o600))
	}
	s = open(t, dir)
	b, err := s.Load("lot-x")
	ok(t, err)
	if string(b) != "whole" {
		t.Fatalf("%q", b)
	}
	left, err := filepath.Glob(filepath.Join(dir, "state", "*", "*.tmp"))
	ok(t, err)
	if len(left) != 0 {
		t.Fatalf("left: %v", left)
	}
}

// A share under another credential, or moved to another key's name, is an error and not an absence: a keyholder must
// not take it for erased.
func TestShareIsTiedToCredentialAndName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	ok(t, s.SaveShare("ky_a", bytes.Repeat([]byte{1}, 32)))
	ok(t, os.Rename(filepath.Join(dir, "state/shares/ky_a"), filepath.Join(dir, "state/shares/ky_b")))
	if _, err := s.LoadShare("ky_b"); !errors.Is(err, vault.ErrSealed) {
		t.Fatalf("moved: %v", err)
	}
	ok(t, s.Close())
	ok(t, os.Rename(filepath.Join(dir, "state/shares/ky_b"), filepath.Join(dir, "state/shares/ky_a")))
	ok(t, os.Remove(filepath.Join(dir, "credential")))
	s = open(t, dir)
	if _, err := s.LoadShare("ky_a"); !errors.Is(err, vault.ErrSealed) {
		t.Fatalf("other credential: %v", err)
	}
}

// A disk that refuses is told as an error, and the old content stands.
func TestWriteFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	ok(t, s.Save("lot-x", []byte("one")))
	ok(t, os.Mkdir(filepath.Join(dir, "state/documents/lot-x.tmp"), 0o700)) // the temporary file cannot be made
	if s.Save("lot-x", []byte("two")) == nil {
		t.Fatal("written")
	}
	b, err := s.Load("lot-x")
	ok(t, err)
	if string(b) != "one" {
		t.Fatalf("%q", b)
	}
}

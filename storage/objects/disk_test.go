package objects_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sunbid/storage/objects"
	"sunbid/storage/storetest"
)

func TestDisk(t *testing.T) {
	t.Parallel()
	storetest.Objects(t, func(t *testing.T) objects.Store { return openDisk(t, t.TempDir(), time.Now) })
}

func TestDiskKeepsOverReopening(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := openDisk(t, dir, time.Now)
	ref, err := first.Put(t.Context(), objects.NewName(), strings.NewReader("sealed"), 6)
	if err != nil {
		t.Fatal(err)
	}
	until := time.Now().Add(time.Hour)
	if err := first.Retain(t.Context(), ref, until); err != nil {
		t.Fatal(err)
	}
	second := openDisk(t, dir, time.Now) // beside the first one, as fsck beside serve
	if info, err := second.Stat(t.Context(), ref); err != nil || info.Size != 6 || info.RetainUntil.Before(until) {
		t.Errorf("reopened: %+v, %v", info, err)
	}
	if err := second.Delete(t.Context(), ref); !errors.Is(err, objects.ErrRetained) {
		t.Errorf("delete: %v, want ErrRetained", err)
	}
}

func TestDiskRetentionEnds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	s := openDisk(t, t.TempDir(), func() time.Time { return now })
	ref, err := s.Put(t.Context(), objects.NewName(), strings.NewReader("sealed"), 6)
	if err != nil {
		t.Fatal(err)
	}
	until := now.Add(time.Hour)
	if err := s.Retain(t.Context(), ref, until); err != nil {
		t.Fatal(err)
	}
	now = until.Add(-time.Nanosecond)
	if err := s.Delete(t.Context(), ref); !errors.Is(err, objects.ErrRetained) {
		t.Errorf("just before the end: %v, want ErrRetained", err)
	}
	now = until
	if err := s.Delete(t.Context(), ref); err != nil {
		t.Errorf("at the end: %v", err)
	}
	// The mark of the deleted version does not protect, or bind, a new one.
	again, err := s.Put(t.Context(), ref.Name, strings.NewReader("anew"), 4)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := s.Stat(t.Context(), again); err != nil || !info.RetainUntil.IsZero() {
		t.Errorf("new version: %+v, %v", info, err)
	}
}

func TestDiskFilesAreReadOnlyAndNothingIsLeftInTmp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDisk(t, dir, time.Now)
	if _, err := s.Put(t.Context(), "aname", strings.NewReader("sealed"), 6); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(t.Context(), "another", strings.NewReader("short"), 6); err == nil {
		t.Fatal("a short reader was stored")
	}
	info, err := os.Stat(filepath.Join(dir, "objects", "=an", "aname"))
	if err != nil || info.Mode() != 0o400 {
		t.Errorf("mode %v, %v; want -r--------", info.Mode(), err)
	}
	if left := temporaries(t, dir); len(left) != 0 {
		t.Errorf("left in tmp: %v", left)
	}
}

// What a killed writer left is removed by the next opener, what a living one writes is not.
func TestDiskSweepsAfterTheDead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	living := openDisk(t, dir, time.Now)
	r, w := io.Pipe()
	stored := make(chan error, 1)
	go func() {
		_, err := living.Put(t.Context(), "slow", r, 8)
		stored <- err
	}()
	if _, err := w.Write([]byte("half")); err != nil {
		t.Fatal(err)
	}
	dead := filepath.Join(dir, "tmp", "dead")
	if err := os.MkdirAll(dead, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"alive", "put-1"} {
		if err := os.WriteFile(filepath.Join(dead, f), []byte("left"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	openDisk(t, dir, time.Now)
	if _, err := os.Stat(dead); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the dead writer's folder: %v", err)
	}
	if left := temporaries(t, dir); len(left) != 1 {
		t.Errorf("in tmp: %v, want the living writer's file", left)
	}
	if _, err := w.Write([]byte("half")); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if err := <-stored; err != nil {
		t.Error(err)
	}
}

func TestDiskSaysWhatIsDamaged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDisk(t, dir, time.Now)
	ref, err := s.Put(t.Context(), "aname", bytes.NewReader(make([]byte, 100)), 100)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "objects", "=an", "aname")
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{147, 10, 0} {
		if err := os.Truncate(file, size); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(t.Context(), ref, 0, -1); !errors.Is(err, objects.ErrDamaged) {
			t.Errorf("truncated to %d: %v, want ErrDamaged", size, err)
		}
	}
}

// A full disk, played by the system's limit on a file's size in a process of its own.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	const role = "SUNBID_TEST_FULL_DISK"
	if dir := os.Getenv(role); dir != "" {
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 16, Max: 1 << 16}); err != nil {
			t.Fatal(err)
		}
		s := openDisk(t, dir, time.Now)
		if _, err := s.Put(t.Context(), "large", bytes.NewReader(make([]byte, 1<<17)), 1<<17); !errors.Is(err, objects.ErrFull) {
			t.Errorf("put on a full disk: %v, want ErrFull", err)
		}
		if _, err := s.Put(t.Context(), "small", strings.NewReader("fits"), 4); err != nil {
			t.Errorf("put of what still fits: %v", err)
		}
		return
	}
	dir := t.TempDir()
	self := exec.Command(os.Args[0], "-test.run=^TestDiskFull$")
	self.Env = append(os.Environ(), role+"="+dir)
	if out, err := self.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if page, err := openDisk(t, dir, time.Now).List(t.Context(), "", "", 10); err != nil || len(page) != 1 {
		t.Errorf("stored %v, %v; want only the small object", page, err)
	}
}

func openDisk(t *testing.T, dir string, clock func() time.Time) *objects.Disk {
	t.Helper()
	s, err := objects.OpenDisk(dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func temporaries(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "tmp", "*", "put-*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

package embedded_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"sunbid/storage/embedded"
)

func TestRestartKeepsRows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	run(t, s, "CREATE TABLE receipt (n int PRIMARY KEY)")
	run(t, s, "INSERT INTO receipt SELECT generate_series(1, 100)")
	stop(t, s)
	if got := count(t, start(t, dir)); got != 100 {
		t.Errorf("%d rows after a restart, want 100", got)
	}
}

func TestSettingsAreDurable(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	for name, want := range map[string]string{"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "listen_addresses": "", "server_encoding": "UTF8", "TimeZone": "UTC"} {
		var got string
		if err := connect(t, s).QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

// Acknowledged rows survive a killed server, again and again in the same folder, while clients are writing.
func TestKilledServerLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	run(t, s, "CREATE TABLE receipt (n int PRIMARY KEY)")
	acknowledged := 0
	for round := range 3 {
		conn := connect(t, s)
		for i := range 200 {
			n := round*1000 + i
			if i == 150 {
				kill(t, s)
			}
			if _, err := conn.Exec(t.Context(), "INSERT INTO receipt VALUES ($1)", n); err != nil {
				break
			}
			acknowledged++
		}
		<-s.Done()
		s = start(t, dir)
		if got := count(t, s); got < acknowledged {
			t.Fatalf("round %d: %d rows after kill -9, %d were acknowledged", round, got, acknowledged)
		}
		acknowledged = count(t, s)
	}
}

func TestSecondStartIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	_, err := embedded.Start(t.Context(), embedded.Options{Dir: dir})
	if !errors.Is(err, embedded.ErrInUse) {
		t.Fatalf("second start: %v, want ErrInUse", err)
	}
	if !strings.Contains(err.Error(), dir) {
		t.Errorf("the refusal %q does not name the folder", err)
	}
	run(t, s, "SELECT 1") // the first one goes on
}

// A pid file naming a living process that is not a PostgreSQL of this folder is a leftover.
func TestForeignPIDInThePIDFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir)
	run(t, s, "CREATE TABLE receipt (n int PRIMARY KEY)")
	file := filepath.Join(dir, "data", "postmaster.pid")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	kill(t, s)
	<-s.Done()
	_, rest, _ := bytes.Cut(text, []byte("\n"))
	if err := os.WriteFile(file, append([]byte(strconv.Itoa(os.Getpid())+"\n"), rest...), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := count(t, start(t, dir)); got != 0 {
		t.Errorf("%d rows, want 0", got)
	}
}

func TestDeepFolderStillHasASocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep/", 30))
	s := start(t, dir)
	run(t, s, "SELECT 1")
	stop(t, s)
	run(t, start(t, dir), "SELECT 1")
}

// A folder every user may enter is served by another user when the test runs as root; otherwise by ourselves.
func TestOpenFolder(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("/tmp", "sunbid-open-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s := start(t, dir)
	run(t, s, "CREATE TABLE receipt (n int)")
	stop(t, s)
	if got := count(t, start(t, dir)); got != 0 {
		t.Errorf("%d rows, want 0", got)
	}
}

// A crash in the middle of initdb leaves data.new; the next start begins afresh.
func TestUnfinishedInitialisation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "data.new", "base"), 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, start(t, dir), "SELECT 1")
}

func TestBadSettingIsExplained(t *testing.T) {
	t.Parallel()
	_, err := embedded.Start(t.Context(), embedded.Options{Dir: t.TempDir(), Settings: map[string]string{"shared_buffers": "a lot"}})
	if err == nil || !strings.Contains(err.Error(), "shared_buffers") {
		t.Errorf("start with a bad setting: %v, want an error naming it", err)
	}
}

func TestStatementErrorsStayOutOfTheLog(t *testing.T) {
	t.Parallel()
	var log lines
	s, err := embedded.Start(t.Context(), embedded.Options{Dir: t.TempDir(), Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	run(t, s, "CREATE TABLE bid (id text PRIMARY KEY)")
	run(t, s, "INSERT INTO bid VALUES ('bidder-17')")
	if _, err := connect(t, s).Exec(t.Context(), "INSERT INTO bid VALUES ('bidder-17')"); err == nil {
		t.Error("a duplicate key was accepted")
	}
	stop(t, s)
	if said := log.String(); strings.Contains(said, "bidder-17") || !strings.Contains(said, "ready to accept connections") {
		t.Errorf("log:\n%s", said)
	}
}

func start(t *testing.T, dir string) *embedded.Server {
	t.Helper()
	s, err := embedded.Start(t.Context(), embedded.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func stop(t *testing.T, s *embedded.Server) {
	t.Helper()
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
}

func kill(t *testing.T, s *embedded.Server) {
	t.Helper()
	if err := syscall.Kill(s.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

func connect(t *testing.T, s *embedded.Server) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func run(t *testing.T, s *embedded.Server, sql string) {
	t.Helper()
	if _, err := connect(t, s).Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, s *embedded.Server) (n int) {
	t.Helper()
	if err := connect(t, s).QueryRow(t.Context(), "SELECT count(*) FROM receipt").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// lines is a log that a test may read while the server writes.
type lines struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

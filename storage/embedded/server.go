package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"sunbid/storage/embedded/child"
)

// User is the only database user: owner of everything, reachable only through the private socket.
const User = "app"

// ErrInUse says that another process, or another Server of this one, owns the folder.
var ErrInUse = errors.New("the database folder is in use")

// Options say where and how to run a server.
type Options struct {
	Dir      string            // the folder that keeps everything; created when missing
	Log      io.Writer         // receives the server's log lines; nil discards them
	Settings map[string]string // postgresql.conf settings laid over the defaults of this package
}

// Server is a running private PostgreSQL.
type Server struct {
	process *child.Process
	sockets string
	done    chan struct{}
}

// Start runs a server over opts.Dir, initialising the folder the first time, and returns when it accepts connections.
// Rows acknowledged earlier are there, whatever ended the earlier server. It fails with ErrInUse when the folder has a
// living owner. ctx bounds the start only; to end the server call Stop. If this process dies, the server dies with it.
func Start(ctx context.Context, opts Options) (*Server, error) {
	s, err := start(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL in %s: %w", opts.Dir, err)
	}
	return s, nil
}

func start(ctx context.Context, opts Options) (_ *Server, err error) {
	if opts.Dir == "" {
		return nil, errors.New("no folder given")
	}
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, err
	}
	binaries, err := Find()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	unlock, err := lockFolder(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			unlock()
		}
	}()
	data := filepath.Join(dir, "data")
	who, err := identityFor(data, binaries)
	if err != nil {
		return nil, err
	}
	if err := initialise(ctx, binaries, who, data); err != nil {
		return nil, err
	}
	if err := clearStalePID(ctx, data); err != nil {
		return nil, err
	}
	sockets, removeSockets, err := socketFolder(dir, who)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			removeSockets()
		}
	}()
	process, err := launch(ctx, binaries, who, data, arguments(data, sockets, opts.Settings), opts.Log)
	if err != nil {
		return nil, err
	}
	s := &Server{process: process, sockets: sockets, done: make(chan struct{})}
	go func() { // ends with the server, however that ends, and gives the folder free
		<-process.Done()
		removeSockets()
		unlock()
		close(s.done)
	}()
	return s, nil
}

// DSN returns the connection URL of a database of this server; more parameters may be appended with "&name=value".
func (s *Server) DSN(database string) string {
	q := url.Values{"host": {s.sockets}, "user": {User}}
	return (&url.URL{Scheme: "postgres", Path: "/" + database, RawQuery: q.Encode()}).String()
}

// PID returns the postmaster's process id, for tests that kill it.
func (s *Server) PID() int { return s.process.PID() }

// Done is closed when the server has ended, by Stop or by itself, and its folder is free.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop is PostgreSQL's fast shutdown: open transactions are rolled back, everything committed is flushed. When ctx ends
// first, the server is killed and the next start recovers. Stopping a stopped server is no error.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.process.Stop(ctx, syscall.SIGINT); err != nil {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	<-s.done
	return nil
}

// defaults are the settings of every server here. The log settings keep values and row counts out of the log: a log line
// about bids must not tell how many there are before the opening (招标投标法 art. 22), so errors of statements, which carry
// keys and values, stay with the client that caused them.
func defaults(sockets string) map[string]string {
	return map[string]string{
		"listen_addresses":              "",
		"unix_socket_directories":       sockets,
		"unix_socket_permissions":       "0700",
		"fsync":                         "on",
		"synchronous_commit":            "on",
		"full_page_writes":              "on",
		"max_connections":               "200",
		"TimeZone":                      "UTC",
		"log_timezone":                  "UTC",
		"log_destination":               "stderr",
		"logging_collector":             "off",
		"log_min_messages":              "log",
		"log_min_error_statement":       "panic",
		"log_error_verbosity":           "terse",
		"log_statement":                 "none",
		"log_checkpoints":               "off",
		"checkpoint_warning":            "0", // it would say how soon the log of writes is full again
		"log_lock_waits":                "off",
		"log_temp_files":                "-1",
		"log_autovacuum_min_duration":   "-1",
		"log_min_duration_statement":    "-1",
		"log_startup_progress_interval": "0",
	}
}

func arguments(data, sockets string, own map[string]string) []string {
	settings := defaults(sockets)
	maps.Copy(settings, own)
	args := []string{"-D", data}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

// launch starts the postmaster and waits until its status line says ready. Just after a kill -9 the old server's children
// may still hold its shared memory for a moment; PostgreSQL then refuses to start and is asked again.
func launch(ctx context.Context, b Binaries, who identity, data string, args []string, log io.Writer) (*child.Process, error) {
	const attempts = 50
	for n := 1; ; n++ {
		said := &child.Tail{Also: log}
		cmd := exec.Command(b.Postgres, args...)
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = "/", environment(), said, said, who.attributes()
		// SIGQUIT is the immediate shutdown: nothing acknowledged is lost, and nothing of the server stays behind.
		process, err := child.Start(cmd, syscall.SIGQUIT)
		if err != nil {
			return nil, who.explain(err)
		}
		if err := awaitReady(ctx, process, data); err == nil {
			return process, nil
		} else if !errors.Is(err, errEndedEarly) {
			return nil, errors.Join(err, process.Stop(ctx, syscall.SIGQUIT))
		}
		if !leftovers(said.String()) || n == attempts {
			return nil, fmt.Errorf("%w: %s", errEndedEarly, said)
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
}

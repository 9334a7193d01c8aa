// Package pgtest gives tests a real PostgreSQL: one private server per test binary, started when the first test asks, and
// a database of its own for every test. There is no in-memory twin of the database that could drift from the real one.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"sunbid/storage/embedded"
)

// New returns the DSN of a fresh, empty database, dropped at the end of the test. Without PostgreSQL the test fails with
// the command that installs it.
func New(t testing.TB) (dsn string) {
	t.Helper()
	return running(t).create(t, "template1")
}

// NewFrom is New with a database that prepare has filled (migrations, mostly): the first call in a test binary with this
// name runs prepare once on a template, later calls copy the template, which takes some ten milliseconds. prepare must
// close its connections before it returns.
func NewFrom(t testing.TB, name string, prepare func(dsn string) error) (dsn string) {
	t.Helper()
	c := running(t)
	c.mu.Lock()
	made := c.templates[name]
	if made == nil {
		made = sync.OnceValues(func() (string, error) {
			database := "template_" + fmt.Sprint(c.numbers.Add(1))
			if err := c.exec("CREATE DATABASE " + database); err != nil {
				return "", err
			}
			return database, prepare(c.server.DSN(database))
		})
		c.templates[name] = made
	}
	c.mu.Unlock()
	template, err := made()
	if err != nil {
		t.Fatalf("prepare database template %q: %v", name, err)
	}
	return c.create(t, template)
}

type cluster struct {
	server    *embedded.Server
	numbers   atomic.Int64
	mu        sync.Mutex // guards templates
	templates map[string]func() (string, error)
}

// start is the one server of this process; it ends with the process.
var start = sync.OnceValues(func() (*cluster, error) {
	if err := sweep(os.TempDir()); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", prefix)
	if err != nil {
		return nil, err
	}
	// The folder must be open on the way, so that a test run by root may hand it to another user.
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	server, err := embedded.Start(context.Background(), embedded.Options{Dir: dir, Settings: map[string]string{"max_connections": "400"}})
	if err != nil {
		return nil, err
	}
	return &cluster{server: server, templates: map[string]func() (string, error){}}, nil
})

func running(t testing.TB) *cluster {
	t.Helper()
	c, err := start()
	if err != nil {
		t.Fatalf("test database: %v", err)
	}
	return c
}

func (c *cluster) create(t testing.TB, template string) string {
	t.Helper()
	database := fmt.Sprintf("test_%d", c.numbers.Add(1))
	if err := c.exec("CREATE DATABASE " + database + " TEMPLATE " + template); err != nil {
		t.Fatalf("create test database: %v", err)
	}
	t.Cleanup(func() {
		if err := c.exec("DROP DATABASE " + database + " WITH (FORCE)"); err != nil {
			t.Errorf("drop test database: %v", err)
		}
	})
	return c.server.DSN(database)
}

func (c *cluster) exec(sql string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, c.server.DSN("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}

const prefix = "sunbid-pgtest-"

// sweep removes the folders of test binaries that have ended: a test binary has no last moment in which it could remove its
// own. A folder in use is locked by its server's owner and is left alone, and so is one that is too young to have a lock.
func sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		home := filepath.Join(dir, e.Name())
		lock, err := os.OpenFile(filepath.Join(home, "lock"), os.O_RDWR, 0)
		if err != nil {
			continue // no lock yet, or another user's
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.RemoveAll(home)
		}
		lock.Close()
	}
	return nil
}

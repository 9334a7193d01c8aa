// Package pgtest gives tests a real PostgreSQL: one private server per test binary, started when the first test asks, and
// a database of its own for every test. There is no in-memory twin of the database that could drift from the real one.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"sunbid/storage/embedded"
	"sunbid/storage/embedded/scratch"
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
	home      *scratch.Folder // held until the process ends
	server    *embedded.Server
	numbers   atomic.Int64
	mu        sync.Mutex // guards templates
	templates map[string]func() (string, error)
}

// start is the one server of this process; it ends with the process.
var start = sync.OnceValues(func() (*cluster, error) {
	home, err := scratch.New("sunbid-pgtest")
	if err != nil {
		return nil, err
	}
	server, err := embedded.Start(context.Background(), embedded.Options{Dir: home.Dir, Settings: map[string]string{"max_connections": "400"}})
	if err != nil {
		return nil, err
	}
	return &cluster{home: home, server: server, templates: map[string]func() (string, error){}}, nil
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

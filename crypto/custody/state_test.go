package custody_test

import (
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"
)

// disk is a State whose writes can be told to fail, before or after they took effect.
type disk struct {
	mu     sync.Mutex
	docs   map[string][]byte
	shares map[string][]byte
	fault  fault
	skip   int // writes that still succeed before the fault
}

type fault int

const (
	none fault = iota
	failed
	failedButPersisted
)

var errDisk = errors.New("disk")

func newDisk() *disk { return &disk{docs: map[string][]byte{}, shares: map[string][]byte{}} }

// set brings the fault upon all writes after the next skip ones.
func (d *disk) set(f fault, skip int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault, d.skip = f, skip
}

// write does one write under the fault of the moment.
func (d *disk) write(do func()) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fault == none || d.skip > 0 {
		d.skip--
		do()
		return nil
	}
	if d.fault == failedButPersisted {
		do()
	}
	return errDisk
}

func (d *disk) Load(name string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.docs[name], nil
}

func (d *disk) Save(name string, doc []byte) error {
	return d.write(func() { d.docs[name] = append([]byte(nil), doc...) })
}

func (d *disk) List(prefix string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var names []string
	for n := range maps.Keys(d.docs) {
		if strings.HasPrefix(n, prefix) {
			names = append(names, n)
		}
	}
	return names, nil
}

func (d *disk) LoadShare(key string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), d.shares[key]...), nil // nil when there is none
}

func (d *disk) SaveShare(key string, share []byte) error {
	return d.write(func() { d.shares[key] = append([]byte(nil), share...) })
}

func (d *disk) EraseShare(key string) error {
	return d.write(func() { delete(d.shares, key) })
}

// clock is set by the test.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = t
}

// wants tells that err has this code.
func wants(t testing.TB, err error, code string) {
	t.Helper()
	var coded interface{ Code() string }
	if !errors.As(err, &coded) || coded.Code() != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

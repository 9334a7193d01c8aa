package faulty

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// socketName is PostgreSQL's, of the port it uses everywhere here.
const socketName = ".s.PGSQL.5432"

// answerWithin bounds the wait for an answer that is to be lost.
const answerWithin = 10 * time.Second

// Database puts a relay before a PostgreSQL that listens on a Unix socket and returns the address by which writes pass through it. A
// write is what the client sends at once; the connection it breaks on is closed on both sides.
func Database(t testing.TB, dsn string, f *Fault) string {
	t.Helper()
	address, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := address.Query()
	server := filepath.Join(q.Get("host"), socketName)
	dir, err := os.MkdirTemp("", "faulty") // a test's own folder may be too deep for a socket
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, socketName))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.Close()
		os.RemoveAll(dir)
	})
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return // closed at the end of the test
			}
			go relay(client, server, f)
		}
	}()
	q.Set("host", dir)
	address.RawQuery = q.Encode()
	return address.String()
}

// relay serves one connection until either side ends it or the fault strikes.
func relay(client net.Conn, address string, f *Fault) {
	defer client.Close()
	server, err := net.Dial("unix", address)
	if err != nil {
		return
	}
	defer server.Close()
	lost := make(chan struct{}) // closed when answers must not come back any more
	answered := make(chan struct{}, 1)
	go func() {
		defer client.Close()
		buffer := make([]byte, 1<<16)
		for {
			n, err := server.Read(buffer)
			if err != nil {
				return
			}
			select {
			case <-lost:
				answered <- struct{}{}
				return
			default:
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	buffer := make([]byte, 1<<20)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		if f.strikes() {
			if f.Persisted {
				close(lost)
				if _, err := server.Write(buffer[:n]); err == nil {
					select { // the server has acted when it answers
					case <-answered:
					case <-time.After(answerWithin):
					}
				}
			}
			return
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// String is for a failing test's message.
func (f *Fault) String() string { return fmt.Sprintf("write %d, persisted %v", f.n, f.Persisted) }

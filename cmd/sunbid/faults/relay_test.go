package faults_test

import (
	"io"
	"net"
	"sync"
	"testing"
)

// relay passes octets on between two parties until somebody cuts the line.
type relay struct {
	name string
	net.Listener
	network, target string

	mu   sync.Mutex // guards open and cuts
	open map[net.Conn]bool
	cuts int // connections that were open when they were cut
}

// newRelay listens at an address of network ("tcp" or "unix") and passes on to the target.
func newRelay(t *testing.T, name, network, listen, target string) *relay {
	t.Helper()
	l, err := net.Listen(network, listen)
	ok(t, err)
	r := &relay{name: name, Listener: l, network: network, target: target, open: map[net.Conn]bool{}}
	t.Cleanup(func() { l.Close(); r.cut() })
	go r.serve()
	return r
}

func (r *relay) serve() {
	for {
		near, err := r.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial(r.network, r.target)
		if err != nil {
			near.Close()
			continue
		}
		r.mu.Lock()
		r.open[near], r.open[far] = true, true
		r.mu.Unlock()
		go r.pass(near, far)
		go r.pass(far, near)
	}
}

func (r *relay) pass(to, from net.Conn) {
	io.Copy(to, from)
	to.Close()
	from.Close()
	r.mu.Lock()
	delete(r.open, to)
	delete(r.open, from)
	r.mu.Unlock()
}

// cut ends every connection at once, wherever its request or answer is.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.open {
		c.Close()
	}
	r.cuts += len(r.open) / 2
}

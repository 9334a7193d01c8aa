package child

import (
	"bytes"
	"io"
	"sync"
)

// Tail is an output for a child that keeps the last 2000 bytes, to explain a failure with the child's own words, and
// passes everything on to Also, if there is one.
type Tail struct {
	Also io.Writer
	mu   sync.Mutex // guards kept
	kept []byte
}

func (t *Tail) Write(p []byte) (int, error) {
	const most = 2000
	t.mu.Lock()
	t.kept = append(t.kept, p...)
	t.kept = t.kept[max(0, len(t.kept)-most):]
	t.mu.Unlock()
	if t.Also != nil {
		return t.Also.Write(p)
	}
	return len(p), nil
}

func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.kept))
}

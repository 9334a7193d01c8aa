package secrecy_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sunbid/crypto/canon"
)

// lines reads the logs of all processes; take returns what they wrote since the last call, masked, by file.
type lines struct {
	dir  string
	seen map[string]int64
}

func newLines(dir string) *lines { return &lines{dir: dir, seen: map[string]int64{}} }

func (l *lines) take(t *testing.T, lots ...spot) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(l.dir, "*.log"))
	if err != nil || len(files) < 5 {
		t.Fatalf("%d logs: %v", len(files), err)
	}
	out := map[string][]string{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		fresh := raw[min(l.seen[f], int64(len(raw))):]
		l.seen[f] = int64(len(raw))
		for line := range strings.Lines(string(fresh)) {
			for _, at := range lots {
				if strings.Contains(line, at.lot.String()) {
					t.Errorf("%s names a lot that takes bids: %s", filepath.Base(f), line)
				}
			}
			out[filepath.Base(f)] = append(out[filepath.Base(f)], masked(line))
		}
	}
	return out
}

// follow reads the live stream to the end of the test, as anybody may.
type follower struct {
	mu     sync.Mutex // guards shapes
	shapes map[string]int
}

func follow(t *testing.T, url string) *follower {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	f := &follower{shapes: map[string]int{}}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		scan := bufio.NewScanner(res.Body)
		for scan.Scan() {
			f.mu.Lock()
			f.shapes[number.ReplaceAllString(masked(scan.Text()), "#")]++
			f.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		stop()
		res.Body.Close()
		<-ended
	})
	return f
}

// take returns what lines came since the last call, and how often.
func (f *follower) take() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	shapes := f.shapes
	f.shapes = map[string]int{}
	return shapes
}

// head is the log's public size and the time it was signed at.
type head struct {
	Body struct {
		Size int64      `json:"size"`
		At   canon.Time `json:"at"`
	} `json:"body"`
}

func (h *hall) head(t *testing.T) head {
	t.Helper()
	raw, err := h.Hosts.Tenderer.Client.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out head
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// settle waits until the log has as many rounds as seconds have passed since from: under load it may lag, it must not end up elsewhere.
// The second in which a checkpoint is signed may be the next one to its round's.
func (h *hall) settle(t *testing.T, from head) head {
	t.Helper()
	for {
		now := h.head(t)
		seconds := now.Body.At.Truncate(time.Second).Sub(from.Body.At.Truncate(time.Second)) / time.Second
		grown := now.Body.Size - from.Body.Size
		if off := grown - int64(seconds); grown > 0 && -1 <= off && off <= 1 {
			return now
		}
		select {
		case <-t.Context().Done():
			t.Fatalf("the log has %d rounds more after %d s", grown, seconds)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

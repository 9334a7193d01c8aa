package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// bar draws progress on a terminal, and nothing anywhere else, so that logs and pipes stay clean.
type bar struct {
	mu    sync.Mutex // guards all below
	w     io.Writer
	now   func() time.Time
	label string
	last  time.Time
	drawn bool
}

func (s *session) bar(label string) *bar {
	f, ok := s.world.Err.(*os.File)
	if !ok || s.quiet || !term.IsTerminal(int(f.Fd())) {
		return &bar{}
	}
	return &bar{w: f, now: s.world.Now, label: label}
}

const barWidth = 30

// Set shows done of total bytes. It may be called from several goroutines and draws at most ten times a second.
func (b *bar) Set(done, total int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.w == nil || total <= 0 {
		return
	}
	t := b.now()
	if done < total && t.Sub(b.last) < 100*time.Millisecond {
		return
	}
	b.last, b.drawn = t, true
	full := int(done * barWidth / total)
	fmt.Fprintf(b.w, "\r%s [%s%s] %3d%% %s", b.label, strings.Repeat("#", full), strings.Repeat(".", barWidth-full), done*100/total, mib(total))
}

// End leaves the bar on its own line.
func (b *bar) End() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drawn {
		fmt.Fprintln(b.w)
		b.drawn = false
	}
}

func mib(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KiB", (n+1023)>>10)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}

package opening

import "sync"

// progress is what a running opening can tell of itself: who has answered, and what was said last. It is never stored.
type progress struct {
	mu      sync.Mutex     // guards the maps
	holders map[int]string // by index: "" answered, else why not
	failed  map[int]int    // by index: failures in a row
	seen    map[int]bool   // holders that have accepted the freeze
}

func newProgress() *progress {
	return &progress{holders: map[int]string{}, failed: map[int]int{}, seen: map[int]bool{}}
}

func (p *progress) answered(index int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holders[index], p.failed[index], p.seen[index] = "", 0, true
}

// silent notes why a holder did not answer, and tells whether that is news.
func (p *progress) silent(index int, why string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	news := p.holders[index] != why
	p.holders[index] = why
	p.failed[index]++
	return news
}

// weight is how often a holder failed in a row: those that failed least are asked first.
func (p *progress) weight(index int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed[index]
}

func (p *progress) hasSeen(index int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen[index]
}

func (p *progress) states() map[int]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make(map[int]string, len(p.holders))
	for i, why := range p.holders {
		out[i] = why
	}
	return out
}

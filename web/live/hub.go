// Package live sends news to browsers and clients as server-sent events: rounds of the log as they are published, and the
// public changes of stage that stand in them. It is fed after publication only, so nobody hears of what did not happen.
//
// Before an opening nothing else passes here: a round comes every second whether anything was in it or not, and a change of
// stage is public by law. The types allow no more.
package live

import (
	"encoding/json"
	"sync"
	"time"
)

// Round is one published round of the log.
type Round struct {
	Number  int64     `json:"round"`   // its leaf's index in the log
	Size    int64     `json:"size"`    // of the log, with it
	At      time.Time `json:"at"`      // when its checkpoint was signed
	Changes []Change  `json:"changes"` // public changes of stage, often none
}

// Change says that a lot stands in another stage; what that means stands on its page.
type Change struct {
	Tender string `json:"tender"`
	Lot    string `json:"lot"`
	Stage  string `json:"stage"`
}

// Limits of a hub.
const (
	Kept       = 3600 // rounds that a returning client can catch up on: an hour
	MaxStreams = 5000 // streams in all
	PerAddress = 50   // streams of one address: many bidders may sit behind one
	queue      = 16   // rounds a slow client may lag before it is cut off, to come back by Last-Event-ID
)

// Hub hands each published round to every open stream.
type Hub struct {
	mu      sync.Mutex // guards all below
	kept    []frame    // oldest first, at most Kept
	streams map[*stream]struct{}
	from    map[string]int // open streams by address
	closed  bool
}

// frame is a round as it goes over the wire.
type frame struct {
	number int64
	bytes  []byte
}

// stream is one client's queue; the hub closes it when it lags or the hub ends.
type stream struct {
	address string
	frames  chan frame
}

// NewHub makes an empty hub.
func NewHub() *Hub {
	return &Hub{streams: make(map[*stream]struct{}), from: make(map[string]int)}
}

// Publish hands on a round. Rounds come in order; one that was already handed on is dropped. It never blocks.
func (h *Hub) Publish(r Round) error {
	f, err := encode(r)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := len(h.kept); h.closed || n > 0 && h.kept[n-1].number >= f.number {
		return nil
	}
	if len(h.kept) == Kept {
		copy(h.kept, h.kept[1:])
		h.kept = h.kept[:Kept-1]
	}
	h.kept = append(h.kept, f)
	for s := range h.streams {
		select {
		case s.frames <- f:
		default:
			h.drop(s)
		}
	}
	return nil
}

// Close ends all streams; new ones are refused.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for s := range h.streams {
		h.drop(s)
	}
}

// Streams is the number of open streams; for tests and shutdown.
func (h *Hub) Streams() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.streams)
}

// open subscribes and returns what was missed since round `after` (negative: nothing is owed). gap says that more
// was missed than is kept: the client must look at the pages anew. ok is false when there are too many streams.
func (h *Hub) open(address string, after int64) (s *stream, missed []frame, gap, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.streams) >= MaxStreams || h.from[address] >= PerAddress {
		return nil, nil, false, false
	}
	if after >= 0 {
		for i, f := range h.kept {
			if f.number > after {
				missed = append(missed, h.kept[i:]...)
				break
			}
		}
		gap = len(missed) > 0 && missed[0].number > after+1
	}
	s = &stream{address: address, frames: make(chan frame, queue)}
	h.streams[s] = struct{}{}
	h.from[address]++
	return s, missed, gap, true
}

func (h *Hub) leave(s *stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(s)
}

// drop forgets a stream and closes its queue, once. h.mu is held.
func (h *Hub) drop(s *stream) {
	if _, there := h.streams[s]; !there {
		return
	}
	delete(h.streams, s)
	close(s.frames)
	if h.from[s.address]--; h.from[s.address] <= 0 {
		delete(h.from, s.address)
	}
}

// encode writes the changes first and the round last: only the round carries the id, so a client that was cut off in
// between gets the whole round again.
func encode(r Round) (frame, error) {
	var b []byte
	for _, c := range r.Changes {
		data, err := json.Marshal(c)
		if err != nil {
			return frame{}, err
		}
		b = append(b, "event: stage\ndata: "...)
		b = append(append(b, data...), "\n\n"...)
	}
	data, err := json.Marshal(struct {
		Round int64     `json:"round"`
		Size  int64     `json:"size"`
		At    time.Time `json:"at"`
	}{r.Number, r.Size, r.At.UTC()})
	if err != nil {
		return frame{}, err
	}
	b = appendInt(append(b, "id: "...), r.Number)
	b = append(b, "\nevent: round\ndata: "...)
	b = append(append(b, data...), "\n\n"...)
	return frame{number: r.Number, bytes: b}, nil
}

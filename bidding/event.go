package bidding

import (
	"iter"
	"time"

	"sunbid/crypto/canon"
)

// Event is something that happened. Its type is stable ("bid.submitted.v1"): a shipped type is never edited, only succeeded.
// Its JSON form (canonical, integers only) is what is stored, logged and disclosed.
type Event interface{ EventType() string }

// Personal marks an event whose body holds personal data: the log then carries only a salted digest of the body,
// so that the payload can be erased and the proof of it stays (个人信息保护法 art. 47).
type Personal interface {
	Event
	Personal()
}

// History is embedded by every aggregate: its version (number of events ever applied) and what the running command recorded.
type History struct {
	version int
	pending []Event
}

// Version counts all events of the stream, pending ones included.
func (h *History) Version() int { return h.version }

// Pending are the events recorded since the aggregate was loaded, oldest first.
func (h *History) Pending() []Event { return h.pending }

// Remember notes a recorded event. Only an aggregate's own record method calls it, after apply.
func (h *History) Remember(e Event) { h.pending = append(h.pending, e); h.version++ }

// Loaded sets the version after an aggregate was restored from its row or replayed; nothing is pending then.
func (h *History) Loaded(version int) { h.version, h.pending = version, nil }

// Relive applies a whole history to a fresh aggregate, whose version it then is; nothing is pending.
func (h *History) Relive(history iter.Seq[Event], apply func(Event)) {
	n := 0
	for e := range history {
		apply(e)
		n++
	}
	h.Loaded(n)
}

// Recorded is what a committed command leaves: where its events stand. From here nothing is lost; the proof follows.
type Recorded struct {
	Events []RecordedEvent
}

// RecordedEvent is one stored event with all that its log commitment is made of.
type RecordedEvent struct {
	Stream   string
	Seq      int
	At       time.Time
	Type     string
	Salt     canon.Hex // 32 bytes, secret until the law lets the event out
	Envelope []byte    // canonical envelope, the bytes that are committed to
}

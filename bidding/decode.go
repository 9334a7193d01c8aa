package bidding

import (
	"fmt"

	"sunbid/crypto/canon"
)

// Decode reads the body of one stored event strictly: canonical, no unknown and no missing keys.
func Decode[E Event](body []byte) (Event, error) {
	var e E
	if err := canon.Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("event %s: %w", e.EventType(), err)
	}
	return e, nil
}

// UnknownEvent is what a DecodeEvent returns for a type that its package never shipped.
func UnknownEvent(kind string) error { return fmt.Errorf("event %q: no such type", clip(kind, 60)) }

// Panic is how every apply ends: an event it does not know is a programming error, never an input.
func Panic(aggregate string, e Event) { panic(fmt.Sprintf("%s: unknown event %T", aggregate, e)) }

package limit_test

import (
	"encoding/binary"
	"testing"
	"time"

	"sunbid/web/api/limit"
)

func start() time.Time { return time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC) }

func TestBurstThenRate(t *testing.T) {
	t.Parallel()
	l, b, r := limit.New(10), limit.Address(1, "192.0.2.1"), limit.Rate{PerSecond: 2, Burst: 3}
	for i, c := range []struct {
		after time.Duration
		ok    bool
	}{{0, true}, {0, true}, {0, true}, {0, false}, {499 * time.Millisecond, false}, {500 * time.Millisecond, true}, {500 * time.Millisecond, false}, {time.Hour, true}, {time.Hour, true}, {time.Hour, true}, {time.Hour, false}} {
		wait, ok := l.Take(b, r, start().Add(c.after))
		if ok != c.ok || ok == (wait > 0) {
			t.Errorf("step %d: %v, wait %v", i, ok, wait)
		}
	}
}

// A clock that is set back must not shut everybody out until it has caught up: bidders would miss their deadline.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	l, b, r := limit.New(10), limit.Address(1, "192.0.2.1"), limit.Rate{PerSecond: 2, Burst: 3}
	for i, c := range []struct {
		after time.Duration
		ok    bool
	}{{0, true}, {0, true}, {0, true}, {0, false}, {-10 * time.Minute, true}, {-10 * time.Minute, true}, {-10 * time.Minute, true}, {-10 * time.Minute, false}, {0, true}} {
		if wait, ok := l.Take(b, r, start().Add(c.after)); ok != c.ok || ok == (wait > 0) || wait > 2*time.Second {
			t.Errorf("step %d: %v, wait %v", i, ok, wait)
		}
	}
}

func TestBucketsAreApart(t *testing.T) {
	t.Parallel()
	l, r := limit.New(10), limit.Rate{PerSecond: 1, Burst: 1}
	for i, c := range []struct {
		b  limit.Bucket
		ok bool
	}{
		{limit.Address(1, "192.0.2.1"), true}, {limit.Address(1, "192.0.2.1"), false}, {limit.Address(1, "192.0.2.2"), true}, {limit.Address(2, "192.0.2.1"), true},
		{limit.Address(1, "::ffff:192.0.2.1"), false},
		{limit.Address(1, "2001:db8::1"), true}, {limit.Address(1, "2001:db8::2"), false}, {limit.Address(1, "2001:db8:0:1::1"), true},
		{limit.Address(1, "not an address"), true}, {limit.Address(1, ""), false},
	} {
		if _, ok := l.Take(c.b, r, start()); ok != c.ok {
			t.Errorf("step %d: %v", i, ok)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	l, r := limit.New(100), limit.Rate{PerSecond: 1, Burst: 5}
	for i := range 10_000 {
		b := limit.Bucket{Rate: 1}
		binary.BigEndian.PutUint64(b.Who[:], uint64(i))
		if _, ok := l.Take(b, r, start().Add(time.Duration(i)*time.Millisecond)); !ok {
			t.Fatalf("a newcomer was refused at %d", i)
		}
	}
	if l.Len() > 100 {
		t.Fatalf("%d buckets are kept", l.Len())
	}
}

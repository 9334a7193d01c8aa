// Package limit is token buckets by key with bounded memory.
package limit

import (
	"net/netip"
	"sync"
	"time"
)

// Rate is a token bucket: PerSecond on average, Burst at once.
type Rate struct{ PerSecond, Burst int }

// Limiter is a set of buckets: a bucket is one number, the time at which it is full again (GCRA), and a bucket that is
// full again need not be kept.
type Limiter struct {
	max int

	mu    sync.Mutex // guards full, swept
	full  map[Bucket]time.Time
	swept time.Time
}

// Bucket names one: which rate, and whose.
type Bucket struct {
	Rate byte
	Who  [16]byte
}

// New makes a limiter that keeps at most max buckets.
func New(max int) *Limiter {
	return &Limiter{max: max, full: make(map[Bucket]time.Time)}
}

// Take asks for one token. When there is none it tells how long until there is.
func (l *Limiter) Take(b Bucket, r Rate, now time.Time) (wait time.Duration, ok bool) {
	each := time.Second / time.Duration(r.PerSecond)
	capacity := each * time.Duration(r.Burst)

	l.mu.Lock()
	defer l.mu.Unlock()
	full, known := l.full[b]
	if !known || full.Before(now) || full.Sub(now) > capacity { // no bucket owes more than it holds: then the clock was set back
		full = now
	}
	next := full.Add(each)
	if over := next.Sub(now) - capacity; over > 0 {
		return over, false
	}
	if !known && len(l.full) >= l.max {
		l.makeRoom(now)
	}
	l.full[b] = next
	return 0, true
}

// makeRoom forgets buckets that are full again; at most once a second, since it walks all of them. If that does not
// help, some bucket is forgotten: under such a flood a few may get a second burst, but memory stays bounded.
func (l *Limiter) makeRoom(now time.Time) {
	if now.Sub(l.swept).Abs() >= time.Second {
		l.swept = now
		for b, full := range l.full {
			if !full.After(now) {
				delete(l.full, b)
			}
		}
	}
	for b := range l.full {
		if len(l.full) < l.max {
			return
		}
		delete(l.full, b)
	}
}

// Address names an address: IPv4 whole, IPv6 by its /64, since one subscriber has all of that.
func Address(rate byte, ip string) Bucket {
	b := Bucket{Rate: rate}
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return b // all whose address cannot be told share one bucket
	}
	addr = addr.Unmap()
	b.Who = addr.As16()
	if addr.Is6() {
		clear(b.Who[8:])
	}
	return b
}

// Len is how many buckets are kept.
func (l *Limiter) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.full)
}

package api

import (
	"net/netip"
	"sync"
	"time"
)

// limiter is a set of token buckets with bounded memory: a bucket is one number, the time at which it is full again
// (GCRA), and a bucket that is full again need not be kept.
type limiter struct {
	max int

	mu    sync.Mutex // guards full, swept
	full  map[bucket]time.Time
	swept time.Time
}

// bucket names one: which rate, and whose.
type bucket struct {
	rate byte
	who  [16]byte
}

const (
	rateAddress byte = iota + 1
	rateSession
	rateLogin
)

func newLimiter(max int) *limiter {
	return &limiter{max: max, full: make(map[bucket]time.Time)}
}

// take asks for one token. When there is none it tells how long until there is.
func (l *limiter) take(b bucket, r Rate, now time.Time) (wait time.Duration, ok bool) {
	each := time.Second / time.Duration(r.PerSecond)
	capacity := each * time.Duration(r.Burst)

	l.mu.Lock()
	defer l.mu.Unlock()
	full, known := l.full[b]
	if !known || full.Before(now) {
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
func (l *limiter) makeRoom(now time.Time) {
	if now.Sub(l.swept) >= time.Second {
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

// addressBucket names an address: IPv4 whole, IPv6 by its /64, since one subscriber has all of that.
func addressBucket(rate byte, ip string) bucket {
	b := bucket{rate: rate}
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return b // all whose address cannot be told share one bucket
	}
	addr = addr.Unmap()
	b.who = addr.As16()
	if addr.Is6() {
		clear(b.who[8:])
	}
	return b
}

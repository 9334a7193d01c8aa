package api

import (
	"log/slog"
	"time"

	"sunbid/bidding"
	"sunbid/web/api/limit"
)

// Config is what the server is told of its place.
type Config struct {
	Class   bidding.Class
	Version string   // of the build, for /metrics and the pages' foot
	Proxies []string // addresses or networks of reverse proxies; only their X-Forwarded-For is believed
	Limits  Limits
	Log     *slog.Logger
}

// Limits bound what one address, one session and one request may take. The zero value means DefaultLimits, field by field.
type Limits struct {
	Address Rate // every request, by address (IPv6: by /64)
	Session Rate // every request of a session
	Login   Rate // challenges, logins and enrolments, by address

	JSONRead time.Duration // a request's header and body, all but parts
	PartRead time.Duration // a part's header and body: 8 MiB
	Command  time.Duration // a handler's work
	Upload   time.Duration // the work on one part, its reading included
}

// Rate is so many requests a second on average, and a burst at once.
type Rate = limit.Rate

// Which rate a bucket belongs to.
const (
	rateAddress byte = iota + 1
	rateSession
	rateLogin
)

// DefaultLimits suit a platform on the Internet, where a whole trading centre may come from one address.
func DefaultLimits() Limits {
	return Limits{
		Address: Rate{PerSecond: 100, Burst: 1000},
		Session: Rate{PerSecond: 30, Burst: 300},
		Login:   Rate{PerSecond: 5, Burst: 60},

		JSONRead: 20 * time.Second,
		PartRead: 3 * time.Minute,
		Command:  20 * time.Second,
		Upload:   4 * time.Minute,
	}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	for _, r := range []struct{ have, other *Rate }{{&l.Address, &d.Address}, {&l.Session, &d.Session}, {&l.Login, &d.Login}} {
		if r.have.PerSecond <= 0 || r.have.Burst <= 0 {
			*r.have = *r.other
		}
	}
	for _, t := range []struct{ have, other *time.Duration }{{&l.JSONRead, &d.JSONRead}, {&l.PartRead, &d.PartRead}, {&l.Command, &d.Command}, {&l.Upload, &d.Upload}} {
		if *t.have <= 0 {
			*t.have = *t.other
		}
	}
	return l
}

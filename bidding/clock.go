package bidding

import "time"

// Clock is where time comes in. Services hold one; rules take `at time.Time`. Stored UTC, shown Asia/Shanghai.
type Clock interface{ Now() time.Time }

// ClockFunc makes a function a Clock.
type ClockFunc func() time.Time

// Now returns the function's time in UTC, truncated to milliseconds: the resolution of every record.
func (f ClockFunc) Now() time.Time { return f().UTC().Truncate(time.Millisecond) }

// Shanghai is the zone in which times are shown and calendar days are counted (UTC+8, no daylight saving since 1991).
func Shanghai() *time.Location { return time.FixedZone("Asia/Shanghai", 8*60*60) }

package opening_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/opening"
)

// drillDay walks a drillbook by a clock that a test moves: it looks every 5 s, as the platform does, and writes down what it does.
type drillDay struct {
	now  time.Time
	book *opening.Drillbook
	lots []opening.Ahead
	down bool // a keyholder is not ready
	said []string
}

// Now implements bidding.Clock.
func (d *drillDay) Now() time.Time { return d.now }

const drillLook = 5 * time.Second

// until lets time pass.
func (d *drillDay) until(clock bidding.Clock, end time.Time) {
	for ; d.now.Before(end); d.now = d.now.Add(drillLook) {
		at := clock.Now()
		if due := d.book.Due(d.lots, !d.down, at); len(due) > 0 {
			d.book.Walked(at, due...)
			d.note("drill", due)
		}
		if call := d.book.RollCall(d.lots, at); len(call) > 0 {
			d.note("call", call)
		}
	}
}

func (d *drillDay) note(what string, lots []bidding.LotID) {
	names := ""
	for i, a := range d.lots {
		if slices.Contains(lots, a.Lot) {
			names += string(rune('A' + i))
		}
	}
	d.said = append(d.said, fmt.Sprintf("%s %s %s", d.now.Format("2 15:04:05"), what, names))
}

func TestDrillSchedule(t *testing.T) {
	t.Parallel()
	day := func(d, hour, minute int) time.Time { return time.Date(2026, 3, d, hour, minute, 0, 0, time.UTC) }
	for _, c := range []struct {
		name  string
		start time.Time
		opens []time.Time
		walk  func(d *drillDay)
		want  []string
	}{
		{"a lot days away: a day before and an hour before, each once, its officers called after each", day(10, 9, 0), []time.Time{day(16, 9, 0)},
			func(d *drillDay) { d.until(d, day(16, 9, 1)) },
			[]string{"15 09:00:00 drill A", "15 09:11:00 call A", "16 08:00:00 drill A", "16 08:11:00 call A"}},
		{"announced between the marks: at once, then at the second", day(16, 1, 0), []time.Time{day(16, 9, 0)},
			func(d *drillDay) { d.until(d, day(16, 9, 1)) },
			[]string{"16 01:00:00 drill A", "16 01:11:00 call A", "16 08:00:00 drill A", "16 08:11:00 call A"}},
		{"announced within the hour: at once only; officers are called a minute before", day(16, 8, 55), []time.Time{day(16, 9, 0)},
			func(d *drillDay) { d.until(d, day(16, 9, 1)) },
			[]string{"16 08:55:00 drill A", "16 08:59:00 call A"}},
		{"postponed by days after the first drill: both marks again", day(15, 8, 0), []time.Time{day(16, 9, 0)},
			func(d *drillDay) {
				d.until(d, day(15, 12, 0))
				d.lots[0].OpeningAt = day(20, 9, 0)
				d.until(d, day(20, 9, 1))
			},
			[]string{"15 09:00:00 drill A", "15 09:11:00 call A", "19 09:00:00 drill A", "19 09:11:00 call A", "20 08:00:00 drill A", "20 08:11:00 call A"}},
		{"postponed by hours after the last drill: the hour before the new time again", day(16, 7, 0), []time.Time{day(16, 9, 0)},
			func(d *drillDay) {
				d.until(d, day(16, 8, 30))
				d.lots[0].OpeningAt = day(16, 15, 0)
				d.until(d, day(16, 15, 1))
			},
			[]string{"16 07:00:00 drill A", "16 07:11:00 call A", "16 08:00:00 drill A", "16 08:11:00 call A", "16 14:00:00 drill A", "16 14:11:00 call A"}},
		{"the platform was down over a mark: the drill is made up when it is back", day(15, 8, 0), []time.Time{day(16, 9, 0)},
			func(d *drillDay) {
				d.until(d, day(15, 8, 59))
				d.book, d.now = opening.NewDrillbook(), day(15, 14, 30) // back after five and a half hours
				d.until(d, day(15, 20, 0))
				d.book, d.now = opening.NewDrillbook(), day(16, 8, 40)
				d.until(d, day(16, 9, 1))
			},
			[]string{"15 14:30:00 drill A", "15 14:41:00 call A", "16 08:40:00 drill A", "16 08:51:00 call A"}},
		{"suspended over a mark: when it goes on", day(15, 20, 0), []time.Time{day(16, 9, 0)},
			func(d *drillDay) {
				d.until(d, day(15, 20, 30))
				lots := d.lots
				d.lots = nil
				d.until(d, day(16, 8, 10))
				d.lots = lots
				d.until(d, day(16, 9, 1))
			},
			[]string{"15 20:00:00 drill A", "15 20:11:00 call A", "16 08:10:00 drill A", "16 08:21:00 call A"}},
		{"another opening is near: the drill waits until it has begun", day(15, 10, 0), []time.Time{day(16, 8, 0).Add(20 * time.Second), day(16, 9, 0)},
			func(d *drillDay) { d.until(d, day(16, 8, 2)) },
			[]string{"15 10:00:00 drill AB", "15 10:11:00 call AB", "16 07:00:20 drill A", "16 07:11:20 call A", "16 08:00:20 drill B"}},
		{"a keyholder is not ready: again each minute until it is", day(16, 8, 0), []time.Time{day(16, 9, 0)},
			func(d *drillDay) {
				d.down = true
				d.until(d, day(16, 8, 3))
				d.down = false
				d.until(d, day(16, 8, 5))
			},
			[]string{"16 08:00:00 drill A", "16 08:01:05 drill A", "16 08:02:10 drill A"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := &drillDay{now: c.start, book: opening.NewDrillbook()}
			for _, at := range c.opens {
				d.lots = append(d.lots, opening.Ahead{Lot: bidding.NewLotID(), OpeningAt: at})
			}
			c.walk(d)
			if !slices.Equal(d.said, c.want) {
				t.Errorf("%q, want %q", d.said, c.want)
			}
		})
	}
}

// A drill asked for by a person counts as any other, and a lot whose opening time has come is forgotten.
func TestDrillbookKeepsTheLast(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 16, 7, 30, 0, 0, time.UTC)
	lot := opening.Ahead{Lot: bidding.NewLotID(), OpeningAt: at.Add(2 * time.Hour)}
	book := opening.NewDrillbook()
	book.Walked(at, lot.Lot)
	if due := book.Due([]opening.Ahead{lot}, true, at.Add(20*time.Minute)); len(due) != 0 || !book.Last(lot.Lot).Equal(at) {
		t.Errorf("due %v, last %v", due, book.Last(lot.Lot))
	}
	book.Due([]opening.Ahead{lot}, true, lot.OpeningAt)
	if !book.Last(lot.Lot).IsZero() {
		t.Error("remembered after its opening")
	}
}

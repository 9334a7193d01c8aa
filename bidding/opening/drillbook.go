package opening

import (
	"slices"
	"time"

	"sunbid/bidding"
)

// Times of the readiness drills (演练检查), which prove ahead of an opening that keyholders and officers will be able to open.
const (
	DrillHorizon  = 24 * time.Hour   // lots that open within it are drilled
	drillLast     = time.Hour        // the second mark before an opening
	drillRepeat   = time.Minute      // how long after a drill that a keyholder failed the next is walked
	drillQuiet    = 30 * time.Second // before an opening no drill begins: one lasts about 5 s, and must be over 10 s before
	drillRollCall = 11 * time.Minute // after a drill its officers are called: a waiting officer's program answers every 10 min
)

// Ahead is an announced lot with its opening time in force.
type Ahead struct {
	Lot       bidding.LotID
	OpeningAt time.Time
}

// Drillbook says which lots are due a drill. Each has two marks, a day and an hour before its opening time in force; a lot announced,
// postponed or resumed after a mark is due at once. The book is kept in memory, so that after downtime every lot within a day of its
// opening is due at once: a drill that was missed is made up, one that was not costs nothing to repeat.
type Drillbook struct {
	done map[bidding.LotID]drilled
}

type drilled struct {
	at     time.Time
	called bool // its officers were called
}

// NewDrillbook is empty.
func NewDrillbook() *Drillbook { return &Drillbook{done: map[bidding.LotID]drilled{}} }

// Due lists the lots to drill at a moment, in the order of lots, which are all announced ones that stand before their opening. well
// tells whether the last drill found every keyholder ready. A lot that is no longer ahead is forgotten. Nothing is due shortly before
// any opening: whoever is needed there is left alone.
func (b *Drillbook) Due(lots []Ahead, well bool, at time.Time) []bidding.LotID {
	b.forget(lots, at)
	var due []bidding.LotID
	for _, a := range lots {
		if !a.within(at) {
			continue
		}
		if a.OpeningAt.Before(at.Add(drillQuiet)) {
			return nil
		}
		last := b.done[a.Lot].at
		if last.IsZero() || last.Before(a.newestMark(at)) || !well && at.Sub(last) > drillRepeat {
			due = append(due, a.Lot)
		}
	}
	return due
}

// Walked notes a drill.
func (b *Drillbook) Walked(at time.Time, lots ...bidding.LotID) {
	for _, lot := range lots {
		b.done[lot] = drilled{at: at}
	}
}

// Last is when a lot was drilled last; the zero time while it was not, or is forgotten.
func (b *Drillbook) Last(lot bidding.LotID) time.Time { return b.done[lot].at }

// RollCall lists the lots, once for each drill, whose officers should have answered by now: some minutes after the drill, and for a
// lot that opens sooner than that a minute before its opening.
func (b *Drillbook) RollCall(lots []Ahead, at time.Time) []bidding.LotID {
	var call []bidding.LotID
	for _, a := range lots {
		d, ok := b.done[a.Lot]
		if !ok || d.called || !a.within(at) {
			continue
		}
		if !at.Before(d.at.Add(drillRollCall)) || !at.Before(a.OpeningAt.Add(-2*drillQuiet)) {
			b.done[a.Lot] = drilled{at: d.at, called: true}
			call = append(call, a.Lot)
		}
	}
	return call
}

func (b *Drillbook) forget(lots []Ahead, at time.Time) {
	for lot := range b.done {
		if !slices.ContainsFunc(lots, func(a Ahead) bool { return a.Lot == lot && a.within(at) }) {
			delete(b.done, lot)
		}
	}
}

// within: the opening is ahead, and not farther than the horizon.
func (a Ahead) within(at time.Time) bool {
	return a.OpeningAt.After(at) && !a.OpeningAt.After(at.Add(DrillHorizon))
}

// newestMark is the last of a lot's marks that has passed.
func (a Ahead) newestMark(at time.Time) time.Time {
	if last := a.OpeningAt.Add(-drillLast); !last.After(at) {
		return last
	}
	return a.OpeningAt.Add(-DrillHorizon)
}

package ledger

import (
	"fmt"
	"slices"
	"time"

	"sunbid/crypto/canon"
)

// Kind is a way in which an opening can be wrong.
type Kind string

// Kinds.
const (
	Lost      Kind = "lost"      // an acknowledged standing bid has no opened row, or the freeze counts too few
	Doubled   Kind = "doubled"   // a bidder has two rows, a statement two answers, or the freeze counts too many
	Early     Kind = "early"     // something was seen before the opening time
	Altered   Kind = "altered"   // a row says otherwise than the last acknowledged statement
	Revived   Kind = "revived"   // a row that must not be: withdrawn, refused, or never handed in
	Misjudged Kind = "misjudged" // accepted late, refused though in time, refused without a reason, or arrivals that run backwards
	Forked    Kind = "forked"    // two heads of one log with one size
)

// Finding is one wrong thing.
type Finding struct {
	Kind Kind
	Say  string
}

func (f Finding) String() string { return string(f.Kind) + ": " + f.Say }

// Judge returns everything that is wrong, in no order that matters; nothing when all is well.
func (l Ledger) Judge() []Finding {
	var found []Finding
	add := func(k Kind, format string, args ...any) {
		found = append(found, Finding{k, fmt.Sprintf(format, args...)})
	}
	l.answers(add)
	l.rows(add)
	for _, s := range l.Sights {
		if s.At.Before(l.OpeningAt) {
			add(Early, "%s %v before the opening time", s.What, l.OpeningAt.Sub(s.At))
		}
	}
	type head struct {
		origin string
		size   int64
	}
	roots := map[head]canon.Hash{}
	for _, c := range l.Checkpoints {
		at := head{c.Origin, c.Size}
		if root, seen := roots[at]; seen && root != c.Root {
			add(Forked, "size %d has roots %v and %v", c.Size, root, c.Root)
		}
		roots[at] = c.Root
	}
	return found
}

// answers holds each receipt against the deadline and the ones before it.
func (l Ledger) answers(add func(Kind, string, ...any)) {
	last, seen := map[string]time.Time{}, map[canon.Hash]bool{}
	for _, a := range l.Answers {
		if seen[a.Statement] {
			add(Doubled, "statement %v of %s has two answers", a.Statement, a.Bidder)
		}
		seen[a.Statement] = true
		late := !a.Arrival.Before(l.OpeningAt)
		switch {
		case a.Outcome == Unanswered:
			continue
		case a.Outcome == Accepted && late:
			add(Misjudged, "%s was accepted after the deadline", a.Bidder)
		case a.Outcome == Refused && !late:
			add(Misjudged, "%s was in time and refused: %s", a.Bidder, a.Code)
		case a.Outcome == Refused && a.Code == "":
			add(Misjudged, "%s was refused without a reason", a.Bidder)
		}
		if a.Arrival.Before(last[a.Bidder]) {
			add(Misjudged, "%s: a later statement arrived earlier", a.Bidder)
		}
		last[a.Bidder] = a.Arrival
	}
}

// possible is what may stand for each bidder: after an accepted statement that one alone; each unanswered one after it adds itself.
func (l Ledger) possible() map[string][]Answer {
	stands := map[string][]Answer{}
	for _, a := range l.Answers {
		had, known := stands[a.Bidder]
		switch {
		case a.Outcome == Accepted:
			stands[a.Bidder] = []Answer{a}
		case a.Outcome == Unanswered && !known:
			stands[a.Bidder] = []Answer{{Bidder: a.Bidder, Action: Withdraw}, a} // as if it had nothing before
		case a.Outcome == Unanswered:
			stands[a.Bidder] = append(slices.Clone(had), a)
		}
	}
	return stands
}

// rows holds the opening against what may stand.
func (l Ledger) rows(add func(Kind, string, ...any)) {
	stands, opened := l.possible(), map[string]bool{}
	for _, r := range l.Rows {
		if opened[r.Bidder] {
			add(Doubled, "%s has two rows", r.Bidder)
		}
		opened[r.Bidder] = true
		bids := slices.DeleteFunc(slices.Clone(stands[r.Bidder]), func(a Answer) bool { return a.Action == Withdraw })
		switch {
		case len(bids) == 0:
			add(Revived, "%s has a row and no standing bid", r.Bidder)
		case !r.Opened:
			add(Lost, "%s has a row that did not open", r.Bidder)
		case !slices.ContainsFunc(bids, r.shows):
			add(Altered, "%s opened %d of statement %v, acknowledged was %d of %v", r.Bidder, r.Price, r.Statement, bids[0].Price, bids[0].Statement)
		}
	}
	least, most := 0, 0
	for bidder, list := range stands {
		gone := slices.ContainsFunc(list, func(a Answer) bool { return a.Action == Withdraw })
		if !gone {
			least++
			if !opened[bidder] {
				add(Lost, "the acknowledged bid of %s has no row", bidder)
			}
		}
		if slices.ContainsFunc(list, func(a Answer) bool { return a.Action != Withdraw }) {
			most++
		}
	}
	if l.Frozen < least {
		add(Lost, "frozen %d, standing %d", l.Frozen, least)
	}
	if l.Frozen > most {
		add(Doubled, "frozen %d, standing %d at most", l.Frozen, most)
	}
}

// shows: the row says what the bidder was told. An unanswered statement names no bid.
func (r Row) shows(a Answer) bool {
	return r.Statement == a.Statement && r.Price == a.Price && (a.Bid == "" && a.Outcome == Unanswered || r.Bid == a.Bid)
}

package ledger_test

import (
	"testing"
	"time"

	"sunbid/cmd/sunbid/faults/ledger"
	"sunbid/crypto/canon"
)

var deadline = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

func answer(bidder string, n byte, act ledger.Action, price int64) ledger.Answer {
	return ledger.Answer{Bidder: bidder, Action: act, Statement: canon.Hash{n}, Price: price, Outcome: ledger.Accepted, Bid: "bd-" + bidder,
		Arrival: deadline.Add(time.Duration(n)*time.Second - time.Minute)}
}

// sound: a submits, b supersedes its price, c withdraws, d comes too late, the last replacement of e was never answered and did not count.
func sound() ledger.Ledger {
	late := answer("d", 70, ledger.Submit, 400)
	late.Outcome, late.Code = ledger.Refused, "submit-late"
	unknown := answer("e", 7, ledger.Replace, 499)
	unknown.Outcome, unknown.Bid, unknown.Arrival = ledger.Unanswered, "", time.Time{}
	row := func(bidder string, n byte, price int64) ledger.Row {
		return ledger.Row{Bidder: bidder, Bid: "bd-" + bidder, Statement: canon.Hash{n}, Opened: true, Price: price}
	}
	return ledger.Ledger{
		OpeningAt: deadline,
		Answers: []ledger.Answer{answer("a", 1, ledger.Submit, 100), answer("b", 2, ledger.Submit, 200), answer("b", 3, ledger.Replace, 199),
			answer("c", 4, ledger.Submit, 300), answer("c", 5, ledger.Withdraw, 0), late, answer("e", 6, ledger.Submit, 500), unknown},
		Rows:        []ledger.Row{row("a", 1, 100), row("b", 3, 199), row("e", 6, 500)},
		Frozen:      3,
		Checkpoints: []ledger.Checkpoint{{"log", 4, canon.Hash{4}}, {"log", 8, canon.Hash{8}}, {"log", 4, canon.Hash{4}}, {"other", 4, canon.Hash{9}}},
		Sights:      []ledger.Sight{{"keyholder 1 released", deadline}},
	}
}

func TestSound(t *testing.T) {
	t.Parallel()
	l := sound()
	if found := l.Judge(); len(found) != 0 {
		t.Errorf("nothing is wrong: %v", found)
	}
	l.Rows[2].Statement, l.Rows[2].Price = canon.Hash{7}, 499
	if found := l.Judge(); len(found) != 0 {
		t.Errorf("an unanswered statement may have counted: %v", found)
	}
	l.Answers[7].Action = ledger.Withdraw
	l.Rows, l.Frozen = l.Rows[:2], 2
	if found := l.Judge(); len(found) != 0 {
		t.Errorf("an unanswered withdrawal may have counted: %v", found)
	}
}

// Each planted wrong is found, and nothing else with it.
func TestPlanted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind  ledger.Kind
		plant func(*ledger.Ledger)
	}{
		"no row":          {ledger.Lost, func(l *ledger.Ledger) { l.Rows = l.Rows[1:] }},
		"not opened":      {ledger.Lost, func(l *ledger.Ledger) { l.Rows[0].Opened = false }},
		"frozen too few":  {ledger.Lost, func(l *ledger.Ledger) { l.Frozen = 2 }},
		"frozen too many": {ledger.Doubled, func(l *ledger.Ledger) { l.Frozen = 4 }},
		"two rows":        {ledger.Doubled, func(l *ledger.Ledger) { l.Rows = append(l.Rows, l.Rows[0]) }},
		"two answers": {ledger.Doubled, func(l *ledger.Ledger) {
			l.Answers = append(l.Answers, l.Answers[6])
			l.Answers[8].Arrival = deadline.Add(-time.Second)
		}},
		"release too early": {ledger.Early, func(l *ledger.Ledger) { l.Sights[0].At = deadline.Add(-time.Millisecond) }},
		"another price":     {ledger.Altered, func(l *ledger.Ledger) { l.Rows[0].Price++ }},
		"another bid":       {ledger.Altered, func(l *ledger.Ledger) { l.Rows[0].Bid = "bd-x" }},
		"superseded":        {ledger.Altered, func(l *ledger.Ledger) { l.Rows[1].Statement, l.Rows[1].Price = canon.Hash{2}, 200 }},
		"withdrawn": {ledger.Revived, func(l *ledger.Ledger) {
			l.Rows = append(l.Rows, ledger.Row{Bidder: "c", Bid: "bd-c", Statement: canon.Hash{4}, Opened: true, Price: 300})
		}},
		"refused and opened": {ledger.Revived, func(l *ledger.Ledger) {
			l.Rows = append(l.Rows, ledger.Row{Bidder: "d", Bid: "bd-d", Statement: canon.Hash{70}, Opened: true, Price: 400})
		}},
		"never handed in":          {ledger.Revived, func(l *ledger.Ledger) { l.Rows = append(l.Rows, ledger.Row{Bidder: "x", Opened: true}) }},
		"accepted at the deadline": {ledger.Misjudged, func(l *ledger.Ledger) { l.Answers[0].Arrival = deadline }},
		"refused in time":          {ledger.Misjudged, func(l *ledger.Ledger) { l.Answers[5].Arrival = deadline.Add(-time.Millisecond) }},
		"refused without a reason": {ledger.Misjudged, func(l *ledger.Ledger) { l.Answers[5].Code = "" }},
		"arrivals run backwards":   {ledger.Misjudged, func(l *ledger.Ledger) { l.Answers[2].Arrival = l.Answers[1].Arrival.Add(-time.Second) }},
		"two roots of one size":    {ledger.Forked, func(l *ledger.Ledger) { l.Checkpoints[2].Root = canon.Hash{5} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := sound()
			c.plant(&l)
			found := l.Judge()
			if len(found) != 1 || found[0].Kind != c.kind {
				t.Errorf("want one finding %q, got %v", c.kind, found)
			}
		})
	}
}

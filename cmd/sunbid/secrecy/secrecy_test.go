package secrecy_test

import (
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sunbid/bidding"
)

// TestNothingTellsHowMany asks everything of three lots before any bid, after 3 and after 300 in one of them each.
func TestNothingTellsHowMany(t *testing.T) {
	t.Parallel()
	h := open(t)
	all := probes(t, len(h.places[0].documents))
	logs, stream := newLines(filepath.Join(h.Dir, "log")), follow(t, h.URL)
	start, rows := h.head(t), h.publicRows(t)

	logs.take(t)
	none := h.round(t, all)
	before := h.settle(t, start)
	quiet, said := logs.take(t), stream.take()
	for i, n := range []int{0, few, many} {
		if n == 0 {
			continue
		}
		stream.take()
		h.bid(t, i, n)
		if got := h.publicRows(t); !maps.Equal(got, rows) {
			t.Errorf("%d bids wrote to, or marked, rows that the public role reads:\n%v\n%v", n, rows, got)
		}
		spoken := stream.take()
		compareRounds(t, n, none, h.round(t, all), all)
		compareLines(t, n, quiet, logs.take(t, h.places[:]...))
		compareStream(t, said, spoken)
	}
	after := h.settle(t, before)
	t.Logf("%d questions of %d lots, three times; the log grew by %d rounds while %d bids came in", len(all), len(h.lots), after.Body.Size-before.Body.Size, few+many)

	h.trustPage(t)
	h.inNoOrder(t)
	h.receiptsAlike(t)
	h.lastMoves(t)
	h.pagesNeedNoBids(t, all)
	h.publicLogin(t)
	h.objectsAreClosed(t)
}

// round asks every question of every lot: by question, then by lot. The three answers of one question are compared at once.
func (h *hall) round(t *testing.T, all []probe) map[string][3]answer {
	t.Helper()
	out := map[string][3]answer{}
	for _, p := range all {
		var got [3]answer
		for i, at := range h.places {
			path := p.path(at)
			got[i] = settled(path, h.ask(t, p.method, path, p.role, p.body, p.media))
		}
		out[p.String()] = got
		sameOfAllLots(t, p, got)
	}
	return out
}

func sameOfAllLots(t *testing.T, p probe, got [3]answer) {
	t.Helper()
	for i := range got {
		if strings.HasSuffix(p.pattern, "/keys") {
			got[i].Body = ofItsLot(got[i].Body)
		}
		if chance.MatchString(p.pattern) {
			got[i].Length = 0
		}
		if got[i] != got[0] {
			t.Errorf("%v: lot %d is told from lot 0:\n%s", p, i, apart(got[0], got[i]))
		}
		if got[i].Status >= 500 {
			t.Errorf("%v: %+v", p, got[i])
		}
	}
}

// chance are answers that hold SM2 ciphertexts in ASN.1: their length varies by a few octets with every encryption.
var chance = regexp.MustCompile(`/keys$|/documents/\{document|/drill$`)

var (
	list  = regexp.MustCompile(`\[?("?‹(hex|octets)›"?,?)+\]?`)
	place = regexp.MustCompile(`"(round|size|slot)":\d+`)
)

// ofItsLot takes out of a lot's keys where the events that bound and announced it stand in the log: a random slot of the round of that
// second, with a proof as long as the log was high.
func ofItsLot(keys string) string {
	return place.ReplaceAllString(list.ReplaceAllString(keys, "‹octets›"), "$1")
}

// compareRounds holds every answer, of the lots that got bids as of the one that did not, to what it was before any bid.
func compareRounds(t *testing.T, n int, none, now map[string][3]answer, all []probe) {
	t.Helper()
	for _, p := range all {
		was, is := none[p.String()], now[p.String()]
		for i := range is {
			if strings.HasSuffix(p.pattern, "/drill") { // sealed anew for every drill
				is[i].Length = was[i].Length
			}
			if is[i] != was[i] {
				t.Errorf("after %d bids, %v of lot %d changed:\n%s", n, p, i, apart(was[i], is[i]))
			}
		}
	}
}

// compareLines: as many lines as before, of the same form. Drills come by the clock (two at fixed times, and once a minute while somebody
// is not ready), so of their lines only the form counts.
func compareLines(t *testing.T, n int, was, is map[string][]string) {
	t.Helper()
	for file := range is {
		before, now := apartFromDrills(was[file]), apartFromDrills(is[file])
		if !slices.Equal(before, now) {
			t.Errorf("after %d bids, %s has other lines:\n%s\n%s", n, file, strings.Join(before, ""), strings.Join(now, ""))
		}
	}
}

var drills = regexp.MustCompile(`"msg":"(release|erased|drill[^"]*)"`)

// apartFromDrills sorts, because keyholders answer side by side, and drops the lines of drills that may be there any number of times.
func apartFromDrills(lines []string) []string {
	return slices.Sorted(func(yield func(string) bool) {
		for _, line := range lines {
			if !drills.MatchString(line) && !yield(line) {
				return
			}
		}
	})
}

// compareStream: nothing but rounds, and each round the same lines. Heartbeats are the stream's own.
func compareStream(t *testing.T, was, is map[string]int) {
	t.Helper()
	for line := range is {
		if _, known := was[line]; !known && !strings.HasPrefix(line, ":") {
			t.Errorf("the live stream said while bids came in: %q", line)
		}
	}
	if is["event: round"] == 0 {
		t.Error("the live stream said nothing")
	}
}

// lastMoves changes the lots' public state after the bids are in; the answers must still be the same.
func (h *hall) lastMoves(t *testing.T) {
	t.Helper()
	for i, answers := range h.round(t, moves()) {
		if answers[0].Status != 200 {
			t.Errorf("%s: %+v", i, answers[0])
		}
	}
	h.round(t, []probe{{method: "GET", pattern: "/lots/{id}"}, {method: "GET", pattern: "/api/v1/lots/{id}"},
		{method: "GET", pattern: "/api/v1/lots/{id}/process", role: string(bidding.Tenderer)}})
}

// trustPage: the product says who can count all the same.
func (h *hall) trustPage(t *testing.T) {
	t.Helper()
	page := h.ask(t, http.MethodGet, "/trust", "", "", "").Body
	for _, word := range []string{"可以数出密文的数量，但看不到内容", "<b>数据库管理员</b>", "<b>对象存储管理员</b>", "招标投标法第二十二条"} {
		if !strings.Contains(page, word) {
			t.Errorf("/trust does not say %q", word)
		}
	}
}

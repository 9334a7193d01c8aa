package attacks_test

import (
	"testing"
	"time"
)

// One running Sunbid, and every attack on it that needs a whole one: the operator with all it has, and bad input through the public
// API. Every attempt on a statement or a part is recorded, and nothing that was accepted changes.
func TestOnARunningPlatform(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	people := s.bids(t)
	a, b, c := people[0], people[1], people[2]
	t.Run("operator", s.operatorOpens)
	year := time.Now().AddDate(1, 0, 0)
	expires := time.Now().Add(20 * time.Second).Truncate(time.Second)
	short, revoked, none := s.person(t, "短期公司", expires), s.person(t, "吊销公司", year), s.person(t, "未递交公司", year)
	if err := s.handedIn(t, short, s.farKeys, s.farFile); err != nil {
		t.Fatal(err)
	}
	if err := s.handedIn(t, revoked, s.farKeys, s.farFile); err != nil {
		t.Fatal(err)
	}
	t.Run("fronts", func(t *testing.T) { s.fronts(t, a, b) })
	t.Run("chunks", func(t *testing.T) { s.chunks(t, none) })
	t.Run("statements", func(t *testing.T) { s.statements(t, a, b) })
	t.Run("requests", func(t *testing.T) { s.requests(t, a) })
	t.Run("withdrawals", func(t *testing.T) { s.withdrawals(t, c, none) })
	t.Run("certificates", func(t *testing.T) { s.certificates(t, short, revoked, expires) })
	t.Run("personal", s.personal)
	t.Run("late", func(t *testing.T) { s.late(t, none, a) })
	t.Run("published", s.publishedPartials)
	t.Run("clock", func(t *testing.T) { s.operatorMovesItsClock(t, b) })
	s.Fsck(t)
}

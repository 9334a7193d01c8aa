package procedure_test

import (
	"sync"
	"testing"

	"sunbid/cmd/sunbid/stack/stacktest"
)

// One stack serves all branches: lots go their ways side by side, then a keyholder misses a postponement, clocks jump, and at last the database is lost.
func TestProcedure(t *testing.T) {
	t.Parallel()
	p := stacktest.New(t, "disk")
	t.Run("lots", func(t *testing.T) {
		var g sync.WaitGroup // not t.Parallel, which lets two go on two cores: these mostly wait for their opening times
		defer g.Wait()
		for name, walk := range map[string]func(*testing.T, *stacktest.Play){
			"fewer than three": fewerThanThree,
			"postponed":        postponed,
			"terminated":       terminated,
			"suspended":        suspended,
			"bidder key":       bidderKey,
			"upload":           upload,
			"later moment":     laterMoment,
		} {
			g.Go(func() { t.Run(name, func(t *testing.T) { walk(t, p) }) })
		}
	})
	t.Run("missed postponement", func(t *testing.T) { missed(t, p) })
	t.Run("clocks", func(t *testing.T) { clocks(t, p) })
	t.Run("restore", func(t *testing.T) { restore(t, p) })
}

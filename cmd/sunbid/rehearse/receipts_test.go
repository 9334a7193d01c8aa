package rehearse_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// bidders hand in at the same time, each once and then replacing its price sheet.
const (
	bidders      = 200
	replacements = 4
)

// BenchmarkReceipts is how fast durable receipts come while 200 bidders hand in at once: real processes, the public API. A receipt
// counts when its signature and its proof, that the event is in the log, have been verified. The bidders run on the same machine and
// take their share of it. Measured are the statements: every bidder's parts are sealed and uploaded before, as a careful bidder does.
// Between rounds of it pgbench, 200 clients too, inserts single rows of a receipt's size into the same PostgreSQL; ratio is receipts to
// such inserts. One run is one figure: go test -bench Receipts -benchtime 1x.
func BenchmarkReceipts(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		c := gather(b)
		b.StartTimer()
		var waits []time.Duration
		var spent time.Duration
		var inserts, ratios []float64
		var cpu [3]time.Duration
		for n := range 1 + replacements {
			if err := c.prepareRound(b.Context(), n); err != nil {
				b.Fatal(errors.Join(err, c.stack.Down()))
			}
			before := c.used(b)
			began := time.Now()
			waits = append(waits, c.handIn(b, n)...)
			took := time.Since(began)
			for i, after := range c.used(b) {
				cpu[i] += after - before[i]
			}
			spent += took
			single, err := pgbench(b.Context(), c.stack.Database, filepath.Join(c.dir, "pgbench"))
			if err != nil {
				b.Fatal(errors.Join(err, c.stack.Down()))
			}
			inserts = append(inserts, single)
			ratios = append(ratios, bidders/took.Seconds()/single)
		}
		slices.Sort(waits)
		slices.Sort(inserts)
		slices.Sort(ratios)
		b.ReportMetric(float64(len(waits))/spent.Seconds(), "receipts/s")
		b.ReportMetric(float64(len(waits)), "receipts")
		b.ReportMetric(share(waits, 50), "p50-ms")
		b.ReportMetric(share(waits, 99), "p99-ms")
		for i, who := range []string{"platform", "postgres", "bidders"} {
			b.ReportMetric(float64(cpu[i].Microseconds())/1000/float64(len(waits)), who+"-cpu-ms")
		}
		b.ReportMetric(inserts[len(inserts)/2], "pgbench-inserts/s")
		b.ReportMetric(ratios[len(ratios)/2], "ratio")
		b.ReportMetric(ratios[0], "ratio-low")
		b.ReportMetric(ratios[len(ratios)-1], "ratio-high")
		if err := c.stack.Down(); err != nil {
			b.Fatal(err)
		}
	}
}

// share is the time within which so many per cent were served, in milliseconds.
func share(sorted []time.Duration, percent int) float64 {
	return float64(sorted[(len(sorted)-1)*percent/100].Microseconds()) / 1000
}

// crowd is a running platform with a lot, and bidders whose bids are sealed.
type crowd struct {
	dir     string
	stack   *stack.Stack
	trust   *pki.Trust
	bidders []*cast.Bidder
}

func gather(b *testing.B) *crowd {
	b.Helper()
	dir := b.TempDir()
	s, err := stack.Up(b.Context(), stack.Options{Dir: dir, Objects: "disk"})
	if err != nil {
		b.Fatal(err)
	}
	c := &crowd{dir: dir, stack: s, bidders: make([]*cast.Bidder, bidders)}
	if err := c.prepare(b.Context(), dir); err != nil {
		b.Fatal(errors.Join(err, s.Down()))
	}
	return c
}

func (c *crowd) prepare(ctx context.Context, dir string) (err error) {
	if c.trust, err = desk.ReadTrust(c.stack.Trust); err != nil {
		return err
	}
	stage := cast.NewStage(c.stack.URL, time.Now)
	var hosts cast.Hosts
	if hosts.Tenderer, err = stage.Join(ctx, "演练建设投资有限公司", cast.Code(9_000_000), "招标人经办", bidding.Tenderer); err != nil {
		return err
	}
	if hosts.Agency, err = stage.Join(ctx, "演练招标代理有限公司", cast.Code(9_000_001), "代理经办", bidding.Agency); err != nil {
		return err
	}
	for i, name := range []string{"演练招标人监标", "演练代理监标", "演练交易中心"} {
		o, err := stage.Join(ctx, name, cast.Code(9_000_010+i), "解锁人", bidding.Officer)
		if err != nil {
			return err
		}
		hosts.Officers = append(hosts.Officers, o)
	}
	lot, err := hosts.Announce(ctx, cast.Plan{Number: "T-1", Title: "回执压力演练", Region: "441900", Lot: "一标段", OpeningAt: time.Now().Add(time.Hour)}, time.Now)
	if err != nil {
		return err
	}
	file, keys, err := lot.Keys(ctx, hosts.Tenderer, c.trust, time.Now)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(16)
	for i := range c.bidders {
		g.Go(func() error {
			name := fmt.Sprintf("演练投标人%03d", i+1)
			person, err := stage.Join(ctx, name, cast.Code(i+1), "投标经办", bidding.Bidder)
			if err != nil {
				return err
			}
			c.bidders[i] = cast.NewBidder(person, filepath.Join(dir, "bidder", fmt.Sprint(i+1)), keys, c.trust, cast.Known(file))
			return c.bidders[i].Seal(ctx, cast.Offer{Price: bidding.Fen(1_000_000 + i), Days: 100, Security: "保函", Body: cast.FillerBody(name)})
		})
	}
	return g.Wait()
}

// used is the processor time so far of the platform, of PostgreSQL, and of this process, which is all bidders.
func (c *crowd) used(b *testing.B) (spent [3]time.Duration) {
	b.Helper()
	for i, pid := range []int{c.stack.Platform.PID(), c.stack.Database.PID(), os.Getpid()} {
		of := stack.CPU
		if i == 2 {
			of = stack.OwnCPU
		}
		var err error
		if spent[i], err = of(pid); err != nil {
			b.Fatal(errors.Join(err, c.stack.Down()))
		}
	}
	return spent
}

// prepareRound seals and uploads what each bidder hands in next: the whole bid first, then another price sheet each time.
func (c *crowd) prepareRound(ctx context.Context, n int) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(16)
	for i, who := range c.bidders {
		g.Go(func() error {
			if n > 0 {
				if err := who.SealReadout(ctx, cast.Offer{Price: bidding.Fen(2_000_000 + i*10 + n), Days: 100, Security: "保函"}); err != nil {
					return err
				}
			}
			return who.Desk.Upload(ctx, nil)
		})
	}
	return g.Wait()
}

// handIn lets every bidder hand in at the same moment. It returns how long each receipt with its proof took.
func (c *crowd) handIn(b *testing.B, n int) []time.Duration {
	b.Helper()
	act := seal.ActionReplace
	if n == 0 {
		act = seal.ActionSubmit
	}
	waits := make([]time.Duration, len(c.bidders))
	g, ctx := errgroup.WithContext(b.Context())
	for i, who := range c.bidders {
		g.Go(func() error {
			began := time.Now()
			if err := c.durable(ctx, who, act); err != nil {
				return fmt.Errorf("%s: %w", who.Name, err)
			}
			waits[i] = time.Since(began)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(errors.Join(err, c.stack.Down()))
	}
	return waits
}

// durable hands in and waits until the receipt carries its proof. The desk verifies both before it returns.
func (c *crowd) durable(ctx context.Context, who *cast.Bidder, act seal.Action) error {
	file, path, err := who.Desk.HandIn(ctx, act, time.Now(), nil)
	for err == nil && file.Proof == nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
			file, err = who.Desk.RefreshReceipt(ctx, path)
		}
	}
	return err
}

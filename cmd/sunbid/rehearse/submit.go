package rehearse

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"sunbid/cmd/sunbid/cast"
	"sunbid/crypto/seal"
)

// atOnce is how many bidders hand in together: each waits up to a second for the log's round.
const atOnce = 96

// seal seals every bid, each with its own keys, in a folder of its own.
func (r *rehearsal) seal(ctx context.Context) error {
	r.say("加密投标文件 / sealing")
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, row := range r.Rows {
		g.Go(func() error {
			b := cast.NewBidder(r.bidders[i].Person, r.folder("bidders", fmt.Sprint(row.Order)), r.checked, r.trust, cast.Known(r.file))
			r.bidders[i] = b
			return b.Seal(ctx, cast.Offer{Price: row.Price, Days: row.Days, Security: row.Security, Body: cast.FillerBody(row.Bidder), Filler: r.Bodies.of(i)})
		})
	}
	err := g.Wait()
	r.report.Seconds.Seal = Rounded(time.Since(began).Seconds())
	return err
}

// submit hands every bid in and keeps the receipts.
func (r *rehearsal) submit(ctx context.Context) error {
	r.say("递交 / submitting")
	began := time.Now()
	ctx, cancel := context.WithDeadlineCause(ctx, r.checked.OpeningAt, ErrOverrun)
	defer cancel()
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, b := range r.bidders {
		g.Go(func() error {
			if _, err := b.HandIn(gctx, seal.ActionSubmit, time.Now()); err != nil {
				return fmt.Errorf("submit for %s: %w", b.Name, err)
			}
			return b.Tidy()
		})
	}
	err := g.Wait()
	r.report.Seconds.Submit = Rounded(time.Since(began).Seconds())
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r.say("已全部递交，用时 %.1f 秒 / all submitted", r.report.Seconds.Submit)
	return err
}

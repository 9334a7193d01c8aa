package rehearse

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack"
)

// officerNames of the embedded default: the tenderer's, the agency's and the host centre's.
var officerNames = [...]string{"永春演练招标人", "永春演练代理", "永春演练交易中心"}

// hostCode is where the codes of those who are no bidders begin.
const hostCode = 9_000_000

// join lets everybody make keys, have them certified, enrol and log in.
func (r *rehearsal) join(ctx context.Context) (err error) {
	r.say("登记 %d 个投标人 / enrolling", len(r.Rows))
	r.stage = cast.NewStage(r.stack.URL, time.Now)
	if r.hosts.Tenderer, err = r.stage.Join(ctx, "永春县演练建设投资有限公司", cast.Code(hostCode), "招标人经办", bidding.Tenderer); err != nil {
		return err
	}
	if r.hosts.Agency, err = r.stage.Join(ctx, "福建演练招标代理有限公司", cast.Code(hostCode+1), "代理经办", bidding.Agency); err != nil {
		return err
	}
	if err := os.WriteFile(r.passphrase(), []byte("rehearsal only"), 0o600); err != nil {
		return err
	}
	for i, name := range officerNames {
		o, err := r.stage.JoinFrom(ctx, desk.Home{Dir: r.officerDir(i)}, []byte("rehearsal only"), name, cast.Code(hostCode+10+i), "解锁人", bidding.Officer)
		if err != nil {
			return err
		}
		r.hosts.Officers = append(r.hosts.Officers, o)
	}
	people := make([]*cast.Person, len(r.Rows))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8 * runtime.GOMAXPROCS(0))
	for i, row := range r.Rows {
		g.Go(func() (err error) {
			people[i], err = r.stage.Join(ctx, row.Bidder, cast.Code(row.Order), "投标经办", bidding.Bidder)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for _, p := range people {
		r.bidders = append(r.bidders, &cast.Bidder{Person: p})
	}
	return nil
}

func (r *rehearsal) officerDir(i int) string { return r.folder(fmt.Sprintf("officer-%d", i+1)) }
func (r *rehearsal) passphrase() string      { return r.folder("officer-passphrase") }

// officers starts the officers' own programs: they wait for the opening time by themselves.
func (r *rehearsal) officers(context.Context) error {
	for i := range officerNames {
		p := stack.NewProcess(fmt.Sprintf("officer-%d", i+1), r.folder("log"), r.stack.Binaries.Sealbid, "officer", "release",
			"--home", r.officerDir(i), "--server", r.stack.URL, "--trust", r.stack.Trust, "--passphrase-file", r.passphrase(), r.lot.Lot.String())
		if err := p.Start(); err != nil {
			return err
		}
		r.stack.Officers = append(r.stack.Officers, p)
	}
	return nil
}

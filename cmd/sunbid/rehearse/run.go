package rehearse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/cmd/sealbid/desk"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack"
	"sunbid/crypto/pki"
)

// rehearsal is one run.
type rehearsal struct {
	Options
	stack   *stack.Stack
	stage   cast.Stage
	trust   *pki.Trust
	hosts   cast.Hosts
	lot     cast.Announced
	file    desk.LotFile
	checked desk.Lot
	bidders []*cast.Bidder // as Rows
	report  Report
}

// Run replays an opening with real processes: it boots the stack, lets everybody join, announces, seals and submits every bid
// through the public API, waits for the opening time by the real clock, compares what is published with the input, and exports
// and verifies the bundle. The stack is stopped at the end; the folder stays.
func Run(ctx context.Context, o Options) (_ Report, err error) {
	if o.Mode == "" {
		o.Mode = law.Keyholders
	}
	if o.Lead == 0 {
		o.Lead = LeadFor(len(o.Rows))
	}
	if o.Speed == (Speed{}) {
		o.Speed = DefaultSpeed()
	}
	if o.Say == nil {
		o.Say = io.Discard
	}
	r := &rehearsal{Options: o, report: Report{Mode: o.Mode, Bids: len(o.Rows), MadeUp: []int{}}}
	for _, row := range o.Rows {
		if row.MadeUp {
			r.report.MadeUp = append(r.report.MadeUp, row.Order)
		}
	}
	if err := checkSpace(o); err != nil {
		return r.report, err
	}
	r.say("启动数据库、对象存储、密钥保管方和平台 / booting")
	if r.stack, err = stack.Up(ctx, stack.Options{Dir: o.Dir, Objects: o.Objects}); err != nil {
		return r.report, err
	}
	defer func() { err = errors.Join(err, r.stack.Down()) }()
	if r.trust, err = desk.ReadTrust(r.stack.Trust); err != nil {
		return r.report, err
	}
	all := r.steps()
	for i, s := range all {
		if err := s.do(ctx); err != nil {
			if ctx.Err() != nil {
				r.stopped(all[i:])
			}
			return r.report, err
		}
	}
	return r.report, r.judge()
}

// step of a rehearsal, with its name for people.
type step struct {
	name string
	do   func(context.Context) error
}

func (r *rehearsal) steps() []step {
	return []step{{"登记 join", r.join}, {"公告 announce", r.announce}, {"解锁人 officers", r.officers}, {"加密 seal", r.seal}, {"递交 submit", r.submit}, {"开标 open", r.open},
		{"签署记录 sign", r.settle}, {"统计 measure", r.measure}, {"导出并核验 export", r.export}}
}

// stopped tells somebody who interrupted a rehearsal what it did not come to, and what is left on the disk.
func (r *rehearsal) stopped(left []step) {
	var names []string
	for _, s := range left {
		names = append(names, s.name)
	}
	r.say("演练被中断，未完成：%s / interrupted; not done", strings.Join(names, "、"))
	r.say("全部进程随即停止；数据和日志保留在 %s，不需要时请自行删除 / its processes stop; the folder stays", r.Dir)
}

// announce publishes the lot; from here the lead runs.
func (r *rehearsal) announce(ctx context.Context) (err error) {
	at := time.Now().Add(r.Lead).Truncate(time.Second).Add(time.Second)
	r.say("公告，开标时间 %s / announced", at.In(bidding.Shanghai()).Format(time.DateTime))
	plan := cast.Plan{
		Number: "YC-REHEARSAL-" + at.UTC().Format("20060102150405"), Title: "水岸体育公园施工", Region: "350525", Lot: "施工一标段",
		Mode: r.Mode, OpeningAt: at,
	}
	if r.Mode == law.BidderKey {
		plan.Window = r.Speed.Window
	}
	if r.lot, err = r.hosts.Announce(ctx, plan, time.Now); err != nil {
		return err
	}
	r.file, r.checked, err = r.lot.Keys(ctx, r.hosts.Tenderer, r.trust, time.Now)
	return err
}

// measure takes the figures of the processes before they end.
func (r *rehearsal) measure(context.Context) (err error) {
	var cpu time.Duration
	for _, pid := range r.stack.PIDs() {
		c, err := stack.CPU(pid)
		if err != nil {
			return err
		}
		cpu += c
	}
	r.report.CPU = Rounded(float64(cpu.Milliseconds()) / float64(len(r.Rows)))
	r.report.PeakMiB, err = stack.PeakMiB(r.stack.Platform.PID())
	return err
}

// judge says whether the rehearsal shows what it should.
func (r *rehearsal) judge() error {
	revoked := 0
	if r.Mode == law.BidderKey {
		for _, row := range r.Rows {
			if !row.Decrypted {
				revoked++
			}
		}
	}
	switch p := r.report; {
	case !p.PricesMatch:
		return ErrDiffers.With("prices")
	case p.Opened != len(r.Rows)-revoked || p.NotOpened != revoked || p.Revoked != revoked:
		return ErrDiffers.With(fmt.Sprintf("opened %d, not opened %d, revoked %d; wanted %d, %d, %d", p.Opened, p.NotOpened, p.Revoked, len(r.Rows)-revoked, revoked, revoked))
	}
	return nil
}

func (r *rehearsal) say(format string, args ...any) {
	fmt.Fprintf(r.Say, "%s "+format+"\n", append([]any{time.Now().In(bidding.Shanghai()).Format("15:04:05.000")}, args...)...)
}

func (r *rehearsal) folder(elem ...string) string {
	return filepath.Join(append([]string{r.Dir}, elem...)...)
}

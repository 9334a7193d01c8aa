package demo

import (
	"context"
	"fmt"
	"os"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sunbid/cast"
	"sunbid/crypto/seal"
)

// arrive brings a person to the stage: who joined before logs in, who did not joins.
func (d *demo) arrive(ctx context.Context, folder string) (*cast.Person, error) {
	if p := d.present[folder]; p != nil {
		return p, nil
	}
	for _, p := range people() {
		if p.folder != folder {
			continue
		}
		home, code := d.home(folder), cast.Code(p.code)
		var who *cast.Person
		var err error
		if org, joined := d.memory.People[folder]; joined {
			who, err = d.stage.Return(ctx, home, []byte(passphrase), p.name, code, org, p.role)
		} else {
			if err := os.RemoveAll(home.Dir); err != nil { // keys of a start that was cut short: nobody knows them yet
				return nil, err
			}
			who, err = d.stage.JoinFrom(ctx, home, []byte(passphrase), p.name, code, p.who, p.role)
		}
		if err != nil {
			return nil, err
		}
		d.present[folder], d.memory.People[folder] = who, who.Org
		return who, d.memory.save()
	}
	return nil, fmt.Errorf("nobody is called %s", folder)
}

// announce makes the plan's tender. A start that was cut short in between leaves a draft behind, which nobody sees.
func (d *demo) announce(ctx context.Context, p plan) (lot, error) {
	var hosts cast.Hosts
	var err error
	if hosts.Tenderer, err = d.arrive(ctx, p.host); err != nil {
		return lot{}, err
	}
	if hosts.Agency, err = d.arrive(ctx, "agency"); err != nil {
		return lot{}, err
	}
	for _, o := range officers() {
		who, err := d.arrive(ctx, o)
		if err != nil {
			return lot{}, err
		}
		hosts.Officers = append(hosts.Officers, who)
	}
	if p.bids > 0 { // the bidders are there before the clock runs
		for _, b := range bidders()[:p.bids] {
			if _, err := d.arrive(ctx, b); err != nil {
				return lot{}, err
			}
		}
	}
	at := openingAt(time.Now(), p.lead)
	announced, err := hosts.Announce(ctx, cast.Plan{
		Number: p.number + "-" + time.Now().In(bidding.Shanghai()).Format("060102150405"), Title: p.title, Region: p.region, Lot: p.lot,
		OpeningAt: at, Ceiling: p.ceiling, Contact: contacts(), Notice: p.text + "\n本公告为演练公告，招标人、投标人和工程均为虚构。",
	}, time.Now)
	if err != nil {
		return lot{}, err
	}
	l := lot{Tender: announced.Tender, Lot: announced.Lot, OpeningAt: at}
	d.memory.Lots[p.key] = l
	return l, d.memory.save()
}

// openingAt is half past nine in the morning for what is days away, else the next whole second.
func openingAt(now time.Time, lead time.Duration) time.Time {
	at := now.Add(lead).In(bidding.Shanghai())
	if lead < 24*time.Hour {
		return at.Truncate(time.Second).Add(time.Second)
	}
	return time.Date(at.Year(), at.Month(), at.Day(), 9, 30, 0, 0, bidding.Shanghai())
}

// handIn seals and hands in the plan's bids, each at its bidder's own desk.
func (d *demo) handIn(ctx context.Context, p plan, l lot) error {
	announced := cast.Announced{Tender: l.Tender, Lot: l.Lot}
	for i, folder := range bidders()[:p.bids] {
		if i < l.Bids {
			continue
		}
		who, err := d.arrive(ctx, folder)
		if err != nil {
			return err
		}
		file, keys, err := announced.Keys(ctx, who, d.trust, time.Now)
		if err != nil {
			return err
		}
		b := cast.NewBidder(who, d.home(folder).Dir, keys, d.trust, cast.Known(file))
		security := []string{"银行保函", "保证保险", "转账"}[i%3]
		if err := b.Seal(ctx, cast.Offer{Price: p.price(i), Days: p.days - 5*i, Security: security, Body: cast.FillerBody(who.Name)}); err != nil {
			return err
		}
		if _, err := b.HandIn(ctx, seal.ActionSubmit, time.Now()); err != nil {
			return err
		}
		l.Bids = i + 1
		d.memory.Lots[p.key] = l
		if err := d.memory.save(); err != nil {
			return err
		}
	}
	return nil
}

package postgres

import (
	"context"
	"fmt"
	"slices"

	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
)

// contacts wants the contact block beside a notice to be the one that its signed record commits to. One that was erased by the owner says so;
// one that is simply gone is a fault.
func (c *fsck) contacts(ctx context.Context, s notice.State) error {
	type stored struct {
		Salt, Block []byte
		Erased      bool
	}
	found := false
	err := each(ctx, c, `SELECT salt, block, erased_at IS NOT NULL FROM notice_contact WHERE notice = $1`, func(x stored) {
		found = true
		switch {
		case s.Record.Contact == nil:
			c.r.fault("notice_contact.notice of %s: it commits to no contact block", s.ID)
		case x.Erased:
			c.r.Erased++
		case contactsOf(s.Record, x.Salt, x.Block) == nil:
			c.r.fault("notice_contact.salt or notice_contact.block of %s is not what the notice commits to", s.ID)
		}
	}, s.ID.String())
	if err == nil && !found && s.Record.Contact != nil {
		c.r.fault("notice_contact.notice of %s: the contact block that it commits to is missing", s.ID)
	}
	return err
}

// causes compares the public findings of cause with the opening's.
func (c *fsck) causes(ctx context.Context, s opening.State) error {
	type stored struct{ Line string }
	var have []string
	err := each(ctx, c, `SELECT bid || ' ' || cause || ' ' || treated_as || ' ' || encode(record, 'hex') FROM opening_cause WHERE lot = $1`,
		func(x stored) { have = append(have, x.Line) }, s.Lot.String())
	want := make([]string, len(s.Causes))
	for i, x := range s.Causes {
		want[i] = fmt.Sprintf("%s %s %s %s", x.Bid, x.Cause, x.As, x.Record)
	}
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		c.r.fault("opening_cause.bid, opening_cause.cause, opening_cause.treated_as or opening_cause.record of %s is wrong", s.Lot)
	}
	return err
}

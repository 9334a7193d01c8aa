package bundletest

import (
	"strings"
	"testing"
	"time"

	"sunbid/crypto/bundle"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
)

// close ends the lot without an opening: as failed after the opening time, or as terminated before it. Every keyholder erases its share.
func (o *Opening) close(t testing.TB, end string) {
	t.Helper()
	c := &o.Contents
	order := custody.ErasureOrder{Type: custody.TypeErasureOrder, Class: o.Class, Tender: o.Tender, Lot: o.Lot, Binding: o.binding}
	request := custody.EraseRequest{}
	signer := o.Tenderer.Signer
	if end == bundle.Failed {
		signer = o.Platform.Signer
		order.Reason = custody.FewerThanThree
		order.Ground, request.Freeze = o.fail(t)
	} else {
		order.Reason = custody.Terminated
		order.Ground = o.notice(t, "termination", "终止招标公告", "")
		request.Certificates = [][]byte{o.Tenderer.Signing.DER()}
	}
	var err error
	c.Order, err = pki.Sign(order, signer)
	must(t, err)
	hash, err := c.Order.Hash()
	must(t, err)
	now := o.Clock.Now()
	if end == bundle.Terminated {
		o.Log.Append(o.Tender, o.Lot, o.Lot, "lot.terminated.v1", now, m{"lot": o.Lot, "at": canon.At(now), "reason": "规划调整", "ground": order.Ground, "order": hash})
	}
	request.Order = c.Order
	for _, k := range o.Keepers {
		e, err := k.Erase(request)
		must(t, err)
		c.Erased = append(c.Erased, e)
	}
	if end == bundle.Terminated {
		o.Log.Append(o.Tender, o.Lot, o.Lot, "lot.keys-erased.v1", now, m{"lot": o.Lot, "order": hash, "holders": holders})
	} else {
		o.Log.Append(o.Tender, o.Lot, "ev"+o.Lot[2:], "opening.erased.v1", now, m{"lot": o.Lot, "order": hash, "holders": holders})
	}
	o.Log.Round()
	c.End, c.MadeAt, c.Checkpoint = end, canon.At(now), o.Log.Checkpoint(now)
	for _, e := range o.Log.Disclose("", c.Checkpoint) {
		if family, _, _ := strings.Cut(e.Envelope.Event, "."); family == "tender" || family == "lot" || family == "notice" {
			c.Events = append(c.Events, e)
		}
	}
	c.Certificates = o.everybody()[1:] // without the issuer of bidders, whom nothing here names
}

// fail freezes the set, whose count the log keeps to itself, and gives the freeze record's hash and what keyholders are shown.
func (o *Opening) fail(t testing.TB) (canon.Hash, *custody.FreezeEvidence) {
	t.Helper()
	o.Clock.Set(o.opening.Add(time.Second))
	now := canon.At(o.Clock.Now())
	statements := []canon.Hash{}
	for _, b := range o.bids {
		h, err := b.statement.Hash()
		must(t, err)
		statements = append(statements, h)
	}
	var err error
	o.Contents.Freeze, err = pki.Sign(custody.Freeze{Type: custody.TypeFreezeBlind, Blind: canon.Sum([]byte(o.Lot)), Class: o.Class, Tender: o.Tender, Lot: o.Lot, Binding: o.binding, OpeningAt: o.opening, FrozenAt: now,
		Count: len(statements), Root: custody.FreezeRoot(statements)}, o.Platform.Signer)
	must(t, err)
	freeze, err := o.Contents.Freeze.Hash()
	must(t, err)
	stream := "ev" + o.Lot[2:]
	o.Log.Append(o.Tender, o.Lot, o.Lot, "lot.sealed.v1", now.Time, m{"lot": o.Lot, "at": now, "freeze": freeze})
	o.Log.Append(o.Tender, o.Lot, stream, custody.EventFrozen, now.Time, m{"lot": o.Lot, "freeze": freeze, "count": len(statements)})
	o.Log.Append(o.Tender, o.Lot, stream, "opening.failed.v1", now.Time, m{"lot": o.Lot, "count": len(statements)})
	o.Log.Append(o.Tender, o.Lot, o.Lot, "lot.failed.v1", now.Time, m{"lot": o.Lot, "at": now, "ground": freeze})
	o.Log.Round()
	evidence := o.request(t, statements, o.Log.Checkpoint(now.Time)).Freeze
	return freeze, &evidence
}

// Hidden are all events of the log that the bundle does not disclose: those of bids and of the opening.
func (o *Opening) Hidden(t testing.TB) []tlog.Disclosed {
	t.Helper()
	var list []tlog.Disclosed
	for _, e := range o.Log.Disclose("", o.Contents.Checkpoint) {
		if family, _, _ := strings.Cut(e.Envelope.Event, "."); family == "bid" || family == "opening" {
			list = append(list, e)
		}
	}
	return list
}

package desk_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/web/api/wire"
	"sunbid/web/client"
)

// counterAway is a platform that restarts: it answers with one of these first, in order.
type counterAway struct {
	counter
	away []error
	keys []wire.Keys
}

func (c *counterAway) next() (err error) {
	if len(c.away) > 0 {
		err, c.away = c.away[0], c.away[1:]
	}
	return err
}

func (c *counterAway) Keys(context.Context, bidding.LotID) (wire.Keys, error) {
	if err := c.next(); err != nil {
		return wire.Keys{}, err
	}
	k := c.keys[0]
	if len(c.keys) > 1 {
		c.keys = c.keys[1:]
	}
	return k, nil
}

func (c *counterAway) Trust(context.Context) (wire.Record, error) { return nil, bidding.ErrMissing }

func (c *counterAway) PostPartials(ctx context.Context, lot bidding.LotID, b pki.Signed[custody.PartialsBatch]) error {
	if err := c.next(); err != nil {
		return err
	}
	return c.counter.PostPartials(ctx, lot, b)
}

func wireKeys(t testing.TB, f desk.LotFile) wire.Keys {
	t.Helper()
	k := wire.Keys{Certificates: f.Certificates}
	var errs [3]error
	k.KeyRecord, errs[0] = f.KeyRecord.Marshal()
	k.OfficerKey, errs[1] = f.OfficerKey.Marshal()
	k.Binding, errs[2] = f.Binding.Marshal()
	must(t, errors.Join(errs[:]...))
	for _, p := range f.Postponements {
		raw, err := p.Marshal()
		must(t, err)
		k.Postponements = append(k.Postponements, raw)
	}
	for _, p := range f.Proofs {
		raw, err := canon.Marshal(p)
		must(t, err)
		k.Proofs = append(k.Proofs, raw)
	}
	return k
}

// An officer's program that is there before the log has the lot's binding, or while the platform restarts, waits.
func TestOfficerWaitsForTheLot(t *testing.T) {
	t.Parallel()
	o := bundletest.New(t, bundletest.Wanted{Bids: 3})
	full := lotFile(o)
	unlogged, forged := full, full
	unlogged.Proofs = nil
	forged.Proofs = slices.Clone(full.Proofs)
	forged.Proofs[0].Salt = slices.Clone(full.Proofs[0].Salt)
	forged.Proofs[0].Salt[0] ^= 1
	lot, err := full.Check(o.Trust(t))
	must(t, err)
	early := func() time.Time { return lot.OpeningAt.Add(-time.Hour) }
	internal := bidding.Refuse("internal", bidding.Unready, "", "", "")

	away := &counterAway{away: []error{client.ErrConnection, bidding.ErrMissing, internal}, keys: []wire.Keys{wireKeys(t, unlogged), wireKeys(t, full)}}
	told := 0
	_, got, err := desk.AwaitLot(t.Context(), away, lot.ID, o.Trust(t), early, time.Millisecond, func(error) { told++ })
	if err != nil || got.ID != lot.ID || told != 4 {
		t.Errorf("waited %d times: %v", told, err)
	}
	for name, c := range map[string]struct {
		keys desk.LotFile
		now  time.Time
	}{
		"a proof that does not verify is no matter of waiting": {forged, early()},
		"nothing is logged long after the opening time":        {unlogged, lot.OpeningAt.Add(desk.AwaitMargin)},
	} {
		calls := &counterAway{keys: []wire.Keys{wireKeys(t, c.keys)}}
		_, _, err := desk.AwaitLot(t.Context(), calls, lot.ID, o.Trust(t), func() time.Time { return c.now }, time.Hour, nil)
		var r *bidding.Refusal
		if !errors.As(err, &r) || r.Code != "desk-lot-log" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A batch that meets a restarting platform is handed in again.
func TestOfficerOutlivesThePlatform(t *testing.T) {
	t.Parallel()
	o := bundletest.New(t, bundletest.Wanted{Bids: 4})
	file := lotFile(o)
	lot, err := file.Check(o.Trust(t))
	must(t, err)
	c := &counterAway{counter: counter{request: o.Request(t)}, away: []error{client.ErrConnection, bidding.Refuse("internal", bidding.Unready, "", "", "")}}
	officer := desk.Officer{Platform: c, Who: identity(o.Officers[0]), Trust: o.Trust(t), File: file, State: desk.Folder{Dir: t.TempDir()}, Clock: o.Clock.Now, Poll: time.Millisecond}
	released := 0
	must(t, officer.Release(t.Context(), lot, []seal.Kind{seal.KindReadout}, func(d desk.Done) { released += d.Parts }))
	if released != 4 || len(c.batches) != 2 {
		t.Errorf("%d parts in %d batches", released, len(c.batches))
	}
}

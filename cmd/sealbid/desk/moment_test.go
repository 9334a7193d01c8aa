package desk_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/gazette"
	"sunbid/bidding/opening"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/web/api/wire"
)

// office is a platform that takes releases of later moments.
type office struct {
	record   wire.Record
	released []gazette.Moment
	taken    []pki.Signed[custody.MomentRelease]
}

func (o *office) OpeningRecord(context.Context, bidding.LotID) (wire.Record, error) {
	if o.record == nil {
		return nil, bidding.ErrMissing
	}
	return o.record, nil
}

func (o *office) OpeningStatus(context.Context, bidding.LotID) (gazette.OpeningPage, error) {
	return gazette.OpeningPage{Moments: o.released}, nil
}

func (o *office) ReleaseMoment(_ context.Context, _ bidding.LotID, r pki.Signed[custody.MomentRelease]) error {
	o.taken = append(o.taken, r)
	return nil
}

// double is a lot of two moments (双信封) whose opening is published, and its officers.
type double struct {
	*bundletest.Opening
	office *office
	path   string
}

func newDouble(t *testing.T) *double {
	t.Helper()
	o := bundletest.New(t, bundletest.Wanted{Bids: 3, Later: true})
	record, err := o.Contents.Record.Marshal()
	must(t, err)
	return &double{o, &office{record: record}, filepath.Join(t.TempDir(), "release.json")}
}

// by is the desk of one party.
func (d *double) by(t *testing.T, p bundletest.Party) desk.Release {
	t.Helper()
	file := lotFile(d.Opening)
	lot, err := file.Check(d.Trust(t))
	must(t, err)
	known, err := file.Known()
	must(t, err)
	return desk.Release{Platform: d.office, Who: identity(p), Trust: d.Trust(t), Lot: lot, Known: known, Clock: d.Clock.Now}
}

func (d *double) sign(t *testing.T, p bundletest.Party, moment string, after canon.Hash) (desk.Signed, error) {
	t.Helper()
	return d.by(t, p).Sign(t.Context(), d.path, moment, after)
}

func TestOfficersReleaseALaterMoment(t *testing.T) {
	t.Parallel()
	d := newDouble(t)
	first, err := d.sign(t, d.Officers[0], "price", canon.Hash{})
	must(t, err)
	want, err := d.Contents.Record.Hash()
	must(t, err)
	if first.Missing != 1 || first.Record.Body.After != want {
		t.Errorf("first officer: %d missing, rests on %v, want the opening record %v", first.Missing, first.Record.Body.After, want)
	}
	if _, err := d.sign(t, d.Officers[0], "price", canon.Hash{}); !errors.Is(err, desk.ErrMomentSignatures) {
		t.Errorf("alone, a second time: %v", err)
	}
	second, err := d.sign(t, d.Officers[2], "price", canon.Hash{})
	must(t, err)
	if second.Missing != 0 {
		t.Fatalf("second officer: %d missing", second.Missing)
	}
	must(t, custody.VerifyMomentRelease(second.Record, d.Contents.OfficerKey.Body, d.by(t, d.Officers[0]).Known))
	must(t, d.by(t, d.Officers[2]).Send(t.Context(), second.Record))
	if len(d.office.taken) != 1 {
		t.Error("not handed in")
	}
	// The answer was lost: either of them may run the command again, and the same record goes out.
	again, err := d.sign(t, d.Officers[0], "price", canon.Hash{})
	if err != nil || again.Missing != 0 || len(again.Record.Signatures) != 2 {
		t.Errorf("again: %+v %v", again, err)
	}
	d.office.released = []gazette.Moment{{Moment: "price"}}
	if _, err := d.sign(t, d.Officers[1], "price", canon.Hash{}); !errors.Is(err, opening.ErrMomentReleased) {
		t.Errorf("released already: %v", err)
	}
}

func TestReleaseOfALaterMomentRefuses(t *testing.T) {
	t.Parallel()
	technical := canon.Sum([]byte("technical result"))
	for _, c := range []struct {
		name, moment string
		by           func(d *double) bundletest.Party
		before       func(t *testing.T, d *double)
		after        canon.Hash
		want         error
	}{
		{"not an officer", "price", func(d *double) bundletest.Party { return d.Tenderer }, nil, canon.Hash{}, opening.ErrOfficer},
		{"no such moment", "identity", nil, nil, canon.Hash{}, desk.ErrMomentUnknown},
		{"the opening itself", "opening", nil, nil, canon.Hash{}, desk.ErrMomentUnknown},
		{"before the opening time by the officer's clock", "price", nil, func(_ *testing.T, d *double) { d.Clock.Set(d.OpeningAt().Add(-time.Second)) }, canon.Hash{}, desk.ErrMomentEarly},
		{"before the publication", "price", nil, func(_ *testing.T, d *double) { d.office.record = nil }, canon.Hash{}, desk.ErrMomentEarly},
		{"an opening record of somebody else's", "price", nil, func(t *testing.T, d *double) {
			d.office.record = save(t, d.Contents.Record.Body, d.Tenderer)
		}, canon.Hash{}, desk.ErrMomentEarly},
		{"an opening record of another lot", "price", nil, func(t *testing.T, d *double) {
			body := d.Contents.Record.Body
			body.Lot = bundletest.NewID("lt")
			d.office.record = save(t, body, d.Platform)
		}, canon.Hash{}, desk.ErrMomentOther},
		{"a file of another lot", "price", nil, func(t *testing.T, d *double) {
			body := d.Release(t, d.Officers[1]).Body
			body.Lot = bundletest.NewID("lt")
			must(t, desk.WriteFile(d.path, save(t, body, d.Officers[1])))
		}, canon.Hash{}, desk.ErrMomentOther},
		{"a file that rests on another record", "price", nil, func(t *testing.T, d *double) {
			must(t, desk.WriteFile(d.path, save(t, d.Release(t, d.Officers[1]).Body, d.Officers[1])))
		}, technical, desk.ErrMomentOther},
		{"a file that a stranger signed", "price", nil, func(t *testing.T, d *double) {
			must(t, desk.WriteFile(d.path, save(t, d.Release(t, d.Officers[1]).Body, d.Officers[1], d.Tenderer)))
		}, canon.Hash{}, desk.ErrMomentFile},
		{"a file with a false signature", "price", nil, func(t *testing.T, d *double) {
			r := d.Release(t, d.Officers[1])
			r.Signatures[0].Sig[5] ^= 1
			must(t, desk.SaveJSON(d.path, r))
		}, canon.Hash{}, desk.ErrMomentFile},
		{"no record at all", "price", nil, func(t *testing.T, d *double) { must(t, desk.WriteFile(d.path, []byte("{}"))) }, canon.Hash{}, desk.ErrMomentFile},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDouble(t)
			by := d.Officers[0]
			if c.by != nil {
				by = c.by(d)
			}
			if c.before != nil {
				c.before(t, d)
			}
			kept, _ := desk.ReadFile(d.path, 1<<20)
			if _, err := d.sign(t, by, c.moment, c.after); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if now, _ := desk.ReadFile(d.path, 1<<20); string(now) != string(kept) {
				t.Error("the file changed in spite of the refusal")
			}
		})
	}
}

func save[T any](t *testing.T, body T, by ...bundletest.Party) []byte {
	t.Helper()
	signers := make([]pki.Signer, len(by))
	for i, p := range by {
		signers[i] = p.Signer
	}
	signed, err := pki.Sign(body, signers...)
	must(t, err)
	raw, err := signed.Marshal()
	must(t, err)
	return raw
}

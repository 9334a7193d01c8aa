package attacks_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/tdh2"
	"sunbid/crypto/tlog"
)

// keysOf is what a platform hands out for a lot.
func keysOf(o *bundletest.Opening) desk.LotFile {
	f := desk.LotFile{Type: desk.TypeLotFile, FetchedAt: canon.At(o.OpeningAt().Add(-time.Hour)), KeyRecord: o.Contents.KeyRecord, OfficerKey: o.Contents.OfficerKey,
		Binding: o.Contents.Binding, Postponements: []pki.Signed[custody.Postponement]{}, Proofs: []tlog.Disclosed{}}
	for _, c := range o.Contents.Certificates {
		f.Certificates = append(f.Certificates, c.DER())
	}
	for _, e := range o.Contents.Events {
		if e.Envelope.Event == "lot.drafted.v1" || e.Envelope.Event == "lot.key-bound.v1" {
			f.Proofs = append(f.Proofs, e)
		}
	}
	return f
}

// A server that hands out another public key needs every one of the n keyholders, or a log of its own: the bidder's client seals to
// nothing else.
func TestSwappedPublicKey(t *testing.T) {
	t.Parallel()
	o := bundletest.New(t, bundletest.Wanted{Bids: 1})
	other := bundletest.New(t, bundletest.Wanted{Bids: 1}) // a whole false platform, with keyholders, officers and log of its own
	trust := o.Trust(t)
	if _, err := keysOf(o).Check(trust); err != nil {
		t.Fatal(err)
	}
	own, err := tdh2.NewPolynomial(rand.Reader, 1) // the server knows the secret of this key
	if err != nil {
		t.Fatal(err)
	}
	mine := own.Commitments()[0]
	for name, c := range map[string]struct {
		swap func(f *desk.LotFile)
		want *bidding.Refusal
	}{
		"another point in the key record": {func(f *desk.LotFile) { f.KeyRecord.Body.PublicKey = mine }, desk.ErrLotKeys},
		"another point and commitments": {func(f *desk.LotFile) {
			f.KeyRecord.Body.PublicKey = mine
			f.KeyRecord.Body.Commitments = append([]tdh2.Point{mine}, f.KeyRecord.Body.Commitments[1:]...)
		}, desk.ErrLotKeys},
		"n−1 signatures on the key record": {func(f *desk.LotFile) { f.KeyRecord.Signatures = f.KeyRecord.Signatures[1:] }, desk.ErrLotKeys},
		"no signature on the key record":   {func(f *desk.LotFile) { f.KeyRecord.Signatures = nil }, desk.ErrLotKeys},
		"n−1 signatures on the binding":    {func(f *desk.LotFile) { f.Binding.Signatures = f.Binding.Signatures[1:] }, desk.ErrLotBinding},
		"another opening time":             {func(f *desk.LotFile) { f.Binding.Body.OpeningAt = canon.At(f.Binding.Body.OpeningAt.Add(-time.Hour)) }, desk.ErrLotBinding},
		"a key of other keyholders":        {func(f *desk.LotFile) { f.KeyRecord = other.Contents.KeyRecord }, desk.ErrLotHolders},
		"a true key of another lot":        {func(f *desk.LotFile) { f.OfficerKey = other.Contents.OfficerKey }, desk.ErrLotOfficers},
		"another point for the officers":   {func(f *desk.LotFile) { f.OfficerKey.Body.PublicKey = mine }, desk.ErrLotOfficers},
		"a whole false platform":           {func(f *desk.LotFile) { *f = keysOf(other) }, desk.ErrLotHolders},
		"not in the log":                   {func(f *desk.LotFile) { f.Proofs = nil }, desk.ErrLotLog},
		"in another log":                   {func(f *desk.LotFile) { f.Proofs = keysOf(other).Proofs }, desk.ErrLotLog},
		"a proof whose event was changed": {func(f *desk.LotFile) {
			for i := range f.Proofs {
				f.Proofs[i].Salt = append([]byte{1}, f.Proofs[i].Salt[1:]...)
			}
		}, desk.ErrLotLog},
		"a checkpoint nobody signed": {func(f *desk.LotFile) {
			for i := range f.Proofs {
				f.Proofs[i].Proof.Checkpoint.Signatures = nil
			}
		}, desk.ErrLotLog},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := keysOf(o)
			f.Certificates = append(f.Certificates, keysOf(other).Certificates...) // the server sends whatever helps it
			c.swap(&f)
			if _, err := f.Check(trust); !errors.Is(err, c.want) {
				t.Errorf("%v, want %s", err, c.want.Code)
			}
		})
	}
}

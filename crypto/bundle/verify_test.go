package bundle_test

import (
	"os"
	"path/filepath"
	"testing"

	"sunbid/crypto/bundle"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/custody"
)

func TestBundleHolds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		want bundletest.Wanted
	}{
		{"mode A", bundletest.Wanted{Bids: 5}},
		{"mode A postponed", bundletest.Wanted{Bids: 3, Postponed: true}},
		{"a bidder sealed no read-out", bundletest.Wanted{Bids: 4, Garbled: true}},
		{"a later moment released", bundletest.Wanted{Bids: 3, Released: true}},
		{"mode B, two without key", bundletest.Wanted{Bids: 5, Mode: custody.ModeBidderKey, Unreleased: 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := bundletest.New(t, c.want)
			dir := write(t, o)
			for _, trusted := range []bool{false, true} {
				trust := o.Trust(t)
				if !trusted {
					trust = nil
				}
				r := bundle.Verify(os.DirFS(dir), trust)
				if !r.OK() || r.Trusted() != trusted || r.Bids != c.want.Bids {
					t.Errorf("trusted %v: %+v", trusted, r)
				}
				if len(r.Keys.Platform) != 1 || len(r.Keys.Log) != 1 || len(r.Keys.Keyholders) != 3 || len(r.Keys.Dealer) != 1 {
					t.Errorf("fingerprints: %+v", r.Keys)
				}
			}
		})
	}
}

func write(t testing.TB, o *bundletest.Opening) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "bundle")
	if err := bundle.Write(dir, o.Contents, o.Platform.Signer); err != nil {
		t.Fatal(err)
	}
	return dir
}

package bundle_test

import (
	"os"
	"path/filepath"
	"testing"

	"sunbid/crypto/bundle"
	"sunbid/crypto/bundle/bundletest"
)

// BenchmarkVerify verifies the bundle of an opening with 1,528 bids.
func BenchmarkVerify(b *testing.B) {
	o := bundletest.New(b, bundletest.Wanted{Bids: 1528})
	dir := filepath.Join(b.TempDir(), "bundle")
	if err := bundle.Write(dir, o.Contents, o.Platform.Signer); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if r := bundle.Verify(os.DirFS(dir), o.Trust(b)); !r.OK() {
			b.Fatalf("%+v", r.Checks)
		}
	}
}

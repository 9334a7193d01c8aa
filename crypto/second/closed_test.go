package second_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sunbid/crypto/bundle"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// closedLots are lots that were never opened, by name.
func closedLots() map[string]bundletest.Wanted {
	return map[string]bundletest.Wanted{
		"failed":                 {Bids: 2, End: bundle.Failed},
		"failed without bids":    {End: bundle.Failed},
		"terminated":             {Bids: 3, End: bundle.Terminated},
		"terminated, once moved": {Bids: 1, End: bundle.Terminated, Postponed: true},
	}
}

// TestClosedBundle has the bundle of a lot that was never opened read by both implementations: they count the same.
func TestClosedBundle(t *testing.T) {
	t.Parallel()
	for name, want := range closedLots() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := bundletest.New(t, want)
			dir, trust := write(t, o)
			second := alter(t, dir, trust, make([]map[string][]byte, 1))[0]
			both(t, "as published", bundle.Verify(os.DirFS(dir), o.Trust(t)), second)
			if i := slices.IndexFunc(second, func(r result) bool { return r.Status != "ok" }); i >= 0 {
				t.Errorf("the second implementation says %+v", second[i])
			}
			if want.End == bundle.Failed && want.Bids == 0 {
				mistrusted(t, o, dir)
			}
			both(t, "without trust", bundle.Verify(os.DirFS(dir), nil), untrusted(t, dir))
		})
	}
}

// mistrusted leaves parties out of the trust list, each in turn.
func mistrusted(t *testing.T, o *bundletest.Opening, dir string) {
	t.Helper()
	for name, leave := range map[string]func(*pki.Trust){
		"the platform":   func(l *pki.Trust) { l.Platform = nil },
		"the log":        func(l *pki.Trust) { l.Log = nil },
		"the keyholders": func(l *pki.Trust) { l.Keyholders = nil },
		"one keyholder":  func(l *pki.Trust) { l.Keyholders = l.Keyholders[1:] },
	} {
		list := o.Trust(t)
		leave(list)
		raw, err := list.Marshal()
		check(t, err)
		path := filepath.Join(t.TempDir(), "trust.json")
		check(t, os.WriteFile(path, raw, 0o600))
		both(t, name+" left out", bundle.Verify(os.DirFS(dir), list), alter(t, dir, path, make([]map[string][]byte, 1))[0])
	}
}

// TestNothingOfAClosedBundleChangesUnseen is TestNothingChangesUnseen for lots that were never opened.
func TestNothingOfAClosedBundleChangesUnseen(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"failed", "terminated, once moved"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := bundletest.New(t, closedLots()[name])
			dir, trust := write(t, o)
			changes := changesOf(t, o, load(t, dir))
			changes = append(changes, forgedEnds(t, o, load(t, dir))...)
			compare(t, o, dir, trust, changes)
		})
	}
}

// forgedEnds are lies about the end, each signed by whoever could tell it.
func forgedEnds(t *testing.T, o *bundletest.Opening, files map[string][]byte) []change {
	t.Helper()
	var out []change
	add := func(name, path string, data []byte) {
		out = append(out, change{name, resigned(t, o.Platform.Signer, files, map[string][]byte{path: data})})
	}
	order := func(name string, by pki.Signer, edit func(*custody.ErasureOrder)) {
		body := o.Contents.Order.Body
		edit(&body)
		add("an order "+name, "erasure-order.json", signedBy(t, body, by))
	}
	right, wrong := o.Platform.Signer, o.Tenderer.Signer
	if o.Contents.End == bundle.Terminated {
		right, wrong = wrong, right
	}
	order("by the wrong hand", wrong, func(*custody.ErasureOrder) {})
	order("of the other class", right, func(b *custody.ErasureOrder) { b.Class = custody.Production })
	order("of another tender", right, func(b *custody.ErasureOrder) { b.Tender = bundletest.NewID("td") })
	order("of another lot", right, func(b *custody.ErasureOrder) { b.Lot = bundletest.NewID("lt") })
	order("of another binding", right, func(b *custody.ErasureOrder) { b.Binding = canon.Hash{1} })
	order("on another ground", right, func(b *custody.ErasureOrder) { b.Ground = canon.Hash{1} })
	order("to archive", right, func(b *custody.ErasureOrder) { b.Reason = custody.Archived })
	order("for the other end", right, func(b *custody.ErasureOrder) {
		b.Reason = map[string]string{custody.FewerThanThree: custody.Terminated, custody.Terminated: custody.FewerThanThree}[b.Reason]
	})
	order("of no lot", right, func(b *custody.ErasureOrder) { b.Lot = "lt" })
	both := o.Contents.Order
	both.Signatures = append(slices.Clone(both.Signatures), parsed[custody.ErasureOrder](t, signedBy(t, both.Body, wrong)).Signatures...)
	slices.SortFunc(both.Signatures, func(a, b pki.Signature) int { return bytes.Compare(a.Signer[:], b.Signer[:]) })
	raw, err := both.Marshal()
	check(t, err)
	add("an order with a hand too many", "erasure-order.json", raw)
	order("by an officer", o.Officers[0].Signer, func(*custody.ErasureOrder) {})
	order("by a keyholder", o.KeeperParties[0].Signer, func(*custody.ErasureOrder) {})
	order("by the log", o.LogParty.Signer, func(*custody.ErasureOrder) {})
	order("for no reason", right, func(b *custody.ErasureOrder) { b.Reason = "tidy" })
	erased := func(name string, by pki.Signer, edit func(*custody.Erased)) {
		body := o.Contents.Erased[1].Body
		edit(&body)
		add("an erasure "+name, "erased-2.json", signedBy(t, body, by))
	}
	own := o.KeeperParties[1].Signer
	erased("of the other class", own, func(b *custody.Erased) { b.Class = custody.Production })
	erased("of another lot", own, func(b *custody.Erased) { b.Lot = bundletest.NewID("lt") })
	erased("of another key", own, func(b *custody.Erased) { b.Key = bundletest.NewID("ky") })
	erased("of no key", own, func(b *custody.Erased) { b.Key = "key" })
	erased("of another index", own, func(b *custody.Erased) { b.Index = 3 })
	erased("of an index too high", own, func(b *custody.Erased) { b.Index = 65 })
	erased("of an index far too high", own, func(b *custody.Erased) { b.Index = 256 })
	erased("of no index", own, func(b *custody.Erased) { b.Index = 0 })
	if o.Contents.End == bundle.Failed { // a terminated lot's shares are gone whenever they are
		erased("before the opening", own, func(b *custody.Erased) {
			b.ErasedAt = canon.At(o.Contents.Binding.Body.OpeningAt.Add(-time.Millisecond))
		})
	}
	erased("by another keyholder", o.KeeperParties[2].Signer, func(*custody.Erased) {})
	erased("that the platform signs", o.Platform.Signer, func(*custody.Erased) {})
	add("an erasure said twice", "erased-2.json", files["erased-1.json"])
	add("a fourth erasure", "erased-4.json", files["erased-1.json"])
	add("a file of an opening", "freeze.json", files["binding.json"])
	for name, end := range map[string]string{"the other end": map[string]string{bundle.Failed: bundle.Terminated, bundle.Terminated: bundle.Failed}[o.Contents.End], "no end": "", "an unknown end": "lost"} {
		for _, kind := range []string{bundle.TypeClosed, bundle.TypeManifest} {
			manifest, err := pki.ParseSigned[bundle.Manifest](files["manifest.json"])
			check(t, err)
			manifest.Body.Type, manifest.Body.End = kind, end
			out = append(out, change{name + " in a " + kind, map[string][]byte{"manifest.json": signedBy(t, manifest.Body, o.Platform.Signer)}})
		}
	}
	return out
}

func parsed[T any](t *testing.T, raw []byte) pki.Signed[T] {
	t.Helper()
	s, err := pki.ParseSigned[T](raw)
	check(t, err)
	return s
}

func signedBy[T any](t *testing.T, body T, by pki.Signer) []byte {
	t.Helper()
	signed, err := pki.Sign(body, by)
	check(t, err)
	raw, err := signed.Marshal()
	check(t, err)
	return raw
}

// compare asks both about every change.
func compare(t *testing.T, o *bundletest.Opening, dir, trust string, changes []change) {
	t.Helper()
	files := load(t, dir)
	asked := make([]map[string][]byte, len(changes))
	for i, c := range changes {
		asked[i] = maps.Clone(c.files)
	}
	list := o.Trust(t)
	for i, second := range alter(t, dir, trust, asked) {
		alike(t, changes[i].name, bundle.Verify(altered(files, changes[i].files), list), second)
	}
	t.Logf("%d files, %d changes", len(files), len(changes))
}

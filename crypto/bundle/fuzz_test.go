package bundle_test

import (
	"bytes"
	"errors"
	"maps"
	"runtime"
	"slices"
	"testing"

	"sunbid/crypto/bundle"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/canon"
	"sunbid/crypto/canon/canontest"
	"sunbid/crypto/custody"
)

// FuzzBundle changes one file of a bundle in one place, signing the manifest again with the platform's key or not: unless nothing was
// changed, a check breaks, names what broke and has a code. The whole takes little more memory than the bundle as it was.
func FuzzBundle(f *testing.F) {
	o := bundletest.New(f, bundletest.Wanted{Bids: 3, Mode: custody.ModeBidderKey, Unreleased: 1, Postponed: true})
	files, trust := load(f, write(f, o)), o.Trust(f)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if r := bundle.Verify(fsOf(files), trust); !r.OK() {
		f.Fatal(r.Checks)
	}
	runtime.ReadMemStats(&after)
	usual := after.TotalAlloc - before.TotalAlloc
	paths := slices.Sorted(maps.Keys(files))
	for i := range paths {
		f.Add(byte(i), uint32(0), uint32(0), []byte(""), true)
		f.Add(byte(i), uint32(20), uint32(1), []byte("x"), true)
		f.Add(byte(i), uint32(0), uint32(1<<31), []byte("{}"), true)
	}
	f.Add(byte(0), uint32(9), uint32(4), []byte(`null`), false)
	f.Fuzz(func(t *testing.T, file byte, at, cut uint32, put []byte, signed bool) {
		path := paths[int(file)%len(paths)]
		changed := maps.Clone(files)
		changed[path] = canontest.Splice(files[path], at, cut, put)
		if signed && path != "manifest.json" {
			resign(t, o.Platform.Signer, changed)
		} else if signed && !signManifest(o.Platform.Signer, changed) {
			return
		}
		var r bundle.Report
		canontest.Within(t, 2*usual+1<<20+canontest.PerByte*uint64(len(put)), put, func() { r = bundle.Verify(fsOf(changed), trust) })
		if r.OK() {
			if !bytes.Equal(changed[path], files[path]) && (path != "manifest.json" || !signed) {
				t.Fatalf("%s: %d octets from %d on changed into %q, and it holds", path, cut, at, put)
			}
			return
		}
		for _, c := range r.Checks {
			var b *bundle.Broken
			if c.Err != nil && (!errors.As(c.Err, &b) || b.Item == "" || b.Code() == "") {
				t.Fatalf("%s: %s does not name what broke: %v", path, c.Name, c.Err)
			}
		}
	})
}

// FuzzReceiptFile changes a saved receipt in one place: a check breaks and has a code, unless what it says is as it was. What may go is
// what a receipt may do without; what may come is a certificate that nothing names.
func FuzzReceiptFile(f *testing.F) {
	o := bundletest.New(f, bundletest.Wanted{Bids: 2})
	good, trust := receipt(f, o), trustOf(f, o)
	data, err := canon.Marshal(good)
	if err != nil {
		f.Fatal(err)
	}
	want, err := good.Receipt.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	for at := 0; at < len(data); at += 97 {
		f.Add(uint32(at), uint32(1), []byte("0"))
	}
	f.Add(uint32(0), uint32(0), []byte(""))
	f.Add(uint32(0), uint32(1<<31), []byte("{}"))
	f.Fuzz(func(t *testing.T, at, cut uint32, put []byte) {
		changed := canontest.Splice(data, at, cut, put)
		var r bundle.Report
		canontest.Within(t, 1<<20+canontest.PerByte*uint64(len(changed)), changed, func() { r = bundle.VerifyReceipt(changed, trust) })
		if !r.OK() {
			for _, c := range r.Checks {
				var b *bundle.Broken
				if c.Err != nil && (!errors.As(c.Err, &b) || b.Item == "" || b.Code() == "") {
					t.Fatalf("%s does not name what broke: %v", c.Name, c.Err)
				}
			}
			return
		}
		var file bundle.ReceiptFile
		if err := canon.Unmarshal(changed, &file); err != nil {
			t.Fatal(err)
		}
		if got, err := file.Receipt.Marshal(); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d octets from %d on changed into %q, and it holds: %v", cut, at, put, err)
		}
	})
}

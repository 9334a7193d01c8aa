package desk_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/canon"
	"sunbid/crypto/canon/canontest"
	"sunbid/crypto/pki"
)

// FuzzLotFile changes a lot file in one place: it is refused with a code, or the checked lot is the one it was, and the file has one
// encoding. A bidder takes its keys from it.
func FuzzLotFile(f *testing.F) {
	o := bundletest.New(f, bundletest.Wanted{Bids: 1, Postponed: true})
	trust, good := o.Trust(f), lotFile(o)
	data, err := canon.Marshal(good)
	must(f, err)
	want, err := good.Check(trust)
	must(f, err)
	asWas, err := json.Marshal(want)
	must(f, err)
	for at := 0; at < len(data); at += 199 {
		f.Add(uint32(at), uint32(1), []byte("0"))
	}
	f.Add(uint32(0), uint32(0), []byte(""))
	f.Add(uint32(0), uint32(1<<31), []byte(`{"type":"sunbid/lot-file/v1"}`))
	path := filepath.Join(f.TempDir(), "lot.json")
	f.Fuzz(func(t *testing.T, at, cut uint32, put []byte) {
		changed := canontest.Splice(data, at, cut, put)
		must(t, os.WriteFile(path, changed, 0o600))
		var file desk.LotFile
		var err error
		canontest.Bounded(t, changed, func() { file, err = desk.ReadLotFile(path) })
		if err != nil {
			canontest.Refused(t, put, err)
			return
		}
		again, err := canon.Marshal(file)
		if err != nil || !bytes.Equal(again, changed) {
			t.Fatalf("%d octets from %d on changed into %q: written otherwise: %v", cut, at, put, err)
		}
		lot, err := file.Check(trust)
		if err != nil {
			canontest.Refused(t, put, err)
			return
		}
		if now, err := json.Marshal(lot); err != nil || !bytes.Equal(now, asWas) {
			t.Fatalf("%d octets from %d on changed into %q: %s: %v", cut, at, put, now, err)
		}
	})
}

// FuzzHome: the other files of a bidder's folder, and those it is given, are refused with a code or have one encoding.
func FuzzHome(f *testing.F) {
	trust, err := os.ReadFile("../../../testdata/vectors/bundle-trust.json")
	must(f, err)
	paths, err := filepath.Glob("../../../testdata/vectors/bundle/certificates/*.der")
	must(f, err)
	der, err := os.ReadFile(paths[0])
	must(f, err)
	lot := bidding.LotID{}
	state, err := canon.Marshal(desk.Bid{Type: desk.TypeBid, ID: bidding.NewBidID(), Parts: []desk.SealedPart{}, Submitted: []desk.SealedPart{}, Receipts: []string{"a.json"}})
	must(f, err)
	for _, seed := range [][]byte{trust, der, state, []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), []byte(`{"body":{},"signatures":[]}`)} {
		f.Add(seed)
	}
	home := desk.Home{Dir: f.TempDir()}
	path := filepath.Join(f.TempDir(), "file")
	must(f, os.MkdirAll(filepath.Dir(home.Bid(lot)), 0o700))
	f.Fuzz(func(t *testing.T, data []byte) {
		canontest.Bounded(t, data, func() {
			if _, err := desk.ParseTrust(data); err != nil {
				canontest.Refused(t, data, err)
			}
		})
		must(t, os.WriteFile(path, data, 0o600))
		var c *pki.Certificate
		var err error
		canontest.Bounded(t, data, func() { c, err = desk.ReadCertificate(path) })
		if err != nil {
			canontest.Refused(t, data, err)
		} else if c.DER() == nil {
			t.Fatal("no certificate")
		}
		must(t, os.WriteFile(home.Bid(lot), data, 0o600))
		var b *desk.Bid
		canontest.Bounded(t, data, func() { b, err = desk.ReadBid(home, lot) })
		if err != nil {
			canontest.Refused(t, data, err)
		} else if again, err := canon.Marshal(b); err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%q is read, and written as %q: %v", data, again, err)
		}
	})
}

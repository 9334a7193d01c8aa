package bundletest

import (
	"bytes"
	"crypto/rand"
	"testing"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
)

// Content opens any part sealed for the lot with the shares themselves, past every rule: only a test can, because only here all
// holders' shares are in one place. kB is the bidder's third key in mode B.
func (o *Opening) Content(t testing.TB, file []byte, kB *[32]byte) []byte {
	t.Helper()
	r := bytes.NewReader(file)
	front, err := seal.ReadFront(r)
	must(t, err)
	label := front.Header.Label()
	itemT, err := front.Header.T.Item(label)
	must(t, err)
	itemC, err := front.Header.C.Item(label)
	must(t, err)
	dT, dC := map[int]tdh2.Point{}, map[int]tdh2.Point{}
	for i := range threshold {
		raw, err := o.disks[i].LoadShare(o.Contents.KeyRecord.Body.Key)
		must(t, err)
		share, err := tdh2.NewShare(i+1, raw)
		must(t, err)
		dT[i+1] = partial(t, share, itemT)
		p := o.Officers[i]
		share, err = custody.OpenOfficerShare(o.Contents.OfficerKey.Body, p.Signing.Fingerprint(), p.Decryption)
		must(t, err)
		dC[i+1] = partial(t, share, itemC)
	}
	keyT, err := o.Contents.KeyRecord.Body.Points()
	must(t, err)
	keyC, err := o.Contents.OfficerKey.Body.Points()
	must(t, err)
	cek, err := custody.Open(front, keyT, keyC, dT, dC, kB)
	must(t, err)
	var out bytes.Buffer
	must(t, seal.OpenFile(cek, front, r, &out))
	return out.Bytes()
}

func partial(t testing.TB, share *tdh2.Share, item tdh2.Item) tdh2.Point {
	t.Helper()
	points, _, err := tdh2.Partials(rand.Reader, share, []tdh2.Item{item})
	must(t, err)
	return points[0]
}

// Binding is the hash of the lot's binding record, and OpeningAt its opening time in force.
func (o *Opening) Binding() canon.Hash   { return o.binding }
func (o *Opening) OpeningAt() canon.Time { return o.opening }

// Request is the release request over all read-outs, as the platform makes it for a holder that saw nothing of the log yet.
func (o *Opening) Request(t testing.TB) custody.ReleaseRequest {
	t.Helper()
	statements := make([]canon.Hash, len(o.bids))
	for i, b := range o.bids {
		h, err := b.statement.Hash()
		must(t, err)
		statements[i] = h
	}
	return o.request(t, statements, o.Contents.Checkpoint)
}

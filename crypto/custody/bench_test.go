package custody_test

import (
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/custody/custodytest"
	"sunbid/crypto/seal"
)

const benchItems = 512

// prepared is a world at its opening time with a release request of 512 read-outs.
func prepared(b *testing.B) (w *world, r custody.ReleaseRequest, fronts map[canon.Hash]seal.Front) {
	b.Helper()
	w = newWorld(b, 2, 3)
	w.strike(time.Minute)
	var bids []custodytest.Bid
	fronts = map[canon.Hash]seal.Front{}
	for range benchItems {
		p := custodytest.NewParty(b, w.CA, "投标人")
		bid := w.Seal(b, p, w.Purpose(p))
		bids, fronts[bid.Front.Digest()] = append(bids, bid), bid.Front
	}
	return w, w.Release(w.Freeze(b, w.OpeningAt, 0, bids...), bids...), fronts
}

func BenchmarkRelease512(b *testing.B) {
	w, r, _ := prepared(b)
	for b.Loop() {
		if a, err := w.holders[0].Release(r); err != nil || len(a.Refused) != 0 {
			b.Fatal(err, a.Refused)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/benchItems, "us/item")
}

func BenchmarkDecodeReleaseRequest512(b *testing.B) {
	_, r, _ := prepared(b)
	raw, err := r.Encode()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := custody.ParseReleaseRequest(raw); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/benchItems, "us/item")
	b.ReportMetric(float64(len(raw))/benchItems, "B/item")
}

func BenchmarkVerifyBatch512(b *testing.B) {
	w, r, fronts := prepared(b)
	a, err := w.holders[0].Release(r)
	if err != nil {
		b.Fatal(err)
	}
	key, err := w.KeyRecord.Body.Points()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := custody.VerifyBatch(*a.Batch, w.holders[0].Signer.Certificate(), key, fronts); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/benchItems, "us/item")
}

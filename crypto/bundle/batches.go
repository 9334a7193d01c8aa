package bundle

import (
	"fmt"
	"slices"

	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// batches writes, per lock, as few batches as give every bid its threshold: then a bundle that loses one is found out.
func (w *writer) batches(c Contents) error {
	thresholds := map[string]int{custody.LockT: c.KeyRecord.Body.Threshold, custody.LockC: c.OfficerKey.Body.Threshold}
	number := map[string]int{}
	for _, b := range neededBatches(c.Batches, thresholds) {
		holder := fmt.Sprintf("%s-%d", b.Body.Lock, b.Body.Index)
		number[holder]++
		if err := w.record(fmt.Sprintf("partials/%s-%d.json", holder, number[holder]), b, b.Signatures); err != nil {
			return err
		}
	}
	return nil
}

// neededBatches goes through the batches, larger ones first, and leaves out each whose bids all have their threshold already,
// and one that repeats a bid of a batch taken from the same holder.
func neededBatches(list []pki.Signed[custody.PartialsBatch], thresholds map[string]int) []pki.Signed[custody.PartialsBatch] {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b pki.Signed[custody.PartialsBatch]) int { return len(b.Body.Items) - len(a.Body.Items) })
	have := map[string]int{}   // lock/bid → partials taken
	taken := map[string]bool{} // lock/index/bid
	var out []pki.Signed[custody.PartialsBatch]
	for _, b := range list {
		if b.Body.Kind != string(seal.KindReadout) {
			continue
		}
		useful, repeats := false, false
		for _, it := range b.Body.Items {
			useful = useful || have[b.Body.Lock+it.Bid] < thresholds[b.Body.Lock]
			repeats = repeats || taken[fmt.Sprint(b.Body.Lock, b.Body.Index, it.Bid)]
		}
		if !useful || repeats {
			continue
		}
		for _, it := range b.Body.Items {
			have[b.Body.Lock+it.Bid]++
			taken[fmt.Sprint(b.Body.Lock, b.Body.Index, it.Bid)] = true
		}
		out = append(out, b)
	}
	return out
}

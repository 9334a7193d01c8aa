package bundle

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
)

// checkPartials verifies every batch of partial decryptions: its holder's signature and proof, over read-outs of this bundle
// alone, no read-out twice by one holder; and that each read-out that was opened has as many as both locks need.
func (v *verifier) checkPartials() (int, error) {
	byID := make(map[string]*bid, len(v.bids))
	for _, b := range v.bids {
		byID[b.id] = b
		b.partials = map[string]map[int]tdh2.Point{custody.LockT: {}, custody.LockC: {}}
	}
	count := 0
	last := map[string]int{}
	for _, path := range byNumber(v.folder.under("partials/")) {
		if number := last[path.holder] + 1; path.number != number {
			return count, broken(fmt.Sprintf("partials/%s-%d.json", path.holder, number), "file-missing", nil)
		}
		last[path.holder] = path.number
		good, err := v.readBatch(path, byID)
		count += good
		if err != nil {
			return count, err
		}
	}
	for _, b := range v.bids {
		if v.rows[b.id].Status != custody.Opened {
			continue
		}
		for _, name := range []string{custody.LockT, custody.LockC} {
			if have, need := len(b.partials[name]), v.locks[name].key.Threshold; have < need {
				return count, broken(b.id, "partials-missing", fmt.Errorf("lock %s: %d partial decryptions, %d are needed", name, have, need))
			}
		}
	}
	return count, nil
}

// batchPath is partials/LOCK-INDEX-NUMBER.json, taken apart.
type batchPath struct {
	path, holder, lock string
	index, number      int
}

// byNumber takes the paths apart and puts them in order of number within each holder; the folder gave them in order of text.
func byNumber(paths []string) []batchPath {
	var out []batchPath
	for _, p := range paths {
		parts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(p, "partials/"), ".json"), "-")
		index, _ := strconv.Atoi(parts[1])
		number, _ := strconv.Atoi(parts[2])
		out = append(out, batchPath{p, parts[0] + "-" + parts[1], parts[0], index, number})
	}
	sortBatches(out)
	return out
}

func (v *verifier) readBatch(path batchPath, byID map[string]*bid) (int, error) {
	signed, err := readSigned[custody.PartialsBatch](v, path.path)
	if err != nil {
		return 0, err
	}
	b := signed.Body
	if err := b.Check(); err != nil {
		return 0, broken(path.path, "record-malformed", err)
	}
	if err := v.stands(path.path, place{class: b.Class, lot: b.Lot}); err != nil {
		return 0, err
	}
	if b.Lock != path.lock || b.Index != path.index || b.Kind != string(seal.KindReadout) {
		return 0, broken(path.path, "partials-place", errors.New("not the lock, holder or kind of its name"))
	}
	l := v.locks[b.Lock]
	share, ok := l.key.VerificationOf(b.Index)
	if !ok {
		return 0, broken(path.path, "partials-holder", errors.New("no such holder"))
	}
	if err := signedBy(path.path, signed.Signatures, []canon.Hash{l.holders[b.Index-1]}, nil); err != nil {
		return 0, err
	}
	items, points := make([]tdh2.Item, len(b.Items)), make([]tdh2.Point, len(b.Items))
	for i, it := range b.Items {
		on := byID[it.Bid]
		if on == nil || on.readout.Digest != it.Digest || on.readout.Moment != b.Moment {
			return 0, broken(path.path, "partials-item", fmt.Errorf("%s is no read-out of this bundle", it.Bid))
		}
		if _, twice := on.partials[b.Lock][b.Index]; twice {
			return 0, broken(path.path, "partials-twice", fmt.Errorf("%s stands in an earlier batch of the same holder", it.Bid))
		}
		on.partials[b.Lock][b.Index] = it.Partial
		if items[i], err = on.item(b.Lock); err != nil {
			return 0, broken(on.path("readout.gmtb"), "point-invalid", err)
		}
		points[i] = it.Partial
	}
	if err := tdh2.VerifyPartials(share, items, points, [64]byte(b.Proof)); err != nil {
		return 0, broken(path.path, "partials-proof", err)
	}
	return len(items), nil
}

func sortBatches(list []batchPath) {
	slices.SortFunc(list, func(a, b batchPath) int {
		return cmp.Or(cmp.Compare(a.lock, b.lock), cmp.Compare(a.index, b.index), cmp.Compare(a.number, b.number))
	})
}

// item is what one holder's proof covers for this bid's read-out.
func (b *bid) item(lock string) (tdh2.Item, error) {
	if lock == custody.LockC {
		return b.front.Header.C.Item(b.front.Header.Label())
	}
	return b.front.Header.T.Item(b.front.Header.Label())
}

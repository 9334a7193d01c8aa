package custody

import (
	"slices"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
)

// VerifyBatch checks a holder's batch: signed by that holder, about the asked parts, proven with its verification
// share. fronts are the parts asked for, by digest. Any failure is that holder's, and is named: another is asked.
func VerifyBatch(batch pki.Signed[PartialsBatch], holder *pki.Certificate, key Key, fronts map[canon.Hash]seal.Front) (map[canon.Hash]tdh2.Point, error) {
	b := batch.Body
	if err := b.Check(); err != nil {
		return nil, err
	}
	if err := batch.VerifyAll(holder); err != nil {
		return nil, ErrSignatures.with("%v", err).by(b.Index)
	}
	v, ok := key.VerificationOf(b.Index)
	if !ok {
		return nil, ErrPartialsMismatch.with("no such holder").by(b.Index)
	}
	items := make([]tdh2.Item, len(b.Items))
	points := make([]tdh2.Point, len(b.Items))
	result := make(map[canon.Hash]tdh2.Point, len(b.Items))
	for i, it := range b.Items {
		front, ok := fronts[it.Digest]
		if !ok || string(front.Header.Kind) != b.Kind || front.Header.Moment != b.Moment || front.Header.Lot != b.Lot || front.Header.Class != b.Class {
			return nil, ErrPartialsMismatch.with("%v was not asked for", it.Digest).by(b.Index)
		}
		stanza := front.Header.T
		if b.Lock == LockC {
			stanza = front.Header.C
		}
		item, err := stanza.Item(front.Header.Label())
		if err != nil {
			return nil, err
		}
		items[i], points[i] = item, it.Partial
		result[it.Digest] = it.Partial
	}
	if err := tdh2.VerifyPartials(v, items, points, tdh2.Proof(b.Proof)); err != nil {
		return nil, ErrFalsePartials.by(b.Index)
	}
	return result, nil
}

// Open combines verified partial decryptions, by holder's index, of one part under both locks and gives the part's
// content key. kB is the bidder's third key in mode B, else nil. Fewer partials than a threshold are ErrTooFew; what
// fails after valid partials (codes stanza-c3, label-mismatch, commit-mismatch) is the bidder's doing.
func Open(front seal.Front, keyholders, officers Key, dT, dC map[int]tdh2.Point, kB *[32]byte) (seal.CEK, error) {
	kT, err := openLock(front.Header.T, front.Header.Label(), keyholders.Threshold, dT)
	if err != nil {
		return seal.CEK{}, err
	}
	kC, err := openLock(front.Header.C, front.Header.Label(), officers.Threshold, dC)
	if err != nil {
		return seal.CEK{}, err
	}
	defer clear(kT[:])
	defer clear(kC[:])
	return front.CEK(kT, kC, kB)
}

func openLock(st tdh2.Stanza, label []byte, threshold int, partials map[int]tdh2.Point) ([32]byte, error) {
	if len(partials) < threshold {
		return [32]byte{}, ErrTooFew.with("%d of %d", len(partials), threshold)
	}
	indices := make([]int, 0, len(partials))
	for i := range partials {
		indices = append(indices, i)
	}
	slices.Sort(indices)
	indices = indices[:threshold]
	points := make([]tdh2.Point, threshold)
	for i, index := range indices {
		points[i] = partials[index]
	}
	d, err := tdh2.Combine(indices, points)
	if err != nil {
		return [32]byte{}, err
	}
	return seal.OpenStanza(st, d, label)
}

package custody

import (
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tdh2"
)

// Release answers a request for partial decryptions (SPEC.md section 7, rule 2). An error refuses the whole request:
// the clock, the freeze record, the log, the moment, an erased share. Items that fail on their own are refused one by
// one beside the batch of the others. It uses all cores.
func (k *Keeper) Release(r ReleaseRequest) (Release, error) {
	if err := checkRelease(r, k.known.Class); err != nil {
		return Release{}, err
	}
	frozen, err := k.admitRelease(r)
	if err != nil {
		return Release{}, err
	}
	// An erasure waits for releases under way, and a release that comes after it finds no share. Clock and opening time
	// are asked again: they may have moved between the two locks.
	k.mu.RLock()
	defer k.mu.RUnlock()
	s, err := k.openLot(r.Lot)
	if err != nil {
		return Release{}, err
	}
	share, err := k.share(s.binding.Key)
	if err != nil {
		return Release{}, err
	}
	defer share.Erase()
	g := gate{standing: s, lock: LockT, kind: r.Kind, moment: r.Moment, frozen: frozen}
	return answer(g, r.Items, k.signer, func(items []tdh2.Item) ([]tdh2.Point, tdh2.Proof, error) {
		return tdh2.Partials(k.random, share, items)
	})
}

// openLot is a lot whose time has come and whose share is not erased. The caller holds the lock.
func (k *Keeper) openLot(lot string) (standing, error) {
	doc, err := k.lot(lot)
	if err != nil {
		return standing{}, err
	}
	if doc.Erased != nil {
		return standing{}, ErrErased
	}
	s, err := k.standing(doc)
	if err != nil {
		return standing{}, err
	}
	return s, k.open(s)
}

// admitRelease is everything that may write: the first freeze record, the checkpoint, a moment's release record. It
// returns the frozen set, sorted.
func (k *Keeper) admitRelease(r ReleaseRequest) ([]canon.Hash, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, err := k.openLot(r.Lot)
	if err != nil {
		return nil, err
	}
	frozen, err := k.admitFreeze(s, r.Freeze)
	if err != nil || s.momentsOpen[r.Moment] {
		return frozen, err
	}
	if err := k.admitMoment(s, r.Moment, r.Later); err != nil {
		return nil, err
	}
	doc, err := k.lot(r.Lot)
	if err != nil {
		return nil, err
	}
	doc.Released = append(doc.Released, r.Later.Release)
	return frozen, save(k.state, lotName(r.Lot), doc)
}

func checkRelease(r ReleaseRequest, class string) error {
	switch {
	case r.Class != class:
		return ErrClass
	case !kindShape.MatchString(r.Kind) || !momentShape.MatchString(r.Moment):
		return ErrRequest.with("kind or moment")
	case len(r.Items) < 1 || len(r.Items) > MaxBatch:
		return ErrRequest.with("number of items")
	}
	return nil
}

func answer(g gate, items []ReleaseItem, signer pki.Signer, share func([]tdh2.Item) ([]tdh2.Point, tdh2.Proof, error)) (Release, error) {
	body, refused, err := g.releaseItems(share, items)
	if err != nil || body == nil {
		return Release{Refused: refused}, err
	}
	batch, err := pki.Sign(*body, signer)
	if err != nil {
		return Release{}, err
	}
	return Release{Batch: &batch, Refused: refused}, nil
}

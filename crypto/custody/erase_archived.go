package custody

// archiveCarries tells whether a lot's share may go because the archive holds what must be kept: the order's ground is an
// archive record of this lot, binding and freeze, signed by the platform and proven in the log; its archive key was dealt by
// an authority of the binding and confirmed by all its archivists; every wrapped content key passes its check. What a holder
// cannot see is whether a wrapped key is the right one: the platform held each against its part's commitment, and the
// authority signs the order only when it is content.
func (k *Keeper) archiveCarries(s standing, r EraseRequest, certs Certificates) error {
	e := r.Archive
	if e == nil {
		return ErrNoGround.with("no archive record")
	}
	hash, err := e.Archive.Hash()
	if err != nil || hash != r.Order.Body.Ground {
		return ErrNoGround.with("the ground is another archive record")
	}
	a := e.Archive.Body
	if a.Class != s.binding.Class || a.Tender != s.binding.Tender || a.Lot != s.binding.Lot || a.Binding != s.hash {
		return ErrArchive.with("of another lot or binding")
	}
	if err := k.open(s); err != nil {
		return err
	}
	if err := k.sameFreeze(s, a); err != nil {
		return err
	}
	dealer := DealerOf(e.Key, s.binding.Authority)
	if dealer.IsZero() {
		return ErrArchiveKey.with("no authority of the binding signed it")
	}
	if _, err := VerifyArchiveKey(e.Key, dealer, certs); err != nil {
		return err
	}
	if err := VerifyArchive(a, e.Key); err != nil {
		return err
	}
	for _, c := range k.known.Platform {
		if e.Archive.VerifyAll(c) == nil {
			return k.logged(s, e.Event, EventArchived, "archive", hash, e.Consistency, ErrNoGround)
		}
	}
	return ErrNoGround.with("the archive record is not signed by the platform")
}

// sameFreeze: a holder that took part in the opening remembers its freeze; one that did not has nothing to compare.
func (k *Keeper) sameFreeze(s standing, a Archive) error {
	var stored freezeDoc
	found, err := load(k.documents, freezeName(s.binding.Lot), &stored)
	if err != nil || !found {
		return err
	}
	if first, err := stored.Freeze.Hash(); err != nil || first != a.Freeze {
		return ErrArchive.with("of another freeze record")
	}
	return nil
}

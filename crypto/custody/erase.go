package custody

import (
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// Erase destroys this holder's share of a lot's key and signs that it is gone (SPEC.md section 7, rule 4). For
// FewerThanThree the platform signs the order and its ground is the lot's logged freeze record with fewer than three
// bids, after the opening time; for Terminated an authority of the binding signs, and the ground is the hash of its signed
// notice; for Archived an authority signs too, and the ground is the lot's logged archive record, whose every wrapped key
// passes its check (see archiveCarries). The fact is stored before the share goes: a crash between the two is finished on the next start.
// An order for a lot already erased returns the same record.
func (k *Keeper) Erase(r EraseRequest) (pki.Signed[Erased], error) {
	var none pki.Signed[Erased]
	o := r.Order.Body
	if err := o.Check(); err != nil {
		return none, err
	}
	if o.Class != k.known.Class {
		return none, ErrClass
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	doc, err := k.lot(o.Lot)
	if err != nil {
		return none, err
	}
	s, err := k.standing(doc)
	if err != nil {
		return none, err
	}
	if o.Binding != s.hash || o.Tender != s.binding.Tender {
		return none, ErrNoGround.with("an order for another binding")
	}
	if doc.Erased == nil {
		if err := k.groundOf(s, r); err != nil {
			return none, err
		}
		body := Erased{Type: TypeErased, Class: k.known.Class, Key: s.binding.Key, Lot: o.Lot, Index: k.index, ErasedAt: canon.At(k.clock())}
		signed, err := pki.Sign(body, k.signer)
		if err != nil {
			return none, err
		}
		doc.Erased = &signed
		if err := save(k.state, lotName(o.Lot), doc); err != nil {
			return none, err
		}
	}
	if err := k.state.EraseShare(s.binding.Key); err != nil {
		return none, stateFault("erase share", err)
	}
	return *doc.Erased, nil
}

func (k *Keeper) groundOf(s standing, r EraseRequest) error {
	o := r.Order.Body
	if o.Reason != FewerThanThree {
		certs, err := certificatesFrom(r.Certificates)
		if err != nil {
			return err
		}
		if !signedByAuthority(r.Order, s.binding, certs) {
			return ErrEraseNotAllowed
		}
		if o.Reason == Archived {
			return k.archiveCarries(s, r, certs)
		}
		return nil
	}
	signed := false
	for _, c := range k.known.Platform {
		signed = signed || r.Order.Verify(c) == nil
	}
	if !signed {
		return ErrEraseNotAllowed
	}
	if r.Freeze == nil {
		return ErrNoGround.with("no freeze record")
	}
	if hash, err := r.Freeze.Freeze.Hash(); err != nil || hash != o.Ground {
		return ErrNoGround.with("the ground is another freeze record")
	}
	if r.Freeze.Freeze.Body.Count >= 3 { // 招标投标法实施条例 art. 44
		return ErrNoGround.with("three bids or more")
	}
	if err := k.open(s); err != nil {
		return err
	}
	_, err := k.admitFreeze(s, *r.Freeze)
	return err
}

// finishErasures removes the shares of lots that were declared erased before a crash.
func (k *Keeper) finishErasures() error {
	names, err := k.state.List("lot-")
	if err != nil {
		return stateFault("list lots", err)
	}
	for _, name := range names {
		var doc lotDoc
		if _, err := load(k.state, name, &doc); err != nil {
			return err
		}
		if doc.Erased == nil {
			continue
		}
		if err := k.state.EraseShare(doc.Binding.Body.Key); err != nil {
			return stateFault("erase share", err)
		}
	}
	return nil
}

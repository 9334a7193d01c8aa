package custody

import "sunbid/crypto/pki"

// Postpone signs a postponement (SPEC.md section 7, rule 3): by an authority, the next number, from the current opening
// time to a later one, and before the current one has come by this holder's clock. From then on nothing of the lot is
// released before the new time. One that is already accepted is signed again. One that n−t+1 keyholders have signed is
// accepted late as well, so that a holder that was away can serve at the new time. None is accepted once a freeze record
// was: what was released cannot be put back, whatever a clock that stepped back says.
func (k *Keeper) Postpone(r PostponeRequest) (pki.Signature, error) {
	p := r.Postponement.Body
	if err := p.Check(); err != nil {
		return pki.Signature{}, err
	}
	if p.Class != k.known.Class {
		return pki.Signature{}, ErrClass
	}
	certs, err := certificatesFrom(r.Certificates)
	if err != nil {
		return pki.Signature{}, err
	}
	hash, err := r.Postponement.Hash()
	if err != nil {
		return pki.Signature{}, ErrMalformed.with("%v", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	doc, err := k.lot(p.Lot)
	if err != nil {
		return pki.Signature{}, err
	}
	if p.Number <= len(doc.Postponements) {
		if had, err := doc.Postponements[p.Number-1].Hash(); err == nil && had == hash {
			return signatureOver(p, k.signer)
		}
	}
	s, err := k.standing(doc)
	if err != nil {
		return pki.Signature{}, err
	}
	if err := follows(p, s.binding, s.hash, len(doc.Postponements)+1, s.openingAt()); err != nil {
		return pki.Signature{}, err
	}
	if !signedByAuthority(r.Postponement, s.binding, certs) {
		return pki.Signature{}, ErrNotAuthority
	}
	if doc.Erased != nil {
		return pki.Signature{}, ErrErased
	}
	if frozen, err := k.hasFreeze(p.Lot); err != nil {
		return pki.Signature{}, err
	} else if frozen {
		return pki.Signature{}, ErrPostponeLate.with("a freeze record was accepted")
	}
	if !k.clock().Before(s.openingAt().Time) && keyholdersUnder(r.Postponement, doc.KeyRecord, k.known.Group.Certificates()) < needed(doc.KeyRecord) {
		return pki.Signature{}, ErrPostponeLate
	}
	doc.Postponements = append(doc.Postponements, r.Postponement)
	if err := save(k.state, lotName(p.Lot), doc); err != nil {
		return pki.Signature{}, err
	}
	return signatureOver(p, k.signer)
}

package custody

import (
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// Bind ties a generated key to a lot and signs the binding (SPEC.md section 7, rule 1). The key record must bear all n
// signatures and be the one this holder made; the officers' key must be the one named, dealt by an authority of the
// binding. The same binding again is signed again; another one for this key or this lot is ErrBindTwice.
func (k *Keeper) Bind(r BindRequest) (pki.Signature, error) {
	b := r.Binding.Body
	if err := b.Check(); err != nil {
		return pki.Signature{}, err
	}
	if b.Class != k.known.Class {
		return pki.Signature{}, ErrClass
	}
	hash, err := r.Binding.Hash()
	if err != nil {
		return pki.Signature{}, ErrMalformed.with("%v", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	var key keyDoc
	found, err := load(k.state, keyName(b.Key), &key)
	if err != nil {
		return pki.Signature{}, err
	}
	if !found {
		return pki.Signature{}, ErrKey
	}
	if key.Lot != "" && (key.Lot != b.Lot || key.Binding != hash) {
		return pki.Signature{}, ErrBindTwice.with("the key")
	}
	var lot lotDoc
	bound, err := load(k.state, lotName(b.Lot), &lot)
	if err != nil {
		return pki.Signature{}, err
	}
	if bound {
		if first, err := lot.Binding.Hash(); err != nil || first != hash {
			return pki.Signature{}, ErrBindTwice.with("the lot")
		}
		return k.sign(b)
	}
	if err := k.checkBinding(r, key, hash); err != nil {
		return pki.Signature{}, err
	}
	// The key is promised first: after a crash between the two writes only this same binding can go on.
	key.Lot, key.Binding = b.Lot, hash
	if err := save(k.state, keyName(b.Key), key); err != nil {
		return pki.Signature{}, err
	}
	lot = lotDoc{Binding: pki.Signed[Binding]{Body: b, Signatures: []pki.Signature{}}, KeyRecord: r.KeyRecord.Body, OfficerKey: r.OfficerKey.Body, Postponements: []pki.Signed[Postponement]{}, Released: []pki.Signed[MomentRelease]{}}
	if err := save(k.state, lotName(b.Lot), lot); err != nil {
		return pki.Signature{}, err
	}
	return k.sign(b)
}

func (k *Keeper) checkBinding(r BindRequest, key keyDoc, binding canon.Hash) error {
	b := r.Binding.Body
	if !b.OpeningAt.After(k.clock()) {
		return ErrBindPast
	}
	own, err := key.Record.Hash()
	if err != nil {
		return stateFault("read key", err)
	}
	given, err := r.KeyRecord.Hash()
	if err != nil || given != own || b.KeyRecord != own {
		return ErrKeyRecord.with("not the record this holder made")
	}
	if _, err := VerifyKeyRecord(r.KeyRecord, k.known.Group.Certificates()); err != nil {
		return err
	}
	dealer, err := pki.ParseCertificate(r.Dealer)
	if err != nil {
		return ErrBindOfficers.with("%v", err)
	}
	if !b.Authority(dealer.Fingerprint()) {
		return ErrBindOfficers.with("the dealer is no authority of the binding")
	}
	if _, err := VerifyOfficerKey(r.OfficerKey, dealer); err != nil {
		return ErrBindOfficers.with("%v", err)
	}
	hash, err := r.OfficerKey.Hash()
	if err != nil || hash != b.OfficerKey {
		return ErrBindOfficers.with("the binding names another")
	}
	if o := r.OfficerKey.Body; o.Class != b.Class || o.Lot != b.Lot || o.Tender != b.Tender {
		return ErrBindOfficers.with("dealt for another lot or class")
	}
	return nil
}

func (k *Keeper) sign(b Binding) (pki.Signature, error) { return signatureOver(b, k.signer) }

// signatureOver is one signature on its own, to be added to a record that others sign too.
func signatureOver[T any](body T, signer pki.Signer) (pki.Signature, error) {
	s, err := pki.Sign(body, signer)
	if err != nil {
		return pki.Signature{}, err
	}
	return s.Signatures[0], nil
}

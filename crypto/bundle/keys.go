package bundle

import (
	"errors"
	"fmt"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// roleTenderer is the authority (招标人) that deals the officers' key and finds causes.
const roleTenderer = "tenderer"

// checkKeyRecord verifies the keyholders' key: commitments against the key and every verification share, and all n signatures.
func (v *verifier) checkKeyRecord() (int, error) {
	const item = "key-record.json"
	signed, err := readSigned[custody.KeyRecord](v, item)
	if err != nil {
		return 0, err
	}
	if err := v.stands(item, place{class: signed.Body.Class}); err != nil {
		return 0, err
	}
	key, err := custody.VerifyKeyRecord(signed, v.find)
	if err != nil {
		return 0, broken(item, "key-record", err)
	}
	v.keyRecord, v.locks[custody.LockT] = signed, lock{custody.LockT, key, signed.Body.Fingerprints()}
	return len(signed.Body.Keyholders), nil
}

// checkOfficerKey verifies the officers' key, which the tenderer dealt and signed. That the dealer is the tenderer, the binding says.
func (v *verifier) checkOfficerKey() (int, error) {
	const item = "officer-key.json"
	signed, err := readSigned[custody.OfficerKey](v, item)
	if err != nil {
		return 0, err
	}
	r := signed.Body
	if err := v.stands(item, place{class: r.Class, tender: r.Tender, lot: r.Lot}); err != nil {
		return 0, err
	}
	v.dealer = signed.Signatures[0].Signer
	key, err := custody.VerifyOfficerKey(signed, v.find(v.dealer))
	if err != nil {
		return 0, broken(item, "officer-key", err)
	}
	for _, o := range r.Officers {
		if _, err := v.certificate(o.Certificate); err != nil {
			return 0, err
		}
	}
	if v.officersHash, err = signed.Hash(); err != nil {
		return 0, err
	}
	v.officerKey, v.locks[custody.LockC] = r, lock{custody.LockC, key, r.Fingerprints()}
	return len(r.Officers), nil
}

// checkBinding verifies that all keyholders tied this key, this officers' key, this lot and this opening time together.
func (v *verifier) checkBinding() (int, error) {
	const item = "binding.json"
	signed, err := readSigned[custody.Binding](v, item)
	if err != nil {
		return 0, err
	}
	b := signed.Body
	if err := v.stands(item, place{class: b.Class, tender: b.Tender, lot: b.Lot}); err != nil {
		return 0, err
	}
	if err := custody.VerifyBinding(signed, v.keyRecord, v.find); err != nil {
		return 0, broken(item, "binding", err)
	}
	if b.OfficerKey != v.officersHash {
		return 0, broken(item, "binding-keys", errors.New("it names another officers' key"))
	}
	for _, a := range b.Authorities {
		if _, err := v.certificate(a.Certificate); err != nil {
			return 0, err
		}
		v.authorities[a.Certificate] = a.Role
	}
	if v.authorities[v.dealer] != roleTenderer {
		return 0, broken("officer-key.json", "officer-key-dealer", errors.New("its dealer is not the tenderer of the binding"))
	}
	v.binding, v.openingAt, v.openingTimes = b, b.OpeningAt, []canon.Time{b.OpeningAt}
	if v.bindingHash, err = signed.Hash(); err != nil {
		return 0, err
	}
	if !v.log.has(eventBound, "binding", v.bindingHash.String()) {
		return 0, broken(item, "binding-not-logged", errors.New("no event of the log names it"))
	}
	return len(signed.Signatures), nil
}

// checkPostponements follows the opening time through every postponement: consecutive, from the then current time, signed by
// an authority of the binding and by at least n−t+1 keyholders.
func (v *verifier) checkPostponements() (int, error) {
	paths := v.folder.under("postponement-")
	for n := 1; n <= len(paths); n++ {
		item := fmt.Sprintf("postponement-%d.json", n)
		if !v.folder.has(item) {
			return n - 1, broken(item, "file-missing", nil)
		}
		signed, err := readSigned[custody.Postponement](v, item)
		if err != nil {
			return n - 1, err
		}
		if err := v.postpone(item, n, signed); err != nil {
			return n - 1, err
		}
	}
	if logged := len(v.log.byEvent[eventPostponed]); logged != len(paths) {
		return len(paths), broken(fmt.Sprintf("postponement-%d.json", min(logged, len(paths))+1), "postpone-not-logged",
			fmt.Errorf("the log tells of %d postponements, the folder has %d", logged, len(paths)))
	}
	return len(paths), nil
}

func (v *verifier) postpone(item string, n int, signed pki.Signed[custody.Postponement]) error {
	p := signed.Body
	if err := p.Check(); err != nil {
		return broken(item, "record-malformed", err)
	}
	if err := v.stands(item, place{class: p.Class, tender: p.Tender, lot: p.Lot, binding: p.Binding.String()}); err != nil {
		return err
	}
	if int(p.Number) != n {
		return broken(item, "postpone-number", nil)
	}
	if !p.OpeningFrom.Equal(v.openingAt.Time) || !p.OpeningTo.After(p.OpeningFrom.Time) {
		return broken(item, "postpone-from", errors.New("not from the then current opening time to a later one"))
	}
	holders, decided := 0, 0
	isHolder := map[canon.Hash]bool{}
	for _, h := range v.keyRecord.Body.Keyholders {
		isHolder[h.Certificate] = true
	}
	for _, s := range signed.Signatures {
		_, authority := v.authorities[s.Signer]
		switch {
		case isHolder[s.Signer]:
			holders++
		case authority:
			decided++
		default:
			return broken(item, "record-signature", fmt.Errorf("%s has no part in this record", short(s.Signer)))
		}
	}
	if decided == 0 {
		return broken(item, "postpone-not-authority", nil)
	}
	if need := len(v.keyRecord.Body.Keyholders) - v.keyRecord.Body.Threshold + 1; holders < need {
		return broken(item, "postpone-not-in-force", fmt.Errorf("%d keyholders signed, %d are needed", holders, need))
	}
	hash, err := signed.Hash()
	if err != nil || !v.log.has(eventPostponed, "record", hash.String()) {
		return broken(item, "postpone-not-logged", err)
	}
	v.openingAt = p.OpeningTo
	v.openingTimes = append(v.openingTimes, p.OpeningTo)
	return nil
}

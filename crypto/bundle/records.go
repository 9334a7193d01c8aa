package bundle

import (
	"errors"
	"fmt"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// readSigned reads a signed record, strictly: canonical, every signature by a certificate of the folder, and good.
func readSigned[T any](v *verifier, path string) (pki.Signed[T], error) {
	data, err := v.folder.read(path)
	if err != nil {
		return pki.Signed[T]{}, err
	}
	return parseSigned[T](v, path, data)
}

func parseSigned[T any](v *verifier, item string, data []byte) (pki.Signed[T], error) {
	signed, err := pki.ParseSigned[T](data)
	if err != nil {
		return signed, broken(item, "record-malformed", err)
	}
	if len(signed.Signatures) == 0 {
		return signed, broken(item, "record-not-signed", nil)
	}
	for _, s := range signed.Signatures {
		if !v.folder.has(certificatePath(s.Signer)) {
			return signed, broken(item, "certificate-missing", fmt.Errorf("%s, which should have signed, is not in the folder", s.Signer))
		}
		c, err := v.certificate(s.Signer)
		if err != nil {
			return signed, err
		}
		if err := signed.Verify(c); err != nil {
			return signed, broken(item, "record-signature", err)
		}
	}
	return signed, nil
}

// signers lists the fingerprints that signed.
func signers(list []pki.Signature) map[canon.Hash]bool {
	out := make(map[canon.Hash]bool, len(list))
	for _, s := range list {
		out[s.Signer] = true
	}
	return out
}

// signedBy wants exactly these signers, in any number of the optional ones.
func signedBy(item string, have []pki.Signature, required, optional []canon.Hash) error {
	got := signers(have)
	for _, r := range required {
		if !got[r] {
			return broken(item, "record-signature", fmt.Errorf("the signature of %s is missing", short(r)))
		}
		delete(got, r)
	}
	for _, o := range optional {
		delete(got, o)
	}
	for extra := range got {
		return broken(item, "record-signature", fmt.Errorf("%s has no part in this record", short(extra)))
	}
	return nil
}

func short(h canon.Hash) string { return h.String()[:16] }

// place is what every record of the lot states about where it belongs.
type place struct{ class, tender, lot, binding string }

func (v *verifier) here() place {
	return place{v.manifest.Class, v.manifest.Tender, v.manifest.Lot, v.bindingHash.String()}
}

var errPlace = errors.New("class, tender, lot or binding differ from the bundle's")

// stands checks that a record belongs to this bundle; empty fields are those the record does not have.
func (v *verifier) stands(item string, p place) error {
	h := v.here()
	if (p.class != "" && p.class != h.class) || (p.tender != "" && p.tender != h.tender) ||
		(p.lot != "" && p.lot != h.lot) || (p.binding != "" && p.binding != h.binding) {
		return broken(item, "record-place", errPlace)
	}
	return nil
}

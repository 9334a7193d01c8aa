package custody

import (
	"io"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tdh2"
)

// Officer is an opening officer (解锁人) to whom a share is dealt.
type Officer struct {
	Name       string
	Role       string
	Signing    *pki.Certificate
	Encryption *pki.Certificate
}

// Dealing says for which lot a key is dealt, and when.
type Dealing struct {
	Class     string
	Tender    string
	Lot       string
	Threshold int
	DealtAt   canon.Time
}

// DealOfficerKey makes the key of lock C on the dealer's machine: a random polynomial, its commitments, and one share
// for each officer, closed to the officer's encryption certificate. The secret and the shares are overwritten before it
// returns. The commitments let each officer check its share, so that a dealer cannot give one officer a bad one unseen.
func DealOfficerKey(random io.Reader, d Dealing, officers []Officer, dealer pki.Signer) (pki.Signed[OfficerKey], error) {
	var none pki.Signed[OfficerKey]
	body := OfficerKey{Type: TypeOfficerKey, Class: d.Class, Tender: d.Tender, Lot: d.Lot, Threshold: d.Threshold, DealtAt: d.DealtAt}
	var err error
	if body.Officers, body.Commitments, body.Verification, err = deal(random, d.Threshold, officers); err != nil {
		return none, err
	}
	body.PublicKey = body.Commitments[0]
	if err := body.Check(); err != nil {
		return none, err
	}
	return pki.Sign(body, dealer)
}

// deal draws a polynomial and closes each person's share of it to that person's device.
func deal(random io.Reader, threshold int, people []Officer) (refs []OfficerRef, commitments, verification []tdh2.Point, err error) {
	if threshold < 1 || threshold > len(people) || len(people) > MaxHolders {
		return nil, nil, nil, ErrMalformed.with("threshold %d of %d", threshold, len(people))
	}
	poly, err := tdh2.NewPolynomial(random, threshold)
	if err != nil {
		return nil, nil, nil, err
	}
	defer poly.Erase()
	for i, o := range people {
		if o.Signing == nil || o.Encryption == nil || o.Signing.Usage() != pki.Signing || o.Encryption.Usage() != pki.Encryption {
			return nil, nil, nil, ErrMalformed.with("holder %d: certificates", i+1)
		}
		ref, v, err := dealTo(random, poly, i+1, o)
		if err != nil {
			return nil, nil, nil, err
		}
		refs, verification = append(refs, ref), append(verification, v)
	}
	return refs, poly.Commitments(), verification, nil
}

func dealTo(random io.Reader, poly *tdh2.Polynomial, index int, o Officer) (OfficerRef, tdh2.Point, error) {
	share, err := poly.Share(index)
	if err != nil {
		return OfficerRef{}, tdh2.Point{}, err
	}
	defer share.Erase()
	plain := share.Bytes()
	defer clear(plain)
	box, err := o.Encryption.PublicKey().EncryptDER(random, plain)
	if err != nil {
		return OfficerRef{}, tdh2.Point{}, err
	}
	return OfficerRef{Index: index, Name: o.Name, Role: o.Role, Certificate: o.Signing.Fingerprint(), Encryption: o.Encryption.Fingerprint(), Share: box}, share.Public(), nil
}

// DEROpener opens SM2 ciphertexts in the DER of GM/T 0009, as an officer's device does. *sm.PrivateKey is one.
type DEROpener interface {
	DecryptDER(der []byte) ([]byte, error)
}

// OpenOfficerShare opens the share of the officer with this signing certificate and checks it against the commitments.
// An officer runs it on receipt, so that a bad share is known before anybody seals to the key: ErrOfficerShare.
func OpenOfficerShare(key OfficerKey, signing canon.Hash, opener DEROpener) (*tdh2.Share, error) {
	points, err := key.Points()
	if err != nil {
		return nil, err
	}
	return openShare(key.Officers, points, signing, opener, ErrNotOfficer)
}

func openShare(refs []OfficerRef, key Key, signing canon.Hash, opener DEROpener, stranger *Refusal) (*tdh2.Share, error) {
	for _, o := range refs {
		if o.Certificate != signing {
			continue
		}
		plain, err := opener.DecryptDER(o.Share)
		if err != nil {
			return nil, ErrOfficerShare.by(o.Index)
		}
		defer clear(plain)
		share, err := tdh2.NewShare(o.Index, plain)
		if err != nil || !tdh2.CheckShare(key.Commitments, share) {
			return nil, ErrOfficerShare.by(o.Index)
		}
		return share, nil
	}
	return nil, stranger
}

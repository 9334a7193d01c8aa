package custody

import (
	"io"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tdh2"
)

// ArchiveKey is the public side of a lot's archive key (归档密钥): dealt like the officers' key, k of m archivists
// (档案保管人), and of no use before the opening. The record carries each share closed to its archivist's device, so that it
// and k devices are all that must last. The dealer and all m archivists sign it.
type ArchiveKey struct {
	Type         string       `json:"type"`
	Class        string       `json:"class"`
	Tender       string       `json:"tender"`
	Lot          string       `json:"lot"`
	Threshold    int          `json:"threshold"`
	Archivists   []OfficerRef `json:"archivists"`
	Commitments  []tdh2.Point `json:"commitments"`
	PublicKey    tdh2.Point   `json:"public_key"`
	Verification []tdh2.Point `json:"verification"`
	DealtAt      canon.Time   `json:"dealt_at"`
}

// Check tells whether the record is well formed and its numbers follow from its commitments. It looks at no signature.
func (r ArchiveKey) Check() error {
	_, err := r.Points()
	return err
}

// Points is Check, and gives the decoded key.
func (r ArchiveKey) Points() (Key, error) {
	var s shapeOf
	s.head(r.Type, TypeArchiveKey, r.Class)
	s.id(r.Tender, "td", "tender")
	s.id(r.Lot, "lt", "lot")
	s.time(r.DealtAt, "dealt_at")
	s.people(r.Archivists, "archivists")
	if err := s.err(); err != nil {
		return Key{}, err
	}
	return sharing{r.Threshold, len(r.Archivists), r.Commitments, r.PublicKey, r.Verification}.key()
}

// DealArchiveKey makes an archive key on the dealer's machine, as DealOfficerKey does. It counts once every archivist has
// added its signature, see ConfirmArchiveKey.
func DealArchiveKey(random io.Reader, d Dealing, archivists []Officer, dealer pki.Signer) (pki.Signed[ArchiveKey], error) {
	var none pki.Signed[ArchiveKey]
	body := ArchiveKey{Type: TypeArchiveKey, Class: d.Class, Tender: d.Tender, Lot: d.Lot, Threshold: d.Threshold, DealtAt: d.DealtAt}
	var err error
	if body.Archivists, body.Commitments, body.Verification, err = deal(random, d.Threshold, archivists); err != nil {
		return none, err
	}
	body.PublicKey = body.Commitments[0]
	if err := body.Check(); err != nil {
		return none, err
	}
	return pki.Sign(body, dealer)
}

// OpenArchiveShare opens the share of the archivist with this signing certificate and checks it against the commitments.
// Errors: ErrArchivist, ErrOfficerShare.
func OpenArchiveShare(key ArchiveKey, signing canon.Hash, opener DEROpener) (*tdh2.Share, error) {
	points, err := key.Points()
	if err != nil {
		return nil, err
	}
	return openShare(key.Archivists, points, signing, opener, ErrArchivist)
}

// ConfirmArchiveKey adds an archivist's signature: its word that its share opens on its device and fits. A key that one
// archivist has not confirmed archives nothing, because nobody could mend it once the keyholders have erased.
func ConfirmArchiveKey(key *pki.Signed[ArchiveKey], signer pki.Signer, opener DEROpener) error {
	share, err := OpenArchiveShare(key.Body, signer.Certificate().Fingerprint(), opener)
	if err != nil {
		return err
	}
	share.Erase()
	return key.Add(signer)
}

// VerifyArchiveKey checks the record and that its dealer and its m archivists, and nobody else, signed it. Who may deal is
// for the caller to say. A dealer that is an archivist too signs once.
func VerifyArchiveKey(r pki.Signed[ArchiveKey], dealer canon.Hash, certs Certificates) (Key, error) {
	key, err := r.Body.Points()
	if err != nil {
		return Key{}, err
	}
	signers := []canon.Hash{}
	for _, a := range r.Body.Archivists {
		if a.Certificate != dealer {
			signers = append(signers, a.Certificate)
		}
	}
	if err := verifyAll(r, append(signers, dealer), certs); err != nil {
		return Key{}, ErrArchiveKey.with("%v", err)
	}
	return key, nil
}

// DealerOf is the one signer of an archive key that is an authority of the binding and no archivist, or an archivist when
// there is no other; zero when no authority signed.
func DealerOf(r pki.Signed[ArchiveKey], authority func(canon.Hash) bool) canon.Hash {
	archivist := map[canon.Hash]bool{}
	for _, a := range r.Body.Archivists {
		archivist[a.Certificate] = true
	}
	var dealer canon.Hash
	for _, s := range r.Signatures {
		if authority(s.Signer) && (dealer.IsZero() || !archivist[s.Signer]) {
			dealer = s.Signer
		}
	}
	return dealer
}

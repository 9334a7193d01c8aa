package custody

import (
	"io"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
)

// ArchivePartial is D_i of one archived part.
type ArchivePartial struct {
	Digest  canon.Hash `json:"digest"`
	Partial tdh2.Point `json:"partial"`
}

// ArchivePartials are one archivist's partial decryptions of archived parts with one proof. The archivist signs them. They
// are as secret as the parts: whoever has those of k archivists reads them.
type ArchivePartials struct {
	Type    string           `json:"type"`
	Class   string           `json:"class"`
	Lot     string           `json:"lot"`
	Archive canon.Hash       `json:"archive"`
	Index   int              `json:"index"`
	Items   []ArchivePartial `json:"items"`
	Proof   canon.Hex        `json:"proof"`
}

// Check tells whether the record is well formed; points and proof are checked by OpenArchived.
func (b ArchivePartials) Check() error {
	var s shapeOf
	s.head(b.Type, TypeArchivePartials, b.Class)
	s.id(b.Lot, "lt", "lot")
	s.hash(b.Archive, "archive")
	s.must(b.Index >= 1 && b.Index <= MaxHolders, "index")
	s.must(len(b.Items) >= 1 && len(b.Items) <= MaxBatch, "items")
	s.must(len(b.Proof) == 64, "proof")
	for _, it := range b.Items {
		s.hash(it.Digest, "items: digest")
		s.must(!it.Partial.IsZero(), "items: partial")
	}
	return s.err()
}

// ReleaseArchived makes an archivist's partial decryptions of some archived parts, offline. The whole archive record is
// checked before the share touches any of it.
func ReleaseArchived(random io.Reader, a Archive, key pki.Signed[ArchiveKey], share *tdh2.Share, digests []canon.Hash, signer pki.Signer) (pki.Signed[ArchivePartials], error) {
	var none pki.Signed[ArchivePartials]
	if err := VerifyArchive(a, key); err != nil {
		return none, err
	}
	hash, err := canon.HashOf(a)
	if err != nil {
		return none, ErrMalformed.with("%v", err)
	}
	items, err := a.items(digests)
	if err != nil {
		return none, err
	}
	points, proof, err := tdh2.Partials(random, share, items)
	if err != nil {
		return none, err
	}
	body := ArchivePartials{Type: TypeArchivePartials, Class: a.Class, Lot: a.Lot, Archive: hash, Index: share.Index, Proof: proof[:]}
	for i, d := range digests {
		body.Items = append(body.Items, ArchivePartial{Digest: d, Partial: points[i]})
	}
	if err := body.Check(); err != nil {
		return none, err
	}
	return pki.Sign(body, signer)
}

func (a Archive) items(digests []canon.Hash) ([]tdh2.Item, error) {
	list := make([]tdh2.Item, len(digests))
	for i, d := range digests {
		p, err := a.Part(d)
		if err != nil {
			return nil, err
		}
		if list[i], err = tdh2.Stanza(p.Stanza).Item(a.Label(p)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// OpenArchived gives an archived part's content key from the partial decryptions of k archivists. A false batch names its
// archivist (ErrFalsePartials); fewer than k are ErrTooFew. The key is held against the part's commitment.
func OpenArchived(a Archive, key pki.Signed[ArchiveKey], digest canon.Hash, batches []pki.Signed[ArchivePartials], certs Certificates) (seal.CEK, error) {
	if err := VerifyArchive(a, key); err != nil {
		return seal.CEK{}, err
	}
	points, err := key.Body.Points()
	if err != nil {
		return seal.CEK{}, err
	}
	part, err := a.Part(digest)
	if err != nil {
		return seal.CEK{}, err
	}
	partials := map[int]tdh2.Point{}
	for _, b := range batches {
		got, err := verifyArchivePartials(a, key.Body, points, b, certs)
		if err != nil {
			return seal.CEK{}, err
		}
		if d, ok := got[digest]; ok {
			partials[b.Body.Index] = d
		}
	}
	k, err := openLock(tdh2.Stanza(part.Stanza), a.Label(part), points.Threshold, partials)
	if err != nil {
		return seal.CEK{}, err
	}
	defer clear(k[:])
	cek := seal.CEK(k)
	if !cek.Committed(part.Commit) {
		return seal.CEK{}, ErrArchive.with("%s of %s: what was wrapped is not its content key", part.Kind, part.Bid)
	}
	return cek, nil
}

func verifyArchivePartials(a Archive, key ArchiveKey, points Key, b pki.Signed[ArchivePartials], certs Certificates) (map[canon.Hash]tdh2.Point, error) {
	if err := b.Body.Check(); err != nil {
		return nil, err
	}
	hash, err := canon.HashOf(a)
	if err != nil || b.Body.Archive != hash || b.Body.Lot != a.Lot || b.Body.Class != a.Class {
		return nil, ErrPartialsMismatch.with("of another archive record").by(b.Body.Index)
	}
	v, ok := points.VerificationOf(b.Body.Index)
	if !ok {
		return nil, ErrPartialsMismatch.with("no such archivist").by(b.Body.Index)
	}
	if err := verifyAll(b, []canon.Hash{key.Archivists[b.Body.Index-1].Certificate}, certs); err != nil {
		return nil, ErrSignatures.with("%v", err).by(b.Body.Index)
	}
	digests, partials := make([]canon.Hash, len(b.Body.Items)), make([]tdh2.Point, len(b.Body.Items))
	got := make(map[canon.Hash]tdh2.Point, len(b.Body.Items))
	for i, it := range b.Body.Items {
		digests[i], partials[i], got[it.Digest] = it.Digest, it.Partial, it.Partial
	}
	items, err := a.items(digests)
	if err != nil {
		return nil, err
	}
	if err := tdh2.VerifyPartials(v, items, partials, tdh2.Proof(b.Body.Proof)); err != nil {
		return nil, ErrFalsePartials.by(b.Body.Index)
	}
	return got, nil
}

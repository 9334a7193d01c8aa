package bundle

import (
	"bytes"
	"errors"
	"fmt"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/seal"
)

// checkReadouts repeats the opening: every read-out is opened from its partial decryptions and compared with its row of the
// opening record. What the record says was not decrypted must not decrypt here either.
func (v *verifier) checkReadouts() (int, error) {
	for _, b := range v.bids {
		if v.log.has(eventKey, "digest", b.readout.Digest.String()) && !v.folder.has(b.path("key-release.json")) {
			return 0, broken(b.path("key-release.json"), "file-missing", errors.New("the log tells that it was received"))
		}
	}
	return each(v.bids, func(b *bid) error {
		kb, err := v.readKeyRelease(b)
		if err != nil {
			return err
		}
		readout, failure := v.open(b, kb)
		row := v.rows[b.id]
		switch {
		case row.Status == custody.NotDecrypted && failure == nil:
			return broken(b.id, "readout-opens", errors.New("the record says it was not decrypted, and it decrypts"))
		case row.Status == custody.NotDecrypted:
			return v.sameReason(b, row.Reason, failure)
		case failure != nil:
			return broken(b.path("readout.gmtb"), "readout-closed", failure)
		}
		want, err := canon.Marshal(row.Readout)
		if err != nil {
			return broken(b.id, "record-malformed", err)
		}
		have, err := canon.Marshal(readout)
		if err != nil || !bytes.Equal(have, want) {
			return broken(b.id, "readout-differs", errors.New("the record's read-out is not what the bidder sealed"))
		}
		return nil
	})
}

// NoKeyRelease is the reason of a row whose bidder released no key within the window (mode B, 电子招标投标办法 art. 31).
const NoKeyRelease = "no-key-release"

// sameReason wants the record's reason to be what the repeated opening runs into. Where the holders refused a part there are too few
// partial decryptions to repeat it: then the reason is theirs, and the record, which the log holds, is all there is.
func (v *verifier) sameReason(b *bid, reason string, failure error) error {
	if errors.Is(failure, custody.ErrTooFew) {
		return nil
	}
	want := codeOf(failure, "")
	if errors.Is(failure, errNoKeyRelease) {
		want = NoKeyRelease
	}
	if reason != want {
		return broken(b.id, "record-reason", fmt.Errorf("the record says %q, the opening gives %q", reason, want))
	}
	return nil
}

// readKeyRelease returns the key that a mode-B bidder released, nil when there is none.
func (v *verifier) readKeyRelease(b *bid) (*[32]byte, error) {
	item := b.path("key-release.json")
	if !v.folder.has(item) {
		return nil, nil
	}
	if v.binding.Mode != custody.ModeBidderKey {
		return nil, broken(item, "key-release-mode", errors.New("the lot opens without bidders' keys"))
	}
	signed, err := readSigned[custody.KeyRelease](v, item)
	if err != nil {
		return nil, err
	}
	k := signed.Body
	if err := k.Check(); err != nil {
		return nil, broken(item, "record-malformed", err)
	}
	if err := v.stands(item, place{class: k.Class, lot: k.Lot}); err != nil {
		return nil, err
	}
	if k.Bid != b.id || k.Digest != b.readout.Digest {
		return nil, broken(item, "key-release-part", errors.New("it is of another bid or part"))
	}
	if err := signedBy(item, signed.Signatures, []canon.Hash{b.signer.Fingerprint()}, nil); err != nil {
		return nil, err
	}
	if !v.log.has(eventKey, "digest", b.readout.Digest.String()) {
		return nil, broken(item, "key-release-not-logged", nil)
	}
	kb := [32]byte(k.KB)
	return &kb, nil
}

var errNoKeyRelease = errors.New("the bidder did not release its key")

// open repeats the opening of one read-out from its partial decryptions, which are already proven.
func (v *verifier) open(b *bid, kb *[32]byte) (seal.Readout, error) {
	if v.binding.Mode == custody.ModeBidderKey && kb == nil {
		return seal.Readout{}, errNoKeyRelease
	}
	cek, err := custody.Open(b.front, v.locks[custody.LockT].key, v.locks[custody.LockC].key, b.partials[custody.LockT], b.partials[custody.LockC], kb)
	if err != nil {
		return seal.Readout{}, err
	}
	file, err := v.folder.read(b.path("readout.gmtb"))
	if err != nil {
		return seal.Readout{}, err
	}
	front, chunk, err := splitReadout(file)
	if err != nil {
		return seal.Readout{}, err
	}
	var content bytes.Buffer
	if err := seal.OpenFile(cek, front, bytes.NewReader(chunk), &content); err != nil {
		return seal.Readout{}, err
	}
	return seal.ParseReadout(content.Bytes())
}

package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
)

// checkStatements reads every bid's statement: signed by the bidder alone, of this lot and binding, with the read-out among its
// parts, logged as the bid's last word, and arrived strictly before the opening time.
func (v *verifier) checkStatements() (int, error) {
	for _, id := range v.folder.bids() {
		v.bids = append(v.bids, &bid{id: id})
	}
	count, err := each(v.bids, v.readStatement)
	if err != nil {
		return count, err
	}
	bidders := map[string]string{}
	for _, b := range v.bids {
		if twin, twice := bidders[b.bidder.Code]; twice {
			return count, broken(b.id, "bidder-twice", fmt.Errorf("the same bidder as %s", twin))
		}
		bidders[b.bidder.Code] = b.id
	}
	for id, e := range v.log.bids {
		if !v.folder.has("bids/" + id + "/statement.json") {
			return count, broken(id, "statement-missing", fmt.Errorf("%s says it was submitted and not withdrawn", e.item))
		}
	}
	return count, nil
}

func (v *verifier) readStatement(b *bid) error {
	item := "bids/" + b.id + "/statement.json"
	signed, err := readSigned[seal.Statement](v, item)
	if err != nil {
		return err
	}
	s := signed.Body
	if err := s.Check(); err != nil {
		return broken(item, "statement-malformed", err)
	}
	if err := v.stands(item, place{s.Class, s.Tender, s.Lot, s.Binding.String()}); err != nil {
		return err
	}
	if s.Bid != b.id {
		return broken(item, "statement-bid", fmt.Errorf("it is of %s", s.Bid))
	}
	if len(signed.Signatures) != 1 {
		return broken(item, "record-signature", errors.New("the bidder's signature alone is wanted"))
	}
	if b.signer, err = v.certificate(signed.Signatures[0].Signer); err != nil {
		return err
	}
	if b.hash, err = signed.Hash(); err != nil {
		return broken(item, "statement-malformed", err)
	}
	i := slices.IndexFunc(s.Parts, func(p seal.Part) bool { return p.Kind == seal.KindReadout })
	if i < 0 {
		return broken(item, "statement-no-readout", nil)
	}
	b.statement, b.readout = s, s.Parts[i]
	return v.readArrival(item, b)
}

func (v *verifier) readArrival(item string, b *bid) error {
	e, ok := v.log.bids[b.id]
	if !ok || e.text("statement") != b.hash.String() {
		return broken(item, "statement-not-logged", errors.New("no event of the log names it as the bid's last statement"))
	}
	at, err := canon.ParseTime(e.text("arrival"))
	if err != nil {
		return broken(e.item, "event-malformed", err)
	}
	if !at.Before(v.openingAt.Time) {
		return broken(item, "bid-after-deadline", fmt.Errorf("it arrived at %s", at))
	}
	if e.text("certificate") != b.signer.Fingerprint().String() {
		return broken(item, "statement-signer", errors.New("the log names another certificate"))
	}
	b.arrival, b.bidder = at, custody.NamedBidder{Name: e.text("bidder_name"), Code: e.text("code")}
	return nil
}

// checkFreeze verifies that exactly the bids of the folder are the frozen set, and that the log holds this freeze record.
func (v *verifier) checkFreeze() (int, error) {
	const item = "freeze.json"
	signed, err := readSigned[custody.Freeze](v, item)
	if err != nil {
		return 0, err
	}
	f := signed.Body
	if err := f.Check(); err != nil {
		return 0, broken(item, "record-malformed", err)
	}
	if err := v.stands(item, place{f.Class, f.Tender, f.Lot, f.Binding.String()}); err != nil {
		return 0, err
	}
	if v.freezeHash, err = signed.Hash(); err != nil {
		return 0, err
	}
	if !v.log.has(eventFrozen, "freeze", v.freezeHash.String()) || len(v.log.byEvent[eventFrozen]) != 1 {
		return 0, broken(item, "freeze-not-logged", errors.New("the log holds another freeze record, or several"))
	}
	if !f.OpeningAt.Equal(v.openingAt.Time) || f.FrozenAt.Before(f.OpeningAt.Time) {
		return 0, broken(item, "freeze-time", errors.New("not of the current opening time, or frozen before it"))
	}
	hashes := make([]canon.Hash, len(v.bids))
	for i, b := range v.bids {
		hashes[i] = b.hash
	}
	if int(f.Count) != len(v.bids) {
		return 0, broken(item, "freeze-count", fmt.Errorf("%d bids are frozen, the folder has %d", f.Count, len(v.bids)))
	}
	if custody.FreezeRoot(hashes) != f.Root {
		return 0, broken(item, "freeze-root", errors.New("the statements of the folder are not the frozen ones"))
	}
	if len(signed.Signatures) != 1 {
		return 0, broken(item, "record-signature", errors.New("the platform's signature alone is wanted"))
	}
	v.platforms[signed.Signatures[0].Signer] = true
	v.freeze = f
	return len(hashes), nil
}

// checkEnvelopes reads every sealed read-out: its digest is the statement's, its root and the bidder's signature hold, its label
// is of this lot and binding.
func (v *verifier) checkEnvelopes() (int, error) {
	return each(v.bids, func(b *bid) error {
		item := b.path("readout.gmtb")
		file, err := v.folder.read(item)
		if err != nil {
			return err
		}
		front, chunk, err := splitReadout(file)
		if err != nil {
			return broken(item, "header-malformed", err)
		}
		if int64(len(file)) != b.readout.Size {
			return broken(item, "length", fmt.Errorf("%d bytes, the statement says %d", len(file), b.readout.Size))
		}
		if front.Digest() != b.readout.Digest {
			return broken(item, "part-digest", errors.New("it is not the part that the statement names"))
		}
		if err := front.Verify(b.signer); err != nil {
			return broken(item, "signature-invalid", err)
		}
		if err := seal.VerifyFile(front, bytes.NewReader(chunk)); err != nil {
			return broken(item, "root-mismatch", err)
		}
		h := front.Header
		if h.Class != v.manifest.Class || h.Binding != v.bindingHash || h.Lot != v.manifest.Lot || h.Bidder != b.signer.Fingerprint() ||
			h.Kind != b.readout.Kind || h.Moment != b.readout.Moment || !v.published(h.NotBefore.UnixMilli()) ||
			h.ModeB() != (v.binding.Mode == custody.ModeBidderKey) {
			return broken(item, "label-mismatch", nil)
		}
		b.front = front
		return nil
	})
}

func (b *bid) path(name string) string { return "bids/" + b.id + "/" + name }

// published reports whether a time is one of the lot's published opening times.
func (v *verifier) published(ms int64) bool {
	return slices.ContainsFunc(v.openingTimes, func(t canon.Time) bool { return t.UnixMilli() == ms })
}

// checkStanzas checks the proofs of both stanzas of every read-out.
func (v *verifier) checkStanzas() (int, error) {
	items := make([]tdh2.CheckItem, 0, 2*len(v.bids))
	for _, b := range v.bids {
		label := b.front.Header.Label()
		items = append(items,
			tdh2.CheckItem{Pub: v.locks[custody.LockT].key.Public, Stanza: b.front.Header.T, Label: label},
			tdh2.CheckItem{Pub: v.locks[custody.LockC].key.Public, Stanza: b.front.Header.C, Label: label})
	}
	for i, err := range tdh2.CheckBatch(items) {
		if err != nil {
			return i, broken(v.bids[i/2].path("readout.gmtb"), "stanza-proof", fmt.Errorf("stanza %c: %w", "TC"[i%2], err))
		}
	}
	return len(items), nil
}

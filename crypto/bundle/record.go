package bundle

import (
	"errors"
	"fmt"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// checkRecord verifies the opening record (开标记录): it is the one that the log holds, of this freeze, and has exactly one row for
// each frozen bid, with the bid's own statement, arrival and bidder. Its read-outs are compared by checkReadouts.
func (v *verifier) checkRecord() (int, error) {
	const item = "record.json"
	signed, err := readSigned[custody.OpeningRecord](v, item)
	if err != nil {
		return 0, err
	}
	r := signed.Body
	if err := r.Check(); err != nil {
		return 0, broken(item, "record-malformed", err)
	}
	if err := v.stands(item, place{r.Class, r.Tender, r.Lot, r.Binding.String()}); err != nil {
		return 0, err
	}
	hash, err := signed.Hash()
	if err != nil {
		return 0, err
	}
	if !v.log.has(eventPublished, "record", hash.String()) || len(v.log.byEvent[eventPublished]) != 1 {
		return 0, broken(item, "record-not-logged", errors.New("the log holds another opening record, or several"))
	}
	if !v.log.has(eventOpened, "record", hash.String()) {
		return 0, broken(item, "record-not-logged", errors.New("the lot was not opened with it"))
	}
	if r.Freeze != v.freezeHash || r.Mode != v.binding.Mode || !r.OpeningAt.Equal(v.openingAt.Time) {
		return 0, broken(item, "record-place", errors.New("of another freeze record, mode or opening time"))
	}
	if err := v.recordSigners(item, signed.Signatures); err != nil {
		return 0, err
	}
	for i, row := range r.Rows {
		if i >= len(v.bids) || row.Bid != v.bids[i].id {
			return i, broken(row.Bid, "record-row", errors.New("the record's rows are not the frozen bids"))
		}
		if err := sameBid(row, v.bids[i]); err != nil {
			return i, err
		}
		v.rows[row.Bid] = row
	}
	if len(r.Rows) < len(v.bids) {
		return len(r.Rows), broken(v.bids[len(r.Rows)].id, "record-row", errors.New("the record has no row for it"))
	}
	v.record = r
	return len(r.Rows), nil
}

// recordSigners wants one signature of the platform, and those of authorities (招标人, 代理机构) that the log tells of, no others.
func (v *verifier) recordSigners(item string, have []pki.Signature) error {
	var own []canon.Hash
	for _, s := range have {
		if _, authority := v.authorities[s.Signer]; !authority {
			own = append(own, s.Signer)
		}
	}
	if len(own) != 1 {
		return broken(item, "record-signature", fmt.Errorf("%d signatures that are no authority's; the platform's alone is wanted", len(own)))
	}
	v.platforms[own[0]] = true
	for _, e := range v.log.byEvent[eventSigned] {
		if h, err := canon.ParseHash(e.text("signer")); err == nil {
			own = append(own, h)
		}
	}
	return signedBy(item, have, own, nil)
}

func sameBid(row custody.Row, b *bid) error {
	switch {
	case row.Statement != b.hash:
		return broken(row.Bid, "record-statement", errors.New("the row is of another statement"))
	case !row.Arrival.Equal(b.arrival.Time):
		return broken(row.Bid, "record-arrival", fmt.Errorf("the row says %s, the log %s", row.Arrival, b.arrival))
	case row.Bidder != b.bidder:
		return broken(row.Bid, "record-bidder", errors.New("the row names another bidder than the log"))
	}
	return nil
}

// checkCauses verifies the tenderer's findings why bids were not decrypted (电子招标投标办法 art. 31), one for each that the log tells of.
func (v *verifier) checkCauses() (int, error) {
	const path = "causes.jsonl"
	last, count := "", 0
	seen := map[string]bool{}
	if v.folder.has(path) {
		err := v.folder.lines(path, func(n int, data []byte) error {
			item := fmt.Sprintf("%s:%d", path, n)
			signed, err := parseSigned[custody.Cause](v, item, data)
			if err != nil {
				return err
			}
			if err := v.readCause(item, signed, last); err != nil {
				return err
			}
			last, count = signed.Body.Bid, count+1
			seen[last] = true
			return nil
		})
		if err != nil {
			return count, err
		}
	}
	for _, e := range v.log.byEvent[eventCause] {
		if id := e.text("bid"); !seen[id] {
			return count, broken(path, "cause-missing", fmt.Errorf("%s: %s tells of one for %s", path, e.item, id))
		}
	}
	return count, nil
}

func (v *verifier) readCause(item string, signed pki.Signed[custody.Cause], last string) error {
	c := signed.Body
	if err := c.Check(); err != nil {
		return broken(item, "record-malformed", err)
	}
	if err := v.stands(item, place{lot: c.Lot}); err != nil {
		return err
	}
	if c.Bid <= last {
		return broken(item, "causes-order", errors.New("causes stand in ascending order of bid, none twice"))
	}
	if v.rows[c.Bid].Status != custody.NotDecrypted {
		return broken(item, "cause-bid", fmt.Errorf("%s was decrypted, or is no bid of this lot", c.Bid))
	}
	for _, s := range signed.Signatures {
		if v.authorities[s.Signer] != roleTenderer {
			return broken(item, "record-signature", errors.New("not signed by the tenderer"))
		}
	}
	if !v.log.has(eventCause, "bid", c.Bid) {
		return broken(item, "cause-not-logged", nil)
	}
	return nil
}

// checkTrust holds the bundle's keys against the trust list: the platform's, the log's and the keyholders' by fingerprint, everybody
// else's certificate by its issuer, as of the time it was used.
func (v *verifier) checkTrust() (int, error) {
	if v.trust.Class != v.manifest.Class {
		return 0, broken("manifest.json", "class-mismatch", errors.New("the trust list is of the other class"))
	}
	count := 0
	must := func(h canon.Hash, as string, ok func(*pki.Certificate) bool) error {
		c, err := v.certificate(h)
		if err != nil {
			return err
		}
		if !ok(c) {
			return broken("certificates/"+h.String()+".der", "trust-"+as, errors.New("not in the trust list"))
		}
		count++
		return nil
	}
	for _, h := range sorted(v.platforms) {
		if err := must(h, "platform", v.trust.IsPlatform); err != nil {
			return count, err
		}
	}
	if err := must(v.logCertificate.Fingerprint(), "log", v.trust.IsLog); err != nil {
		return count, err
	}
	for _, h := range v.locks[custody.LockT].holders {
		if err := must(h, "keyholder", v.trust.IsKeyholder); err != nil {
			return count, err
		}
	}
	judged, err := each(v.judgements(), v.judge)
	return count + judged, err
}

// judgement is one certificate that an issuer of the trust list must answer for at an instant.
type judgement struct {
	fingerprint canon.Hash
	at          canon.Time
}

func (v *verifier) judgements() []judgement {
	dealt := v.officerKey.DealtAt
	var list []judgement
	for _, o := range v.officerKey.Officers {
		list = append(list, judgement{o.Certificate, dealt})
	}
	for _, h := range sorted(v.authorities) {
		list = append(list, judgement{h, dealt})
	}
	for _, b := range v.bids {
		list = append(list, judgement{b.signer.Fingerprint(), b.arrival})
	}
	return list
}

func (v *verifier) judge(j judgement) error {
	c, err := v.certificate(j.fingerprint)
	if err != nil {
		return err
	}
	if err := v.trust.Judge(c, pki.Signing, j.at.Time, v.intermediates...); err != nil {
		return broken("certificates/"+j.fingerprint.String()+".der", "certificate-foreign", err)
	}
	return nil
}

// fingerprints are the keys that a person can compare by eye.
func (v *verifier) fingerprints() Fingerprints {
	out := Fingerprints{Platform: texts(sorted(v.platforms)), Keyholders: texts(v.locks[custody.LockT].holders)}
	if v.logCertificate != nil {
		out.Log = []string{v.logCertificate.Fingerprint().String()}
	}
	if !v.dealer.IsZero() {
		out.Dealer = []string{v.dealer.String()}
	}
	return out
}

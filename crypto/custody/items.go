package custody

import (
	"bytes"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
)

// gate decides about single items of one request: rule 2 of SPEC.md section 7, after clock, freeze and moment.
type gate struct {
	standing
	lock   string
	kind   string
	moment string
	frozen []canon.Hash // ascending
}

// admitted is an item that has passed everything but the stanza's proof.
type admitted struct {
	bid    string
	digest canon.Hash
	stanza tdh2.Stanza
	label  []byte
}

// admit checks one item. The front's own signature is not looked at: the digest over the front stands in a statement that
// the bidder of the label has signed, which says more.
func (g gate) admit(it ReleaseItem) (admitted, error) {
	front, err := seal.ParseFront(it.Front)
	if err != nil {
		return admitted{}, err
	}
	h := front.Header
	if err := g.admitLabel(h); err != nil {
		return admitted{}, err
	}
	signer, err := pki.ParseCertificate(it.Certificate)
	if err != nil {
		return admitted{}, err
	}
	if signer.Fingerprint() != h.Bidder {
		return admitted{}, ErrBidder
	}
	statement, err := g.admitStatement(it.Statement, signer)
	if err != nil {
		return admitted{}, err
	}
	digest := front.Digest()
	named := slices.ContainsFunc(statement.Parts, func(p seal.Part) bool {
		return p.Digest == digest && p.Kind == h.Kind && p.Moment == h.Moment
	})
	if !named {
		return admitted{}, ErrPartMixed
	}
	stanza := h.T
	if g.lock == LockC {
		stanza = h.C
	}
	return admitted{statement.Bid, digest, stanza, h.Label()}, nil
}

func (g gate) admitLabel(h seal.Header) error {
	switch {
	case h.Class != g.binding.Class:
		return ErrClass
	case h.Binding != g.hash:
		return ErrLabel.with("binding")
	case h.Lot != g.binding.Lot:
		return ErrLabel.with("lot")
	case string(h.Kind) != g.kind:
		return ErrLabel.with("kind")
	case h.Moment != g.moment:
		return ErrLabel.with("moment")
	case h.ModeB() != (g.binding.Mode == ModeBidderKey):
		return ErrLabel.with("mode of decryption")
	case !slices.ContainsFunc(g.openings, func(t canon.Time) bool { return t.Equal(h.NotBefore) }):
		return ErrLabel.with("not-before is no published opening time")
	}
	return nil
}

// admitStatement: the statement stands in the frozen set, is about this lot, and the certificate's key signed it.
// Signing is checked here although the platform checked it on arrival: a holder does not take the platform's word.
func (g gate) admitStatement(record []byte, signer *pki.Certificate) (seal.Statement, error) {
	var none seal.Statement
	signed, err := pki.ParseSigned[seal.Statement](record)
	if err != nil {
		return none, err
	}
	st := signed.Body
	if err := st.Check(); err != nil {
		return none, err
	}
	body := signedBody(record)
	if body == nil || !containsHash(g.frozen, canon.Sum(body)) {
		return none, ErrNotInFreeze
	}
	if st.Class != g.binding.Class {
		return none, ErrClass
	}
	if st.Binding != g.hash || st.Lot != g.binding.Lot || st.Tender != g.binding.Tender {
		return none, ErrLabel.with("statement of another lot")
	}
	if len(signed.Signatures) != 1 || signed.Signatures[0].Signer != signer.Fingerprint() || !signer.Verify(body, signed.Signatures[0].Sig) {
		return none, ErrBidder.with("the statement's signature")
	}
	return st, nil
}

// signedBody cuts the canonical bytes of the body out of a canonical signed record: {"body":BODY,"signatures":[…]}.
// Signatures hold only hexadecimal text, so that the last occurrence is the separator.
func signedBody(record []byte) []byte {
	const before, between = `{"body":`, `,"signatures":[`
	end := bytes.LastIndex(record, []byte(between))
	if !bytes.HasPrefix(record, []byte(before)) || end < len(before) {
		return nil
	}
	return record[len(before):end]
}

// releaseItems checks all items on all cores and makes one batch of the good ones. body is nil when none is good.
func (g gate) releaseItems(share func([]tdh2.Item) ([]tdh2.Point, tdh2.Proof, error), items []ReleaseItem) (*PartialsBatch, []ItemRefusal, error) {
	passed := make([]admitted, len(items))
	faults := make([]error, len(items))
	onAllCores(len(items), func(i int) { passed[i], faults[i] = g.admit(items[i]) })

	seen := make(map[canon.Hash]bool, len(items))
	checks := make([]tdh2.CheckItem, 0, len(items))
	at := make([]int, 0, len(items))
	for i := range items {
		if faults[i] != nil {
			continue
		}
		if seen[passed[i].digest] {
			faults[i] = ErrRequest.with("one part twice")
			continue
		}
		seen[passed[i].digest] = true
		checks = append(checks, tdh2.CheckItem{Pub: g.key.Public, Stanza: passed[i].stanza, Label: passed[i].label})
		at = append(at, i)
	}
	// No secret touches a point before this check has passed: TDH2.
	good := make([]tdh2.Item, 0, len(at))
	batch := PartialsBatch{Type: TypePartials, Class: g.binding.Class, Lot: g.binding.Lot, Lock: g.lock, Index: g.index, Kind: g.kind, Moment: g.moment}
	for j, err := range tdh2.CheckBatch(checks) {
		if err == nil {
			var item tdh2.Item
			if item, err = checks[j].Stanza.Item(checks[j].Label); err == nil {
				good = append(good, item)
				batch.Items = append(batch.Items, PartialItem{Bid: passed[at[j]].bid, Digest: passed[at[j]].digest})
				continue
			}
		}
		faults[at[j]] = err
	}
	refused := []ItemRefusal{}
	for i, err := range faults {
		if err != nil {
			refused = append(refused, refusalOfItem(i, err))
		}
	}
	if len(good) == 0 {
		return nil, refused, nil
	}
	points, proof, err := share(good)
	if err != nil {
		return nil, nil, err
	}
	for i := range points {
		batch.Items[i].Partial = points[i]
	}
	batch.Proof = proof[:]
	return &batch, refused, nil
}

func refusalOfItem(i int, err error) ItemRefusal {
	r := ItemRefusal{Item: i, Code: "item-invalid"}
	var coded interface{ Code() string }
	if errors.As(err, &coded) {
		r.Code = coded.Code()
	}
	var ours *Refusal
	if errors.As(err, &ours) {
		r.Detail = ours.Detail()
	}
	return r
}

func onAllCores(n int, do func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wait.Wait()
}

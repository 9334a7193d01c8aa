package model_test

import (
	"testing"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/custody/custodytest"
	"sunbid/crypto/custody/model"
	"sunbid/crypto/seal"
)

// seal makes the parts, their disguises, the four freeze records and the release record of the later moment.
func (w *world) seal(t *testing.T) {
	t.Helper()
	w.bids, w.relabelled, w.elsewhere = map[model.Part]custodytest.Bid{}, map[model.Part]custodytest.Bid{}, map[model.Part]custodytest.Bid{}
	var honest, other, disguised, copies []custodytest.Bid
	for p := model.Kept; p <= model.Price; p++ {
		bidder := custodytest.NewParty(t, w.lot.CA, "投标人")
		purpose := w.lot.Purpose(bidder)
		purpose.Kind, purpose.Moment = kindOf(p, model.AsItIs)
		if p == model.Later {
			purpose.NotBefore = w.tick(4)
		}
		bid := w.lot.Seal(t, bidder, purpose)
		w.bids[p] = bid
		w.relabelled[p] = w.relabel(t, bid)
		disguised = append(disguised, w.relabelled[p])
		w.elsewhere[p] = w.other.State(t, bid, seal.Statement{})
		copies = append(copies, w.elsewhere[p])
		if p == model.Left {
			other = append(other, bid)
		} else {
			honest = append(honest, bid)
		}
	}
	w.freezes = map[model.Freeze]custody.FreezeEvidence{}
	for opening := range 2 {
		at := w.tick(2 + 2*opening)
		w.freezes[model.FreezeOf(opening, model.HonestSet)] = w.lot.Freeze(t, at, 0, append(honest, disguised...)...)
		w.freezes[model.FreezeOf(opening, model.OtherSet)] = w.lot.Freeze(t, at, 0, append(other, disguised...)...)
	}
	w.otherFreeze = w.other.Freeze(t, w.other.OpeningAt, 0, copies...)
	body := custody.MomentRelease{Type: custody.TypeRelease, Class: w.lot.Class, Tender: w.lot.Tender, Lot: w.lot.Lot, Binding: w.lot.Hash, Moment: "price", After: canon.Sum([]byte("technical result"))}
	w.later.Release.Body = body
	for _, o := range w.lot.Officers[:2] {
		ok(t, w.later.Release.Add(o.Signer))
		w.later.Certificates = append(w.later.Certificates, o.Signer.Certificate().DER())
	}
	hash, err := w.later.Release.Hash()
	ok(t, err)
	w.later.Event = w.lot.Log.Publish(t, w.lot.Tender, w.lot.Lot, custody.EventMomentReleased, map[string]any{"release": hash})
}

// relabel is what a rival can make of another's part without its key: the same stanzas under a label of the rival's, with
// the first opening time and the opening as its moment, in a bid of the rival's own.
func (w *world) relabel(t *testing.T, victim custodytest.Bid) custodytest.Bid {
	t.Helper()
	rival := custodytest.NewParty(t, w.lot.CA, "抄袭者")
	h := victim.Front.Header
	h.Bidder, h.Kind, h.Moment, h.NotBefore = rival.Print(), seal.KindReadout, seal.MomentOpening, canon.At(w.tick(2)).Time
	front := seal.Front{Header: h, Raw: h.Encode(), Root: victim.Front.Root}
	id := front.ID()
	var err error
	front.Sig, err = rival.Signer.Sign(append(append([]byte("GMTB v1 sealed"), id[:]...), front.Root[:]...))
	ok(t, err)
	return w.lot.State(t, custodytest.Bid{Bidder: rival, Front: front, Content: []byte("x")}, seal.Statement{})
}

// request is the release request of the model's ask, with proofs from the checkpoint that the keyholder saw last.
func (w *world) request(t *testing.T, seen int64, a model.Ask) custody.ReleaseRequest {
	t.Helper()
	lot, evidence, bid := w.lot, w.freezes[a.Freeze], w.bids[a.Part]
	switch a.As {
	case model.Relabel:
		bid = w.relabelled[a.Part]
	case model.Elsewhere:
		lot, evidence, bid = w.other, w.otherFreeze, w.elsewhere[a.Part]
	}
	if seen > 0 {
		evidence.Consistency = w.lot.Log.Since(t, seen, *evidence.Event)
	}
	r := lot.Release(evidence, bid)
	kind, moment := kindOf(a.Part, a.As)
	r.Kind, r.Moment = string(kind), moment
	if a.Record {
		later := w.later
		later.Consistency = w.lot.Log.Since(t, max(seen, evidence.Event.Proof.Size), later.Event)
		r.Later = &later
	}
	return r
}

package attacks_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/web/api/wire"
)

// post sends a statement's bytes for a lot.
func (s *scene) post(t *testing.T, b *bidder, lot bidding.LotID, raw []byte) answer {
	t.Helper()
	return s.do(t, call{method: http.MethodPost, path: "/lots/" + lot.String() + "/bids", token: b.token, media: "application/json", body: raw})
}

func signed(t *testing.T, body seal.Statement, by ...pki.Signer) seal.SignedStatement {
	t.Helper()
	out := seal.SignedStatement{Body: body}
	for _, who := range by {
		if err := out.Add(who); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func raw(t *testing.T, st seal.SignedStatement) []byte {
	t.Helper()
	b, err := st.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// next is the statement that would rightly follow: a replacement that names the same parts.
func (s *scene) next(t *testing.T, b *bidder) seal.Statement {
	t.Helper()
	state := s.state(t, b, s.farKeys)
	st := seal.Statement{
		Type: seal.StatementType, Class: string(bidding.Rehearsal), Tender: state.Tender.String(), Lot: state.Lot.String(), Bid: state.ID.String(), Binding: state.Binding,
		Version: state.Version + 1, Action: seal.ActionReplace, Previous: state.Statement, SignedAt: canon.At(time.Now()),
	}
	for _, p := range state.Parts {
		st.Parts = append(st.Parts, seal.Part{Kind: p.Kind, Moment: p.Moment, Digest: p.Digest, Size: p.Size})
	}
	return st
}

// statements: everything that can be wrong with a statement of a bidder who has a bid, beside a rival who has one too.
func (s *scene) statements(t *testing.T, b, rival *bidder) {
	me, you := b.Who.Signer, rival.Who.Signer
	readout := func(p []seal.Part) *seal.Part {
		return &p[slices.IndexFunc(p, func(x seal.Part) bool { return x.Kind == seal.KindReadout })]
	}
	theirs := s.next(t, rival)
	elsewhere := s.part(t, b, s.soonKeys, seal.KindReadout, 100)
	s.stored(t, b, s.soon.Lot, elsewhere)
	unsealed := s.part(t, b, s.farKeys, seal.KindReadout, 100)
	s.uploaded(t, b, s.far.Lot, unsealed, unsealed.front.Size())
	for _, c := range []struct {
		name    string
		change  func(st *seal.Statement)
		by      []pki.Signer
		want    refusal
		receipt bool // a signed receipt of the refusal (拒收回执) comes with it
	}{
		{"part of another bidder", func(st *seal.Statement) { *readout(st.Parts) = *readout(theirs.Parts) }, nil, refusal{422, "bid-part-missing", "E20-27"}, true},
		{"part of another lot", func(st *seal.Statement) { readout(st.Parts).Digest = elsewhere.Digest }, nil, refusal{422, "bid-part-missing", "E20-27"}, true},
		{"part that is not sealed", func(st *seal.Statement) { readout(st.Parts).Digest = unsealed.Digest }, nil, refusal{422, "bid-part-missing", "E20-27"}, true},
		{"a part left out", func(st *seal.Statement) { st.Parts = st.Parts[:1] }, nil, refusal{422, "bid-part-missing", "E20-27"}, true},
		{"digests exchanged", func(st *seal.Statement) {
			st.Parts[0].Digest, st.Parts[1].Digest = st.Parts[1].Digest, st.Parts[0].Digest
		}, nil, refusal{422, "bid-part-differs", "E20-26"}, true},
		{"another size", func(st *seal.Statement) { st.Parts[0].Size++ }, nil, refusal{422, "bid-part-differs", "E20-26"}, true},
		{"another moment", func(st *seal.Statement) { st.Parts[0].Moment = "later" }, nil, refusal{422, "bid-part-unasked", "E20-26"}, true},
		{"a version left out", func(st *seal.Statement) { st.Version++ }, nil, refusal{409, "bid-version", "BL-29"}, true},
		{"the same version again", func(st *seal.Statement) {
			st.Version, st.Previous, st.Action = 1, canon.Hash{}, seal.ActionSubmit
		}, nil, refusal{409, "bid-version", "BL-29"}, true},
		{"another statement before", func(st *seal.Statement) { st.Previous[0] ^= 1 }, nil, refusal{409, "bid-previous", "BL-29"}, true},
		{"submitted twice", func(st *seal.Statement) { st.Action = seal.ActionSubmit }, nil, refusal{409, "bid-action", "BL-29"}, true},
		{"another bid", func(st *seal.Statement) { st.Bid = bidding.NewBidID().String() }, nil, refusal{409, "bid-identifier", ""}, true},
		{"the rival's bid", func(st *seal.Statement) { st.Bid = theirs.Bid }, nil, refusal{409, "bid-identifier", ""}, true},
		{"another lot", func(st *seal.Statement) { st.Lot = s.soon.Lot.String() }, nil, refusal{422, "bid-other-lot", "E20-26"}, false},
		{"another tender", func(st *seal.Statement) { st.Tender = s.soon.Tender.String() }, nil, refusal{422, "bid-other-lot", "E20-26"}, false},
		{"another binding", func(st *seal.Statement) { st.Binding = s.soonKeys.Binding }, nil, refusal{422, "bid-other-lot", "E20-26"}, true},
		{"another class", func(st *seal.Statement) { st.Class = string(bidding.Production) }, nil, refusal{403, "class-mismatch", ""}, false},
		{"parts out of order", func(st *seal.Statement) { slices.Reverse(st.Parts) }, nil, refusal{422, "statement-malformed", "IR-36"}, false},
		{"a kind twice", func(st *seal.Statement) { st.Parts = append(st.Parts, st.Parts[1]) }, nil, refusal{422, "statement-malformed", "IR-36"}, false},
		{"withdrawn with parts", func(st *seal.Statement) { st.Action = seal.ActionWithdraw }, nil, refusal{422, "statement-malformed", "IR-36"}, false},
		{"an action nobody knows", func(st *seal.Statement) { st.Action = "open" }, nil, refusal{422, "statement-malformed", "IR-36"}, false},
		{"signed by the rival", func(*seal.Statement) {}, []pki.Signer{you}, refusal{403, "bid-not-own", ""}, true},
		{"signed by both", func(*seal.Statement) {}, []pki.Signer{me, you}, refusal{403, "bid-not-own", ""}, true},
	} {
		st := s.next(t, b)
		c.change(&st)
		if c.by == nil {
			c.by = []pki.Signer{me}
		}
		a := s.attack(t, "statement: "+c.name, b, true, c.want, func() answer { return s.post(t, b, s.far.Lot, raw(t, signed(t, st, c.by...))) })
		if has := a.problem != nil && len(a.problem.Receipt) > 0; has != c.receipt {
			t.Errorf("statement: %s: receipt of the refusal: %v", c.name, has)
		} else if r := signedReceipt(t, a); has && (r.Outcome != seal.OutcomeRefused || r.Refusal != c.want.code) {
			t.Errorf("statement: %s: receipt %+v", c.name, r)
		}
	}
	s.attack(t, "statement: signed by nobody", b, true, refusal{422, "record-not-signed", ""}, func() answer { return s.post(t, b, s.far.Lot, raw(t, signed(t, s.next(t, b)))) })
	forged := signed(t, s.next(t, b), me)
	forged.Body.SignedAt = canon.At(time.Now().Add(time.Hour))
	s.attack(t, "statement: changed after signing", b, true, refusal{422, "record-signature", ""}, func() answer { return s.post(t, b, s.far.Lot, raw(t, forged)) })
	s.attack(t, "statement: a bidder's, sent by a rival", rival, true, refusal{403, "bid-not-own", ""}, func() answer { return s.post(t, rival, s.far.Lot, raw(t, signed(t, s.next(t, b), me))) })
}

// withdrawals: what has been withdrawn cannot be withdrawn again or replaced; it can be submitted again.
func (s *scene) withdrawals(t *testing.T, b, none *bidder) {
	me := b.Who.Signer
	parts := s.next(t, b).Parts
	withdraw := s.next(t, b)
	withdraw.Action, withdraw.Parts = seal.ActionWithdraw, []seal.Part{}
	gone := signed(t, withdraw, me)
	if a := s.post(t, b, s.far.Lot, raw(t, gone)); a.status != 201 {
		t.Fatalf("withdraw: %s", a.body)
	}
	previous, err := gone.Hash()
	if err != nil {
		t.Fatal(err)
	}
	again := withdraw
	again.Version, again.Previous = withdraw.Version+1, previous
	s.attack(t, "withdraw twice", b, true, refusal{409, "bid-action", "BL-29"}, func() answer { return s.post(t, b, s.far.Lot, raw(t, signed(t, again, me))) })
	again.Action, again.Parts = seal.ActionReplace, parts
	s.attack(t, "replace what is withdrawn", b, true, refusal{409, "bid-action", "BL-29"}, func() answer { return s.post(t, b, s.far.Lot, raw(t, signed(t, again, me))) })
	again.Action = seal.ActionSubmit
	st := signed(t, again, me)
	if a := s.post(t, b, s.far.Lot, raw(t, st)); a.status != 201 {
		t.Errorf("submit again: %s", a.body)
	}
	s.twice(t, b, st)

	empty := again
	empty.Bid, empty.Action = bidding.NewBidID().String(), seal.ActionReplace
	s.attack(t, "replace what was never submitted", none, true, refusal{409, "bid-version", "BL-29"}, func() answer {
		return s.post(t, none, s.far.Lot, raw(t, signed(t, empty, none.Who.Signer)))
	})
	empty.Version, empty.Previous = 1, canon.Hash{}
	s.attack(t, "replace as the first version", none, true, refusal{422, "statement-malformed", "IR-36"}, func() answer {
		return s.post(t, none, s.far.Lot, raw(t, signed(t, empty, none.Who.Signer)))
	})
}

// twice: the same statement gives the same receipt, whatever key it comes under, and changes nothing.
func (s *scene) twice(t *testing.T, b *bidder, st seal.SignedStatement) {
	t.Helper()
	before := s.accepted(t)
	var receipts []string
	key := bidding.NewStreamID().String()
	for i := range 3 {
		c := call{method: http.MethodPost, path: "/lots/" + s.far.Lot.String() + "/bids", token: b.token, media: "application/json", body: raw(t, st)}
		if i > 0 {
			c.key = key
		}
		a := s.do(t, c)
		var r wire.Receipt
		if err := json.Unmarshal(a.body, &r); err != nil || a.status != 201 || a.replayed != (i == 2) {
			t.Fatalf("the same statement again: %d %s", a.status, a.body)
		}
		receipts = append(receipts, string(r.Receipt))
	}
	if receipts[0] == "" || receipts[0] != receipts[1] || receipts[1] != receipts[2] {
		t.Error("the same statement got different receipts")
	}
	if s.accepted(t) != before {
		t.Error("the same statement again changed something")
	}
}

// requests: what is wrong before any rule of bidding is asked.
func (s *scene) requests(t *testing.T, b *bidder) {
	good := raw(t, signed(t, s.next(t, b), b.Who.Signer))
	upload := `{"kind":"readout","size":66400,"chunks":1}`
	bids, uploads := "/lots/"+s.far.Lot.String()+"/bids", "/lots/"+s.far.Lot.String()+"/uploads"
	nested := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	for _, c := range []struct {
		name, path, body, media string
		want                    refusal
	}{
		{"statement with a key twice", bids, strings.Replace(string(good), `"action":"replace"`, `"action":"replace","action":"withdraw"`, 1), "", refusal{422, "canon-duplicate-key", ""}},
		{"statement with a space", bids, " " + string(good), "", refusal{422, "canon-not-canonical", ""}},
		{"statement with its keys reordered", bids, `{"signatures":[],` + strings.TrimPrefix(string(good), "{"), "", refusal{422, "canon-duplicate-key", ""}},
		{"statement with a number like 2.0", bids, strings.Replace(string(good), `"version":2`, `"version":2.0`, 1), "", refusal{422, "canon-number", ""}},
		{"statement with a number like 2e0", bids, strings.Replace(string(good), `"version":2`, `"version":2e0`, 1), "", refusal{422, "canon-number", ""}},
		{"statement with a number beyond 2^53", bids, strings.Replace(string(good), `"version":2`, `"version":9007199254740993`, 1), "", refusal{422, "canon-number", ""}},
		{"statement with a key of its own", bids, strings.Replace(string(good), `"version":2`, `"version":2,"version2":2`, 1), "", refusal{422, "canon-unknown-key", ""}},
		{"statement cut off", bids, string(good[:len(good)/2]), "", refusal{422, "canon-not-canonical", ""}},
		{"huge nesting for a statement", bids, nested, "", refusal{422, "canon-depth", ""}},
		{"statement as text", bids, string(good), "text/plain", refusal{415, "media-type", ""}},
		{"statement without a type", bids, string(good), "-", refusal{415, "media-type", ""}},
		{"statement larger than any", bids, string(bytes.Repeat([]byte("9"), 2<<20)), "", refusal{413, "request-too-large", ""}},
		{"form with a key twice", uploads, `{"kind":"readout","kind":"body","size":70000,"chunks":1}`, "", refusal{422, "canon-duplicate-key", ""}},
		{"form with a number like 1e0", uploads, `{"kind":"readout","size":70000,"chunks":1e0}`, "", refusal{422, "canon-number", ""}},
		{"form with a number beyond 2^53", uploads, `{"kind":"readout","size":9007199254740993,"chunks":1}`, "", refusal{422, "canon-number", ""}},
		{"huge nesting in a form", uploads, nested, "", refusal{422, "canon-depth", ""}},
		{"form that is no JSON", uploads, `{"kind":`, "", refusal{400, "request-unreadable", ""}},
		{"form as a record", uploads, upload, "application/xml", refusal{415, "media-type", ""}},
	} {
		media := c.media
		if media == "" {
			media = "application/json"
		}
		s.attack(t, "request: "+c.name, b, true, c.want, func() answer {
			return s.do(t, call{method: http.MethodPost, path: c.path, token: b.token, media: strings.TrimPrefix(media, "-"), body: []byte(c.body)})
		})
	}
	first := call{method: http.MethodPost, path: uploads, token: b.token, media: "application/json", body: []byte(upload), key: bidding.NewStreamID().String()}
	one, two := s.do(t, first), s.do(t, first)
	if one.status != 201 || !two.replayed || string(one.body) != string(two.body) {
		t.Errorf("the same request again: %d %s, %d %s", one.status, one.body, two.status, two.body)
	}
	for name, change := range map[string]func(c *call){
		"key with another body":    func(c *call) { c.body = []byte(`{"kind":"readout","size":66401,"chunks":1}`) },
		"key at another address":   func(c *call) { c.path, c.body = bids, good },
		"key without its own body": func(c *call) { c.body = []byte(`{}`) },
	} {
		c := first
		change(&c)
		s.attack(t, "request: "+name, b, true, refusal{409, "idempotency-key-reused", ""}, func() answer { return s.do(t, c) })
	}
	first.key = "-"
	s.attack(t, "request: no key", b, true, refusal{400, "idempotency-key-missing", ""}, func() answer { return s.do(t, first) })
}

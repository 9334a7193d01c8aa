package desk

import (
	"errors"
	"slices"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// TypeBid is the type of the state file of a bid.
const TypeBid = "sunbid/desk-bid/v1"

const maxBidFile = 1 << 20

// Bid is what this machine knows of its bid for one lot: the parts it sealed, and the last statement the platform answered.
type Bid struct {
	Type      string           `json:"type"`
	Lot       bidding.LotID    `json:"lot"`
	Tender    bidding.TenderID `json:"tender"`
	Class     bidding.Class    `json:"class"`
	Binding   canon.Hash       `json:"binding"`
	ID        bidding.BidID    `json:"id"`
	Parts     []SealedPart     `json:"parts"`             // newest of each kind, ascending by kind
	Submitted []SealedPart     `json:"submitted"`         // parts of the last accepted statement
	Version   int64            `json:"version"`           // of the last accepted statement, 0: none
	Statement canon.Hash       `json:"statement"`         // its hash
	Action    seal.Action      `json:"action"`            // its action, empty: none
	Pending   *Statement       `json:"pending,omitempty"` // signed, not yet answered: it is sent again unchanged
	Receipts  []string         `json:"receipts"`          // file names, oldest first
}

// Statement is a submit statement as it travels.
type Statement = seal.SignedStatement

// Refusals of a bid's own state.
var (
	ErrNothingSealed = bidding.Refuse("desk-nothing-sealed", bidding.Missing, "", "还没有加密好的投标文件，请先运行 sealbid seal。", "nothing is sealed yet: run sealbid seal")
	ErrNotSubmitted  = bidding.Refuse("desk-not-submitted", bidding.Conflict, "", "还没有递交过投标。", "no bid was submitted yet")
	ErrSubmitted     = bidding.Refuse("desk-submitted", bidding.Conflict, "", "投标已递交；要修改请运行 sealbid replace。", "the bid was submitted already: use replace")
	ErrBidFile       = bidding.Refuse("desk-bid-file", bidding.Invalid, "", "投标状态文件已损坏。", "the state file of the bid is damaged")
	ErrNothingNew    = bidding.Refuse("desk-nothing-new", bidding.Conflict, "", "没有新加密的内容，无需修改；请先运行 sealbid seal。", "nothing was sealed since the last version: run sealbid seal first")
	ErrRebound       = bidding.Refuse("desk-rebound", bidding.Conflict, "", "加密之后标段密钥已更换，请重新加密。", "the lot's keys changed since sealing: seal again")
)

// LoadBid reads the state of a bid, or begins a new one with a fresh identity.
func LoadBid(home Home, lot Lot) (*Bid, error) {
	b, err := ReadBid(home, lot.ID)
	if errors.Is(err, ErrFileMissing) {
		return &Bid{Type: TypeBid, Lot: lot.ID, Tender: lot.Tender, Class: lot.Class, Binding: lot.Binding, ID: bidding.NewBidID(), Parts: []SealedPart{}, Submitted: []SealedPart{}, Receipts: []string{}}, nil
	}
	return b, err
}

// ReadBid reads the state of a bid; ErrFileMissing, ErrBidFile.
func ReadBid(home Home, lot bidding.LotID) (*Bid, error) {
	var b Bid
	data, err := ReadFile(home.Bid(lot), maxBidFile)
	if err != nil {
		return nil, err
	}
	if err := canon.Unmarshal(data, &b); err != nil || b.Type != TypeBid || b.Lot != lot {
		return nil, ErrBidFile.With(home.Bid(lot))
	}
	return &b, nil
}

// Save writes the state.
func (b *Bid) Save(home Home) error { return SaveJSON(home.Bid(b.Lot), b) }

// Missing are the kinds that the lot requires and that are not sealed yet, in the lot's order.
func (b *Bid) Missing(lot Lot) []seal.Kind {
	var kinds []seal.Kind
	for _, rule := range lot.Kinds {
		if rule.Required && !slices.ContainsFunc(b.Parts, func(p SealedPart) bool { return p.Kind == rule.Kind }) {
			kinds = append(kinds, rule.Kind)
		}
	}
	return kinds
}

// Bind prepares the bid for parts sealed under the lot's keys as they are: parts sealed under other keys are forgotten.
func (b *Bid) Bind(lot Lot) {
	if b.Binding != lot.Binding {
		b.Binding, b.Parts = lot.Binding, []SealedPart{}
	}
}

// Put takes a freshly sealed part in the place of an older one of its kind.
func (b *Bid) Put(p SealedPart) {
	b.Parts = slices.DeleteFunc(b.Parts, func(x SealedPart) bool { return x.Kind == p.Kind })
	b.Parts = append(b.Parts, p)
	slices.SortFunc(b.Parts, func(x, y SealedPart) int {
		if x.Kind < y.Kind {
			return -1
		}
		return 1
	})
}

// Next makes the next statement and keeps it as pending until it is answered. One that is pending for the same act is given again
// unchanged, so that a crash between sending and hearing leads to one statement and one receipt.
func (b *Bid) Next(who *Identity, act seal.Action, signedAt canon.Time) (Statement, error) {
	parts := []seal.Part{}
	if act != seal.ActionWithdraw {
		for _, p := range b.Parts {
			parts = append(parts, seal.Part{Kind: p.Kind, Moment: p.Moment, Digest: p.Digest, Size: p.Size})
		}
	}
	if b.Pending != nil && b.Pending.Body.Action == act && slices.Equal(b.Pending.Body.Parts, parts) {
		return *b.Pending, nil
	}
	standing := b.Version > 0 && b.Action != seal.ActionWithdraw
	switch {
	case act != seal.ActionWithdraw && len(parts) == 0:
		return Statement{}, ErrNothingSealed
	case act == seal.ActionSubmit && standing:
		return Statement{}, ErrSubmitted
	case act != seal.ActionSubmit && !standing:
		return Statement{}, ErrNotSubmitted
	case act == seal.ActionReplace && slices.EqualFunc(b.Parts, b.Submitted, func(x, y SealedPart) bool { return x.Digest == y.Digest }):
		return Statement{}, ErrNothingNew
	}
	body := seal.Statement{
		Type: seal.StatementType, Class: string(b.Class), Tender: b.Tender.String(), Lot: b.Lot.String(), Bid: b.ID.String(), Binding: b.Binding,
		Version: b.Version + 1, Action: act, Previous: b.Statement, SignedAt: signedAt, Parts: parts,
	}
	signed, err := pki.Sign(body, who.Signer)
	if err != nil {
		return Statement{}, err
	}
	b.Pending = &signed
	return signed, nil
}

// Answered notes that the platform accepted the pending statement.
func (b *Bid) Answered(hash canon.Hash, receipt string) {
	if b.Pending == nil {
		return
	}
	b.Version, b.Statement, b.Action, b.Pending = b.Pending.Body.Version, hash, b.Pending.Body.Action, nil
	b.Receipts = append(b.Receipts, receipt)
	b.Submitted = []SealedPart{}
	if b.Action != seal.ActionWithdraw {
		b.Submitted = slices.Clone(b.Parts)
	}
}

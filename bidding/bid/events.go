package bid

import (
	"sunbid/bidding"
	"sunbid/crypto/canon"
)

// Fact is what all three events of a bid carry.
type Fact struct {
	Bid         bidding.BidID    `json:"bid"`
	Lot         bidding.LotID    `json:"lot"`
	Tender      bidding.TenderID `json:"tender"`
	Bidder      bidding.OrgID    `json:"bidder"`
	BidderName  string           `json:"bidder_name"`
	Code        string           `json:"code"`
	Certificate canon.Hash       `json:"certificate"`
	Version     int              `json:"version"`
	Statement   canon.Hash       `json:"statement"`
	Arrival     canon.Time       `json:"arrival"`
	Parts       []Part           `json:"parts,omitempty"`
}

// BidSubmitted: a bid came, or came again after a withdrawal.
type BidSubmitted struct{ Fact }

// BidReplaced (补充、修改): the newest version stands, the older stay sealed.
type BidReplaced struct{ Fact }

// BidWithdrawn (撤回): nothing of it is opened.
type BidWithdrawn struct{ Fact }

// AttemptRefused (拒收): somebody was told no, with the reason; kept in a stream of its own.
type AttemptRefused struct {
	Tender    bidding.TenderID `json:"tender"`
	Lot       bidding.LotID    `json:"lot"`
	Bidder    bidding.OrgID    `json:"bidder"`
	Act       string           `json:"act"` // submit, replace, withdraw, part, unknown
	Code      string           `json:"code"`
	Article   bidding.Article  `json:"article"`
	Statement *canon.Hash      `json:"statement,omitempty"`
	Arrival   canon.Time       `json:"arrival"`
}

func (BidSubmitted) EventType() string   { return "bid.submitted.v1" }
func (BidReplaced) EventType() string    { return "bid.replaced.v1" }
func (BidWithdrawn) EventType() string   { return "bid.withdrawn.v1" }
func (AttemptRefused) EventType() string { return "attempt.refused.v1" }

// DecodeEvent reads a stored event of this package.
func DecodeEvent(kind string, body []byte) (bidding.Event, error) {
	switch kind {
	case BidSubmitted{}.EventType():
		return bidding.Decode[BidSubmitted](body)
	case BidReplaced{}.EventType():
		return bidding.Decode[BidReplaced](body)
	case BidWithdrawn{}.EventType():
		return bidding.Decode[BidWithdrawn](body)
	case AttemptRefused{}.EventType():
		return bidding.Decode[AttemptRefused](body)
	}
	return nil, bidding.UnknownEvent(kind)
}

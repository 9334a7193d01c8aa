package bid

import (
	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
)

// Standing of a bid before the opening.
type Standing string

const (
	None      Standing = "none"
	Submitted Standing = "submitted"
	Withdrawn Standing = "withdrawn"
)

// Part is one sealed part as the bid names it.
type Part struct {
	Kind   seal.Kind  `json:"kind"`
	Moment string     `json:"moment"`
	Digest canon.Hash `json:"digest"`
	Size   int64      `json:"size"` // of the sealed file, octets
}

// State is everything a bid is. Earlier versions live in their events and stay sealed.
type State struct {
	ID          bidding.BidID    `json:"id"`
	Lot         bidding.LotID    `json:"lot"`
	Tender      bidding.TenderID `json:"tender"`
	Bidder      bidding.OrgID    `json:"bidder"`
	BidderName  string           `json:"bidder_name"`
	Code        string           `json:"code"`        // 统一社会信用代码
	Certificate canon.Hash       `json:"certificate"` // signing certificate of the newest statement
	Standing    Standing         `json:"standing"`
	Version     int              `json:"version"`   // of the newest statement, 0 before the first
	Statement   canon.Hash       `json:"statement"` // its hash
	Parts       []Part           `json:"parts,omitempty"`
	Arrival     canon.Time       `json:"arrival"`
}

// Bid (投标): one per lot and bidder.
type Bid struct {
	bidding.History
	s State
}

// Window is what of the lot a bid's rules need, read under the lot's shared gate.
type Window struct {
	Class        bidding.Class
	Tender       bidding.TenderID
	Lot          bidding.LotID
	Stage        tender.Stage
	Suspended    bool
	Binding      canon.Hash
	SubmitFrom   canon.Time
	OpeningAt    canon.Time   // also the deadline
	OpeningTimes []canon.Time // every one ever published
	Mode         law.Mode
	Kinds        []tender.PartRule
	MergeDelayMS int64 // of the lot's rule set
	T, C         tdh2.Point
}

package jobs

import "sunbid/bidding"

// OpenBody asks for one body of a bid to be opened after the read-outs are published. Queue "bodies".
type OpenBody struct {
	Lot  bidding.LotID `json:"lot"`
	Bid  bidding.BidID `json:"bid"`
	What string        `json:"part"` // the part's kind: "body", "technical", …
}

// Kind names the job in the database; it stays the same for ever.
func (OpenBody) Kind() string { return "opening.body" }

// RefillKeys asks the keyholders for more opening keys, so that binding one never waits for a ceremony. Queue "keys".
type RefillKeys struct {
	Want int `json:"want"` // keys that should stand ready
}

// Kind names the job in the database; it stays the same for ever.
func (RefillKeys) Kind() string { return "keypool.refill" }

const (
	bodies = "bodies"
	keys   = "keys"
)

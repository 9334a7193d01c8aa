package jobs

import (
	"sunbid/bidding"
	"sunbid/crypto/seal"
)

// OpenBodies asks for all parts of one kind of a lot's bids to be opened after the read-outs are published. Queue "bodies".
type OpenBodies struct {
	Lot  bidding.LotID `json:"lot"`
	Part seal.Kind     `json:"part"` // "body", "technical", …
}

// Kind names the job in the database; it stays the same for ever.
func (OpenBodies) Kind() string { return "opening.body" }

// RefillKeys asks the keyholders for more opening keys, so that binding one never waits for a ceremony. Queue "keys".
type RefillKeys struct {
	Want int `json:"want"` // keys that should stand ready
}

// Kind names the job in the database; it stays the same for ever.
func (RefillKeys) Kind() string { return "keypool.refill" }

// EraseKeys asks the keyholders to erase their shares of a lot that will not be opened, or is archived. Queue "keys".
type EraseKeys struct {
	Lot     bidding.LotID `json:"lot"`
	Opening bool          `json:"opening"` // after a failed opening (流标) or an archive (归档); else after a termination (终止)
}

// Kind names the job in the database; it stays the same for ever.
func (EraseKeys) Kind() string { return "keys.erase" }

// ArchiveKeys asks for the content keys of an opened lot to be wrapped to its archive key. Queue "keys".
type ArchiveKeys struct {
	Lot bidding.LotID `json:"lot"`
}

// Kind names the job in the database; it stays the same for ever.
func (ArchiveKeys) Kind() string { return "opening.archive" }

const (
	bodies = "bodies"
	keys   = "keys"
)

// Package ledger is a model of one lot's bids, small enough to be read at a sitting, that judges an opening by what people outside
// were told: answers with receipts, public rows, the freeze, checkpoints, and when keyholders released their parts.
//
// It knows nothing of how the platform works and shares no code with it. Signatures and proofs are for the caller to verify before
// an entry is made. It relies on one thing: a bidder's program sends no statement before the one before it is answered or given up.
package ledger

import (
	"time"

	"sunbid/crypto/canon"
)

// Action is what a statement asks for.
type Action string

// Actions.
const (
	Submit   Action = "submit"
	Replace  Action = "replace"
	Withdraw Action = "withdraw"
)

// Outcome is the answer a bidder holds.
type Outcome string

// Outcomes. Unanswered: the statement was sent, and no receipt came; it may have been taken in or not.
const (
	Accepted   Outcome = "accepted"
	Refused    Outcome = "refused"
	Unanswered Outcome = "unanswered"
)

// Answer is one statement of a bidder with what it was told. Of an unanswered one Arrival is zero and Bid may be empty.
type Answer struct {
	Bidder    string // its code
	Action    Action
	Statement canon.Hash
	Price     int64 // fen
	Outcome   Outcome
	Bid       string
	Code      string    // why refused
	Arrival   time.Time // as the receipt says
}

// Row is a row of the published opening record.
type Row struct {
	Bidder    string
	Bid       string
	Statement canon.Hash
	Opened    bool
	Price     int64 // fen; of an opened row
}

// Checkpoint is a head of the log that somebody saw.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   canon.Hash
}

// Sight is something that must not be seen before the opening time: a keyholder's release, a row, a read-out. At is true time, read
// from a clock that no fault touches.
type Sight struct {
	What string
	At   time.Time
}

// Ledger is all that was told of one lot. Answers of one bidder stand in the order in which they were sent.
type Ledger struct {
	OpeningAt   time.Time
	Answers     []Answer
	Rows        []Row
	Frozen      int // bids, as the freeze says
	Checkpoints []Checkpoint
	Sights      []Sight
}

package bid

import (
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
)

// Object is where octets lie: a random name and the version the store gave.
type Object struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Size    int64  `json:"size"`
}

// Piece is one stored part of an upload: the chunks 8n … 8n+7.
type Piece struct {
	N      int          `json:"n"`
	Leaves []canon.Hash `json:"leaves"` // of its chunks, as computed here from the octets
	Object Object       `json:"object"`
	At     canon.Time   `json:"at"` // last octet verified
}

// Upload is one sealed file on its way here. Uploads are rows, not events: what never became part of a bid leaves no trace in the log,
// but that it stopped, if it was not finished.
type Upload struct {
	ID        bidding.UploadID `json:"id"`
	Lot       bidding.LotID    `json:"lot"`
	By        bidding.OrgID    `json:"by"`
	Kind      seal.Kind        `json:"kind"`
	Size      int64            `json:"size"`   // of the whole sealed file, octets
	Chunks    int              `json:"chunks"` // 1 … 16384
	Pieces    []Piece          `json:"pieces"` // in order of N; those missing are owed
	Sealed    bool             `json:"sealed"`
	Digest    canon.Hash       `json:"digest"` // set once sealed
	ExpiresAt canon.Time       `json:"expires_at"`
}

// SealedPart is an upload whose front was checked: usable in any statement of its bidder for its lot.
type SealedPart struct {
	Upload  bidding.UploadID `json:"upload"`
	Lot     bidding.LotID    `json:"lot"`
	By      bidding.OrgID    `json:"by"`
	Signer  canon.Hash       `json:"signer"` // header field 05
	Kind    seal.Kind        `json:"kind"`
	Moment  string           `json:"moment"`
	Digest  canon.Hash       `json:"digest"`
	Size    int64            `json:"size"`
	Chunks  int              `json:"chunks"`
	Front   []byte           `json:"front"` // magic … signature
	Objects []Object         `json:"objects"`
	At      canon.Time       `json:"at"` // last verified octet, the front included
}

// Limits of uploads.
type Limits struct {
	MaxSize     int64         // of one sealed file
	OpenUploads int           // unfinished ones per bidder and lot
	OpenBytes   int64         // sum of the sizes of all uploads of a bidder for a lot that no statement uses
	Life        time.Duration // an unfinished or unused upload expires after this
}

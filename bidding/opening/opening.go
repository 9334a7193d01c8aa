package opening

import (
	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/law"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
)

// Stage of an opening.
type Stage string

const (
	Frozen    Stage = "frozen"    // 封标: the set is fixed and in the log
	Releasing Stage = "releasing" // 解密中
	Published Stage = "published" // 已公布
	Recorded  Stage = "recorded"  // 开标记录 signed by the tenderer (and the agency)
	Failed    Stage = "failed"    // 流标
)

// MomentReleased is a later moment that the officers opened.
type MomentReleased struct {
	Moment  string     `json:"moment"`
	Release canon.Hash `json:"release"`
	Seq     int        `json:"seq"` // of its event in the opening's stream
}

// CauseFound is what was decided about one bid that did not open.
type CauseFound struct {
	Bid    bidding.BidID `json:"bid"`
	Cause  string        `json:"cause"` // bidder, other
	As     string        `json:"as"`    // revoked (撤销), withdrawn (撤回)
	Record canon.Hash    `json:"record"`
}

// State is everything an opening is, but for the rows and the partial decryptions.
type State struct {
	Lot        bidding.LotID    `json:"lot"`
	Tender     bidding.TenderID `json:"tender"`
	Tenderer   bidding.OrgID    `json:"tenderer"`
	Agency     bidding.OrgID    `json:"agency"`
	Class      bidding.Class    `json:"class"`
	Mode       law.Mode         `json:"mode"`
	Stage      Stage            `json:"stage"`
	Suspended  bool             `json:"suspended"`
	StoppedAt  canon.Time       `json:"stopped_at"` // of the last suspension
	Reason     string           `json:"reason"`     // of the suspension
	Freeze     canon.Hash       `json:"freeze"`
	FrozenAt   canon.Time       `json:"frozen_at"`
	Count      int              `json:"count"`
	Root       canon.Hash       `json:"root"`
	OpeningAt  canon.Time       `json:"opening_at"`
	WindowEnd  canon.Time       `json:"window_end"` // mode B; in mode A the opening time
	Record     canon.Hash       `json:"record"`
	Opened     int              `json:"opened"`
	NotOpened  int              `json:"not_opened"`
	Unopened   []bidding.BidID  `json:"unopened,omitempty"`
	Published  canon.Time       `json:"published"`
	Signers    []bidding.Role   `json:"signers,omitempty"` // tenderer, agency
	Moments    []MomentReleased `json:"moments,omitempty"`
	Causes     []CauseFound     `json:"causes,omitempty"`
	ArchiveKey canon.Hash       `json:"archive_key,omitzero"` // dealt; Archive follows
	Archive    canon.Hash       `json:"archive,omitzero"`     // the archive record
	ArchiveSeq int              `json:"archive_seq,omitzero"` // of its event in the opening's stream
	ArchivedAt canon.Time       `json:"archived_at,omitzero"`
	EraseOrder canon.Hash       `json:"erase_order"`
	Erased     bool             `json:"erased"`
}

// Opening (开标) of one lot. Its stream is Stream(lot).
type Opening struct {
	bidding.History
	s State
}

// Stream names the event stream of a lot's opening: the lot's own random digits under the prefix ev.
func Stream(lot bidding.LotID) string { return "ev" + lot.String()[2:] }

// Admitted is one bid that stands at the opening time.
type Admitted struct {
	Bid         bidding.BidID
	Bidder      bidding.OrgID
	Name, Code  string
	Certificate canon.Hash // signer of the statement
	Version     int
	Statement   canon.Hash
	Signed      []byte // the signed statement, canonical
	Arrival     canon.Time
	Parts       []bid.Part
}

// Row of the opening record (开标记录), in ascending order of bid.
type Row = custody.Row

package custody

import (
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
)

// Status of a row of the opening record.
const (
	Opened       = "opened"
	NotDecrypted = "not-decrypted"
)

// NamedBidder is a bidder as read out: name and unified social credit code (统一社会信用代码, GB 32100).
type NamedBidder struct {
	Name string `json:"name"`
	Code string `json:"code"`
}

// Row is one bid of the opening record.
type Row struct {
	Bid       string        `json:"bid"`
	Bidder    NamedBidder   `json:"bidder"`
	Statement canon.Hash    `json:"statement"`
	Arrival   canon.Time    `json:"arrival"`
	Status    string        `json:"status"`
	Reason    string        `json:"reason,omitempty"`
	Readout   *seal.Readout `json:"readout,omitempty"`
}

// OpeningRecord is the record of the opening (开标记录, 招标投标法 art. 36; 电子招标投标办法 art. 32). The platform signs
// it, then the tenderer and the agency.
type OpeningRecord struct {
	Type        string     `json:"type"`
	Class       string     `json:"class"`
	Tender      string     `json:"tender"`
	Lot         string     `json:"lot"`
	Mode        string     `json:"mode"`
	Binding     canon.Hash `json:"binding"`
	Freeze      canon.Hash `json:"freeze"`
	OpeningAt   canon.Time `json:"opening_at"`
	PublishedAt canon.Time `json:"published_at"`
	Rows        []Row      `json:"rows"`
}

// Check tells whether the record is well formed: rows in ascending order of bid, a read-out where opened, a reason and
// no read-out where not. It looks at no signature.
func (r OpeningRecord) Check() error {
	var s shapeOf
	s.head(r.Type, TypeOpeningRecord, r.Class)
	s.id(r.Tender, "td", "tender")
	s.id(r.Lot, "lt", "lot")
	s.must(r.Mode == ModeKeyholders || r.Mode == ModeBidderKey, "mode")
	s.hash(r.Binding, "binding")
	s.hash(r.Freeze, "freeze")
	s.time(r.OpeningAt, "opening_at")
	s.must(!r.PublishedAt.Before(r.OpeningAt.Time), "published_at")
	last := ""
	for _, row := range r.Rows {
		s.id(row.Bid, "bd", "rows: bid")
		s.must(row.Bid > last, "rows: order")
		last = row.Bid
		s.text(row.Bidder.Name, "rows: bidder name")
		s.text(row.Bidder.Code, "rows: bidder code")
		s.hash(row.Statement, "rows: statement")
		s.must(row.Arrival.Before(r.OpeningAt.Time), "rows: arrival")
		switch row.Status {
		case Opened:
			s.must(row.Readout != nil && row.Reason == "", "rows: opened without read-out, or with reason")
		case NotDecrypted:
			s.must(row.Readout == nil && row.Reason != "", "rows: not decrypted without reason, or with read-out")
		default:
			s.must(false, "rows: status")
		}
	}
	return s.err()
}

// Causes of a row not decrypted, and what the bid is then treated as (电子招标投标办法 art. 31).
const (
	CauseBidder      = "bidder"
	CauseOther       = "other"
	TreatedRevoked   = "revoked"   // 视为撤销
	TreatedWithdrawn = "withdrawn" // 视为撤回
)

// Cause is the tenderer's finding why a bid was not decrypted. Revoked iff the cause is the bidder's.
type Cause struct {
	Type      string `json:"type"`
	Lot       string `json:"lot"`
	Bid       string `json:"bid"`
	Cause     string `json:"cause"`
	TreatedAs string `json:"treated_as"`
	Evidence  string `json:"evidence"`
}

// Check tells whether the record is well formed. It looks at no signature.
func (c Cause) Check() error {
	var s shapeOf
	s.must(c.Type == TypeCause, "type")
	s.id(c.Lot, "lt", "lot")
	s.id(c.Bid, "bd", "bid")
	s.must(c.Cause == CauseBidder && c.TreatedAs == TreatedRevoked || c.Cause == CauseOther && c.TreatedAs == TreatedWithdrawn, "cause and treated_as")
	s.must(c.Evidence != "" && len(c.Evidence) <= 16<<10, "evidence")
	return s.err()
}

// KeyRelease is what a mode-B bidder releases: kB of one part. The bidder signs it.
type KeyRelease struct {
	Type   string     `json:"type"`
	Class  string     `json:"class"`
	Lot    string     `json:"lot"`
	Bid    string     `json:"bid"`
	Digest canon.Hash `json:"digest"`
	KB     canon.Hex  `json:"kb"`
}

// Check tells whether the record is well formed. It looks at no signature.
func (k KeyRelease) Check() error {
	var s shapeOf
	s.head(k.Type, TypeKeyRelease, k.Class)
	s.id(k.Lot, "lt", "lot")
	s.id(k.Bid, "bd", "bid")
	s.hash(k.Digest, "digest")
	s.must(len(k.KB) == 32, "kb")
	return s.err()
}

package notice

import (
	"iter"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// Kind of notice.
type Kind string

const (
	TenderNotice Kind = "tender-notice" // 招标公告
	Addendum     Kind = "addendum"      // 澄清、修改
	Postponement Kind = "postponement"  // 延期公告
	Outage       Kind = "outage"        // 系统故障公告
	Failure      Kind = "failure"       // 流标公告
	Termination  Kind = "termination"   // 终止公告
)

// RecordType of a notice as signed.
const RecordType = "sunbid/notice/v1"

// Record is what the tenderer or agency (for an outage: the centre's operator) signs and the public reads.
type Record struct {
	Type     string           `json:"type"`
	Class    bidding.Class    `json:"class"`
	Notice   bidding.NoticeID `json:"notice"`
	Tender   bidding.TenderID `json:"tender"`
	Lot      *bidding.LotID   `json:"lot,omitempty"` // absent: all lots
	Kind     Kind             `json:"kind"`
	Number   int              `json:"number"` // from 1, without gaps, per tender
	Title    string           `json:"title"`
	Text     string           `json:"text"`
	SignedAt canon.Time       `json:"signed_at"`

	Timetable *law.Timetable `json:"timetable,omitempty"` // tender-notice
	Opening   *Change        `json:"opening,omitempty"`   // postponement
	Affects   bool           `json:"affects,omitempty"`   // addendum: it may affect the preparation of bids (实施条例 art. 21)
	Contact   *canon.Hash    `json:"contact,omitempty"`   // commitment to the contact block; always in a tender-notice
}

// Change of an opening time.
type Change struct {
	From canon.Time `json:"from"`
	To   canon.Time `json:"to"`
}

// Signed is a notice as it travels.
type Signed = pki.Signed[Record]

// State of a published notice. Published notices are never changed: an addendum follows.
type State struct {
	ID          bidding.NoticeID `json:"id"`
	Record      Record           `json:"record"`
	Hash        canon.Hash       `json:"hash"`
	PublishedAt canon.Time       `json:"published_at"`
}

// Notice (公告).
type Notice struct {
	bidding.History
	s        State
	contacts *Contacts
}

// Published is the only event of a notice.
type Published struct {
	Notice bidding.NoticeID `json:"notice"`
	Tender bidding.TenderID `json:"tender"`
	Record Record           `json:"record"`
	Hash   canon.Hash       `json:"hash"`
	At     canon.Time       `json:"at"`
}

func (Published) EventType() string { return "notice.published.v1" }

// DecodeEvent reads a stored event of this package.
func DecodeEvent(kind string, body []byte) (bidding.Event, error) {
	if kind == (Published{}).EventType() {
		return bidding.Decode[Published](body)
	}
	return nil, bidding.UnknownEvent(kind)
}

// Restore makes a notice of its row.
func Restore(s State, version int) *Notice {
	n := &Notice{s: s}
	n.Loaded(version)
	return n
}

// Replay makes it of its events.
func Replay(history iter.Seq[bidding.Event]) *Notice {
	n := &Notice{}
	n.Relive(history, n.apply)
	return n
}

// Snapshot is a copy of the state.
func (n *Notice) Snapshot() State { return n.s }

func (n *Notice) record(e bidding.Event) { n.apply(e); n.Remember(e) }

func (n *Notice) apply(e bidding.Event) {
	switch e := e.(type) {
	case Published:
		n.s = State{ID: e.Notice, Record: e.Record, Hash: e.Hash, PublishedAt: e.At}
	default:
		bidding.Panic("notice", e)
	}
}

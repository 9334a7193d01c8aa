package law

import (
	"time"

	"sunbid/bidding"
)

// Regime is the body of law a procurement stands under.
type Regime string

const (
	Construction Regime = "construction" // 工程建设项目招标投标
	Procurement  Regime = "procurement"  // 政府采购货物和服务招标
	Consultation Regime = "consultation" // 竞争性磋商
)

// Mode says whose keys an opening needs (sealed under both locks in either mode).
type Mode string

const (
	Keyholders Mode = "keyholders" // 方式甲: opening needs nothing from the bidder
	BidderKey  Mode = "bidder-key" // 方式乙: 限时解密, the bidder's own key as well, within the window
)

// Valid tells the two modes from anything else.
func (m Mode) Valid() bool { return m == Keyholders || m == BidderKey }

// Span is a length of time as the law counts it. Exactly one field is set; the zero Span is no limit.
type Span struct {
	Days        int           // calendar days (日)
	WorkingDays int           // 工作日
	Exact       time.Duration // rehearsal only
}

// RuleSet is the dated set of limits a lot was announced under; a procedure runs to its end under it.
// It is code, not data: changing one is a new ID with a new date.
type RuleSet struct {
	ID        string        // "construction@2019-03-02"
	Name      string        // 中文名
	Effective time.Time     // first day in force
	Regime    Regime        //
	Class     bidding.Class // a rehearsal rule set serves class rehearsal only
	Mandatory bool          // 依法必须招标

	Mode       Mode            // the mode a lot has unless its documents say otherwise
	LegalBasis bidding.Article // on which that default rests

	MinDocuments       Span // how long documents are to be had
	MinNotice          Span // how long the notice runs
	MinIssueToDeadline Span // documents issued → bid deadline
	MinClarification   Span // clarification that touches the bids → deadline
	MinObjection       Span // objection to the documents → deadline

	MinBids          int           // fewer at the opening time: no opening
	DecryptWindow    time.Duration // mode B, default
	MinDecryptWindow time.Duration // mode B, least a lot may set
	MaxDecryptWindow time.Duration // mode B, most a lot may set
	MergeDelay       time.Duration // a receipt's promise: in the log by arrival plus this
}

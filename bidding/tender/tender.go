package tender

import (
	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/crypto/canon"
)

// Party named in a tender: a legal person, public by law.
type Party struct {
	Org  bidding.OrgID `json:"org"`
	Name string        `json:"name"`
	Code string        `json:"code"`
}

// State of a tender.
type State struct {
	ID        bidding.TenderID `json:"id"`
	Class     bidding.Class    `json:"class"`
	Number    string           `json:"number"` // 招标项目编号, the tenderer's
	Title     string           `json:"title"`
	Region    string           `json:"region"` // GB/T 2260, six digits
	Regime    law.Regime       `json:"regime"`
	RuleSet   string           `json:"rule_set"`
	Tenderer  Party            `json:"tenderer"`
	Agency    *Party           `json:"agency,omitempty"`
	CreatedAt canon.Time       `json:"created_at"`
}

// Tender (招标项目): what its lots have in common. It never changes after its creation; the lots move.
type Tender struct {
	bidding.History
	s State
}

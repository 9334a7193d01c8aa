package law

import (
	"sunbid/bidding"
	"sunbid/crypto/canon"
)

// Outcome of one rule on one timetable.
type Outcome string

const (
	Passed        Outcome = "passed"
	Refused       Outcome = "refused"
	NotApplicable Outcome = "not-applicable"
)

// Finding is what one rule found: shown to who drafts, kept with the announcement.
type Finding struct {
	Rule    string          `json:"rule"` // equals the refusal's code
	Article bidding.Article `json:"article"`
	Outcome Outcome         `json:"outcome"`
	Say     string          `json:"say"` // Chinese

	refusal *bidding.Refusal
}

// Timetable is what a lot's notice promises. Deadline and opening are one instant in law; both stand here so that the rule can see it.
type Timetable struct {
	IssuedAt       canon.Time `json:"issued_at"`       // the notice goes out
	DocumentsFrom  canon.Time `json:"documents_from"`  // 招标文件开始发出
	DocumentsUntil canon.Time `json:"documents_until"` // 招标文件获取截止
	SubmitFrom     canon.Time `json:"submit_from"`     // 开始递交
	Deadline       canon.Time `json:"deadline"`        // 投标截止
	OpeningAt      canon.Time `json:"opening_at"`      // 开标
}

// FirstRefusal returns the first refused finding as a refusal, nil when there is none.
func FirstRefusal(findings []Finding) error {
	for _, f := range findings {
		if f.Outcome == Refused {
			return f.refusal.With(f.Say)
		}
	}
	return nil
}

package law

import (
	"time"

	"sunbid/bidding"
)

// ErrIssueToDeadline: too little time to prepare a bid.
var ErrIssueToDeadline = bidding.Refuse("bidding-period-short", bidding.Invalid, BL24, "自招标文件开始发出之日起至投标截止之日止少于法定最短期限。", "less time from issue to deadline than the law asks")

// 招标投标法 art. 24, 政府采购法 art. 35: twenty days; consultation: ten.
func issueToDeadline(rs RuleSet, t Timetable) Finding {
	article := map[Regime]bidding.Article{Construction: BL24, Procurement: GPL35, Consultation: C214A}[rs.Regime]
	return judged(ErrIssueToDeadline, article, rs.MinIssueToDeadline, t.DocumentsFrom.Time, t.Deadline.Time, "招标文件开始发出至投标截止")
}

// EarliestDeadline is the first day (as its midnight in Shanghai) that may be a deadline for documents issued then.
func EarliestDeadline(rs RuleSet, issued time.Time) (time.Time, error) {
	return rs.MinIssueToDeadline.After(issued)
}

package law

import "sunbid/bidding"

// ErrOrder: moments in an order that cannot be.
var ErrOrder = bidding.Refuse("timetable-order", bidding.Invalid, "", "时间安排的先后次序不正确：公告、文件获取、递交开始、投标截止应依次进行，且截止时间应在公告之后。", "the moments of the timetable are out of order")

// notice ≤ documents from < documents until ≤ deadline, documents from ≤ submit from < deadline.
func order(_ RuleSet, t Timetable) Finding {
	ok := !t.DocumentsFrom.Before(t.IssuedAt.Time) && t.DocumentsFrom.Before(t.DocumentsUntil.Time) && !t.DocumentsUntil.After(t.Deadline.Time) &&
		!t.SubmitFrom.Before(t.DocumentsFrom.Time) && t.SubmitFrom.Before(t.Deadline.Time) && t.IssuedAt.Before(t.Deadline.Time)
	return verdict(ErrOrder, ok, "时间安排的先后次序正确。")
}

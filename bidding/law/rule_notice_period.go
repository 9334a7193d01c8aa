package law

import "sunbid/bidding"

// ErrNoticePeriod: the notice runs too short a time before the documents' period ends.
var ErrNoticePeriod = bidding.Refuse("notice-period-short", bidding.Invalid, O87A16, "招标公告的公告期限少于法定期限。", "the notice runs for less than the law asks")

// 财政部令第87号 art. 16: five working days from the notice.
func noticePeriod(rs RuleSet, t Timetable) Finding {
	return judged(ErrNoticePeriod, O87A16, rs.MinNotice, t.IssuedAt.Time, t.DocumentsUntil.Time, "公告期限")
}

package law

import "sunbid/bidding"

// ErrOpeningDeadline: opening and deadline are not one instant.
var ErrOpeningDeadline = bidding.Refuse("opening-not-deadline", bidding.Invalid, BL34, "开标时间必须与投标截止时间为同一时间。", "the opening is not at the instant of the deadline")

// 招标投标法 art. 34.
func openingIsDeadline(_ RuleSet, t Timetable) Finding {
	return verdict(ErrOpeningDeadline, t.OpeningAt.Equal(t.Deadline.Time), "开标时间与投标截止时间一致。")
}

package notice

import "sunbid/bidding"

// Refusals of this package.
var (
	ErrMalformed = bidding.Refuse("notice-malformed", bidding.Invalid, "", "公告内容不完整或格式不正确。", "the notice is incomplete or malformed")
	ErrNumber    = bidding.Refuse("notice-number", bidding.Conflict, "", "公告编号不连续，请刷新后重试。", "the notice's number is not the next one")
	ErrSigner    = bidding.Refuse("notice-signer", bidding.Forbidden, "", "该公告应由有权人员以本人证书签署。", "the notice is not signed by who may publish it")
	ErrElsewhere = bidding.Refuse("notice-elsewhere", bidding.Invalid, "", "此类公告应随相应操作（公告、延期、终止）一并发布。", "this kind goes out with its own command")
	ErrTimetable = bidding.Refuse("notice-timetable", bidding.Invalid, "", "公告所载时间安排与标段不一致。", "the notice's timetable is not the lot's")
)

// Refusals lists the sentinels of this package.
func Refusals() []*bidding.Refusal {
	return []*bidding.Refusal{ErrMalformed, ErrNumber, ErrSigner, ErrElsewhere, ErrTimetable, ErrContact, ErrContactMissing, ErrContactDiffers}
}

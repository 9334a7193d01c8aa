package tender

import (
	"sunbid/bidding"
	"sunbid/bidding/law"
)

// Refusals of this package.
var (
	ErrStage       = bidding.Refuse("lot-stage", bidding.Conflict, "", "标段当前所处阶段不能进行此操作。", "the lot's stage does not allow this")
	ErrSuspended   = bidding.Refuse("lot-suspended", bidding.Conflict, law.IR22, "标段已暂停，恢复后方可继续。", "the lot is suspended")
	ErrNotSuspend  = bidding.Refuse("lot-not-suspended", bidding.Conflict, "", "标段没有处于暂停状态。", "the lot is not suspended")
	ErrTender      = bidding.Refuse("tender-malformed", bidding.Invalid, "", "招标项目信息不完整或格式不正确。", "the tender is incomplete or malformed")
	ErrLot         = bidding.Refuse("lot-malformed", bidding.Invalid, "", "标段信息不完整或格式不正确。", "the lot is incomplete or malformed")
	ErrKinds       = bidding.Refuse("lot-kinds", bidding.Invalid, law.E20A30, "投标文件的组成不正确：必须包含开标时公布的开标一览表，各部分不得重复。", "the parts of a bid are wrong: a read-out at the opening is needed, no kind twice")
	ErrOfficers    = bidding.Refuse("officer-key-mismatch", bidding.Invalid, "", "解锁人密钥与标段不符，或解锁人名单不合要求。", "the officers' key is not for this lot, or its officers are not fit")
	ErrNotDealt    = bidding.Refuse("officers-not-dealt", bidding.Conflict, "", "尚未向解锁人分发密钥。", "the officers' key is not dealt yet")
	ErrBound       = bidding.Refuse("lot-bound", bidding.Conflict, "", "标段已绑定开标密钥，相关内容不能再修改。", "the lot is bound to its opening key: nothing of that changes any more")
	ErrNotBound    = bidding.Refuse("lot-unbound", bidding.Conflict, "", "标段尚未绑定开标密钥，不能公告。", "the lot is not bound to an opening key yet")
	ErrAuthority   = bidding.Refuse("authority-unfit", bidding.Invalid, "", "有权延期、终止和签署开标记录的人员：招标人须有一名，有代理机构的代理机构也须有一名，且必须是其所属人员。", "the tenderer, and the agency if there is one, must each name a person of its own")
	ErrPast        = bidding.Refuse("opening-time-past", bidding.Late, law.BL34, "开标时间已过。", "the opening time has passed")
	ErrTooSoon     = bidding.Refuse("lot-not-due", bidding.Early, law.BL34, "尚未到规定时间。", "the time for this has not come")
	ErrPostpone    = bidding.Refuse("postponement-mismatch", bidding.Conflict, law.BL23, "延期内容与标段当前状态不一致：编号应连续，原定时间应为当前开标时间，新时间应更晚。", "the postponement does not fit the lot: next number, from the current time, to a later one")
	ErrPostponeDue = bidding.Refuse("postponement-too-late", bidding.Late, law.BL34, "距开标时间过近或已到开标时间，不能再延期。", "too close to the opening time to postpone")
	ErrReason      = bidding.Refuse("reason-missing", bidding.Invalid, "", "请填写理由。", "a reason is needed")
	ErrOrder       = bidding.Refuse("erasure-order-mismatch", bidding.Invalid, law.IR31, "密钥销毁指令与终止公告不一致，或签署人无权签署。", "the erasure order does not fit the termination, or its signer may not order it")
	ErrNotReady    = bidding.Refuse("keyholders-not-ready", bidding.Unready, "", "有密钥保管方未就绪，暂不能公告。", "a keyholder is not ready")
)

// Refusals lists the sentinels of this package.
func Refusals() []*bidding.Refusal {
	return []*bidding.Refusal{ErrStage, ErrSuspended, ErrNotSuspend, ErrTender, ErrLot, ErrKinds, ErrOfficers, ErrNotDealt, ErrBound, ErrNotBound, ErrAuthority,
		ErrPast, ErrTooSoon, ErrPostpone, ErrPostponeDue, ErrReason, ErrOrder, ErrNotReady}
}

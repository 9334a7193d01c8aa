package opening

import (
	"sunbid/bidding"
	"sunbid/bidding/law"
)

// Refusals of this package.
var (
	ErrNotFrozen      = bidding.Refuse("opening-not-frozen", bidding.Early, law.BL34, "尚未开标。", "nothing is frozen yet")
	ErrFrozenAlready  = bidding.Refuse("opening-frozen-already", bidding.Conflict, law.BL34, "本标段已经封标。", "the set of bids is frozen already")
	ErrStage          = bidding.Refuse("opening-stage", bidding.Conflict, "", "开标当前所处阶段不能进行此操作。", "the opening's stage does not allow this")
	ErrSuspended      = bidding.Refuse("opening-suspended", bidding.Conflict, law.E20A31, "开标已因平台侧故障暂停，将对所有投标人一并恢复。", "the opening is suspended, for all alike")
	ErrNotSuspended   = bidding.Refuse("opening-not-suspended", bidding.Conflict, "", "开标没有处于暂停状态。", "the opening is not suspended")
	ErrReason         = bidding.Refuse("opening-reason", bidding.Invalid, "", "请填写理由。", "a reason is needed")
	ErrOfficer        = bidding.Refuse("opening-not-officer", bidding.Forbidden, "", "您不是本标段的解锁人。", "not an officer of this lot")
	ErrBatch          = bidding.Refuse("opening-batch-mismatch", bidding.Invalid, "", "提交的部分解密结果与本标段的任务不符。", "the batch is not for this lot's task")
	ErrKind           = bidding.Refuse("opening-kind", bidding.Missing, "", "本标段没有这一部分，或尚未到开启环节。", "no such part here, or its moment has not come")
	ErrMode           = bidding.Refuse("opening-mode", bidding.Conflict, law.E20A30, "本标段不需要投标人解密。", "this lot needs nothing from the bidder")
	ErrWindow         = bidding.Refuse("decrypt-window-closed", bidding.Late, law.E20A31, "不在限时解密的时间窗口内。", "outside the decryption window")
	ErrNotInSet       = bidding.Refuse("opening-not-in-set", bidding.Missing, law.E20A27, "本单位在本标段没有参加开标的投标。", "this bidder has no bid in the frozen set")
	ErrKeyRelease     = bidding.Refuse("key-release-mismatch", bidding.Invalid, law.E20A30, "提交的解密密钥与本单位的投标文件不符，或签名证书不是投标时的证书。", "the released key is not for this bid, or not signed with the bid's certificate")
	ErrRecord         = bidding.Refuse("opening-record-signature", bidding.Invalid, law.BL36, "开标记录的签名无效，或您无需签署。", "the signature on the opening record is wrong, or not yours to give")
	ErrSigned         = bidding.Refuse("opening-record-signed", bidding.Conflict, law.BL36, "您已代表本方签署开标记录。", "this side has signed the record already")
	ErrCause          = bidding.Refuse("cause-mismatch", bidding.Invalid, law.E20A31, "原因认定与开标记录不符：只能对未解密的投标认定，且投标人原因视为撤销，其他原因视为撤回。", "a cause is found only for a bid not decrypted: the bidder's is revoked, another withdrawn")
	ErrCauseKnown     = bidding.Refuse("cause-determined", bidding.Conflict, law.E20A31, "该投标未解密的原因已经认定。", "the cause is determined already")
	ErrMoment         = bidding.Refuse("moment-mismatch", bidding.Conflict, "", "本标段没有这个环节，或开启记录与标段不符。", "the lot has no such later moment, or the record is not of this lot")
	ErrMomentReleased = bidding.Refuse("moment-released", bidding.Conflict, "", "该环节已经开启。", "the moment is released already")
	ErrArchiveEarly   = bidding.Refuse("archive-early", bidding.Early, law.GPL42, "开标记录尚未签署完毕，或仍有投标文件未解密，不能归档。", "the record is not signed, or parts are not open yet: not to be archived")
	ErrArchiveKey     = bidding.Refuse("archive-key-mismatch", bidding.Invalid, law.GPL42, "归档密钥不属于本标段，或不是由标段绑定的招标人签署，或门限不足两人。", "the archive key is of another lot, not dealt by the tenderer of the binding, or one archivist alone could open it")
	ErrArchived       = bidding.Refuse("archive-done", bidding.Conflict, law.GPL42, "本标段已经登记归档密钥。", "the lot has its archive key already")
	ErrNotArchived    = bidding.Refuse("archive-missing", bidding.Early, law.GPL42, "本标段尚未归档。", "the lot is not archived yet")
	ErrEraseOrder     = bidding.Refuse("archive-erasure-mismatch", bidding.Invalid, law.GPL42, "密钥销毁指令与归档记录不一致，或签署人无权签署，或已经下达。", "the erasure order is not for this archive record, not by an authority, or given already")
	ErrWaiting        = bidding.Refuse("opening-waiting", bidding.Unready, "", "开标尚缺密钥保管方或解锁人的解密。", "keyholders or officers are missing")
	ErrPlatform       = bidding.Refuse("opening-platform-fault", bidding.Unready, law.E20A31, "平台存储的投标文件读取异常，开标暂停。", "a stored part cannot be read as it was accepted")
	ErrRunning        = bidding.Refuse("opening-running", bidding.Conflict, "", "开标正在进行。", "the opening runs already")
	ErrNotLogged      = bidding.Refuse("opening-not-logged", bidding.Unready, "", "封标记录尚未写入公开日志，请稍后重试。", "the freeze is not in the log yet")
)

// NoKeyRelease is the reason of a row whose bidder released no key in the window (mode B).
const NoKeyRelease = "no-key-release"

// Refusals lists the sentinels of this package.
func Refusals() []*bidding.Refusal {
	return []*bidding.Refusal{ErrNotFrozen, ErrFrozenAlready, ErrStage, ErrSuspended, ErrNotSuspended, ErrReason, ErrOfficer, ErrBatch, ErrKind, ErrMode, ErrWindow,
		ErrNotInSet, ErrKeyRelease, ErrRecord, ErrSigned, ErrCause, ErrCauseKnown, ErrMoment, ErrMomentReleased, ErrArchiveEarly, ErrArchiveKey, ErrArchived, ErrNotArchived, ErrEraseOrder,
		ErrWaiting, ErrPlatform, ErrRunning, ErrNotLogged}
}

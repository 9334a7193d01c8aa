package custody

import "fmt"

// Refusal is a rule of custody saying no. It is a value: compare with errors.Is (by code).
type Refusal struct {
	code, say, english string
	detail             string // this case's particulars; safe to show, never part of identity
	holder             int    // who is at fault, 1 … n; 0 when nobody in particular
}

func (r *Refusal) Error() string {
	text := "custody: " + r.code + ": " + r.english
	if r.detail != "" {
		text += ": " + r.detail
	}
	if r.holder != 0 {
		text += fmt.Sprintf(" (holder %d)", r.holder)
	}
	return text
}

// Code is the stable name of the refusal.
func (r *Refusal) Code() string { return r.code }

// Say is a sentence for people, Chinese.
func (r *Refusal) Say() string { return r.say }

// Detail is this case's particulars, English, safe to show; may be empty.
func (r *Refusal) Detail() string { return r.detail }

// Holder is the index (1 … n) of the holder at fault, 0 when nobody in particular is.
func (r *Refusal) Holder() int { return r.holder }

// Is compares by code.
func (r *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.code == r.code
}

func (r *Refusal) with(format string, args ...any) *Refusal {
	c := *r
	c.detail = fmt.Sprintf(format, args...)
	return &c
}

func (r *Refusal) by(holder int) *Refusal {
	c := *r
	c.holder = holder
	return &c
}

func refuse(code, say, english string) *Refusal {
	return &Refusal{code: code, say: say, english: english}
}

// RefusalOf rebuilds a refusal that came over a wire. An unknown code keeps its code and gets a general sentence.
func RefusalOf(code, detail string, holder int) *Refusal {
	for _, r := range refusals {
		if r.code == code {
			c := *r
			c.detail, c.holder = detail, holder
			return &c
		}
	}
	return &Refusal{code: code, say: "密钥保管方拒绝了该请求。", english: "refused", detail: detail, holder: holder}
}

// Records.
var (
	ErrMalformed  = refuse("record-malformed", "记录的内容不完整或格式不正确。", "the record is malformed")
	ErrClass      = refuse("class-mismatch", "演练与正式项目的密钥和数据不得混用。", "rehearsal and production do not mix")
	ErrSignatures = refuse("record-signatures", "记录缺少必需的签名，或签名无效。", "a required signature is missing, wrong or one too many")
	ErrRequest    = refuse("request-malformed", "请求的格式不正确。", "the request is malformed")
)

// The ceremony, and the dealing of the officers' key. Each names the guilty holder where there is one.
var (
	ErrCeremony       = refuse("ceremony-unknown", "没有这场密钥生成仪式，或仪式已结束。", "no such ceremony, or it has ended")
	ErrStep           = refuse("ceremony-step", "密钥生成仪式的步骤顺序不正确。", "this step does not come now")
	ErrRoster         = refuse("ceremony-roster", "密钥生成仪式的参加者与本保管方的配置不一致。", "the roster or threshold is not the configured one")
	ErrSilent         = refuse("ceremony-silent", "有密钥保管方未按时应答，仪式作废。", "a keyholder is silent: the ceremony is void")
	ErrCommit         = refuse("ceremony-commit", "有密钥保管方公开的内容与其事先承诺不符，仪式作废。", "a reveal does not match its commit: the ceremony is void")
	ErrKnowledge      = refuse("ceremony-proof", "有密钥保管方未能证明其掌握所贡献的密钥，仪式作废。", "proof of knowledge missing or false: the ceremony is void")
	ErrTranscript     = refuse("ceremony-transcript", "密钥保管方看到的过程不一致，仪式作废。", "a holder saw another transcript: the ceremony is void")
	ErrFalseShare     = refuse("ceremony-share", "有密钥保管方发出了错误的份额，仪式作废。", "a bad or missing share: the ceremony is void")
	ErrFalseComplaint = refuse("ceremony-complaint", "有密钥保管方提出了不实的指控，仪式作废。", "a complaint about a good share: the ceremony is void")
	ErrMessage        = refuse("ceremony-message", "密钥生成仪式的消息无效。", "a ceremony message is malformed or not signed by its sender")
	ErrKeyRecord      = refuse("key-record-mismatch", "开标密钥记录与仪式结果不一致。", "the key record is not the outcome of the ceremony")
	ErrKey            = refuse("key-unknown", "没有这把开标密钥，或本保管方不持有其份额。", "no such key here")
	ErrOfficerShare   = refuse("officer-share", "解锁人的密钥份额无法解开，或与公开的承诺不符。", "the officer's share does not open or does not match the commitments")
	ErrNotOfficer     = refuse("officer-unknown", "不是本标段的解锁人。", "not an officer of this lot")
)

// Binding and postponement.
var (
	ErrBindTwice       = refuse("bind-twice", "该密钥或标段已绑定其他内容，不得再次绑定。", "the key or the lot is bound to something else")
	ErrBindPast        = refuse("bind-time-past", "开标时间已过，不能绑定。", "the opening time is not in the future")
	ErrBindOfficers    = refuse("bind-officer-key", "绑定所引用的解锁人密钥不正确。", "the officers' key of the binding is missing or wrong")
	ErrNotBound        = refuse("lot-not-bound", "该标段没有绑定开标密钥。", "the lot is not bound")
	ErrNotAuthority    = refuse("postpone-not-authority", "签署人无权决定推迟开标。", "not signed by an authority of the binding")
	ErrPostponeNumber  = refuse("postpone-number", "推迟开标的编号不连续。", "the postponement's number is not the next one")
	ErrPostponeFrom    = refuse("postpone-from", "推迟开标的原定时间与当前开标时间不一致。", "opening_from is not the current opening time")
	ErrPostponeAdvance = refuse("postpone-advance", "开标时间只能推迟，不能提前。", "an opening time is never advanced")
	ErrPostponeLate    = refuse("postpone-too-late", "原定开标时间已到，不能再推迟。", "the old opening time has come")
	ErrNotInForce      = refuse("postpone-not-in-force", "签署推迟的密钥保管方数量不足，推迟尚未生效。", "fewer than n−t+1 keyholders have signed")
)

// Release.
var (
	ErrEarly            = refuse("release-too-early", "未到开标时间，不得解密。", "the opening time has not come by this holder's clock")
	ErrNotFrozen        = refuse("release-not-frozen", "本标段尚未封标，或封标记录尚未写入公开日志。", "no freeze record, platform-signed and proven in the log")
	ErrFreezeSecond     = refuse("freeze-second", "该标段已经封标，清单不得更换。", "another freeze record was seen first")
	ErrFreezeRoot       = refuse("freeze-root", "投标文件清单与封标记录不一致。", "the frozen set does not give the freeze record's root and count")
	ErrFreezeTime       = refuse("freeze-time", "封标记录的开标时间不是本标段公布的开标时间，或封标早于开标时间。", "the freeze record is not of an opening time of the lot, or was made before it")
	ErrCheckpoint       = refuse("checkpoint-inconsistent", "公开日志与此前见过的不一致。", "the log is not an extension of what was seen: it is forked")
	ErrCheckpointFrom   = refuse("checkpoint-from", "一致性证明不是从本方最近见过的日志大小开始的。", "the consistency proof does not start at the last checkpoint seen")
	ErrNotInFreeze      = refuse("release-not-in-freeze", "该投标不在封标清单中。", "the statement is not in the frozen set")
	ErrPartMixed        = refuse("release-part-not-in-statement", "该文件不属于投标人提交的这一版本。", "the part is not one of the statement's parts")
	ErrLabel            = refuse("release-label-mismatch", "投标文件的标签与标段、类别或时间不符。", "the label is not of this lot, class, binding, moment or time")
	ErrBidder           = refuse("release-bidder", "投标文件与提交声明不是同一投标人签署的。", "the part's bidder did not sign the statement")
	ErrMoment           = refuse("release-moment-closed", "该部分尚未到开启的环节。", "no logged release record with enough officers' signatures")
	ErrErased           = refuse("release-erased", "该标段的密钥已销毁。", "the share is erased")
	ErrPartialsMismatch = refuse("partials-mismatch", "解密结果与所请求的文件不符。", "the batch does not answer what was asked")
	ErrFalsePartials    = refuse("partials-proof", "解密结果的证明无效，该保管方的结果不予采用。", "the batch's proof fails: this holder is at fault, ask another")
	ErrTooFew           = refuse("open-too-few", "参与解密的密钥保管方或解锁人数量不足。", "fewer partial decryptions than the threshold")
)

// Erasure.
var (
	ErrNoGround        = refuse("erase-no-ground", "没有销毁密钥的依据。", "the ground of the erasure is missing or does not carry")
	ErrEraseNotAllowed = refuse("erase-not-authority", "签署人无权要求销毁密钥。", "not signed by who may order this erasure")
)

// The archive.
var (
	ErrArchive     = refuse("archive-mismatch", "归档记录与标段、封标记录或归档密钥不一致。", "the archive record does not fit the lot, its freeze or its archive key")
	ErrArchiveKey  = refuse("archive-key-unfit", "归档密钥缺少招标人或全体档案保管人的签名，或不属于本标段。", "the archive key is not dealt by an authority and confirmed by all its archivists, or of another lot")
	ErrArchivist   = refuse("archivist-unknown", "不是这把归档密钥的档案保管人。", "not an archivist of this key")
	ErrNotArchived = refuse("archive-part-unknown", "归档记录中没有这份文件。", "the archive record does not hold this part")
)

// Process rules.
var (
	ErrState = refuse("keyholder-state", "密钥保管方的存储出现故障，请求未完成，请重试。", "the keyholder's store failed; nothing may be assumed, try again")
)

var refusals = []*Refusal{
	ErrMalformed, ErrClass, ErrSignatures, ErrRequest,
	ErrCeremony, ErrStep, ErrRoster, ErrSilent, ErrCommit, ErrKnowledge, ErrTranscript, ErrFalseShare, ErrFalseComplaint, ErrMessage, ErrKeyRecord, ErrKey, ErrOfficerShare, ErrNotOfficer,
	ErrBindTwice, ErrBindPast, ErrBindOfficers, ErrNotBound, ErrNotAuthority, ErrPostponeNumber, ErrPostponeFrom, ErrPostponeAdvance, ErrPostponeLate, ErrNotInForce,
	ErrEarly, ErrNotFrozen, ErrFreezeSecond, ErrFreezeRoot, ErrFreezeTime, ErrCheckpoint, ErrCheckpointFrom, ErrNotInFreeze, ErrPartMixed, ErrLabel, ErrBidder, ErrMoment, ErrErased, ErrPartialsMismatch, ErrFalsePartials, ErrTooFew,
	ErrNoGround, ErrEraseNotAllowed, ErrArchive, ErrArchiveKey, ErrArchivist, ErrNotArchived, ErrState,
}

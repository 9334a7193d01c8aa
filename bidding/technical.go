package bidding

import "errors"

// Technical lists the refusals that the crypto packages make by code: here they get a class, an article and a Chinese sentence.
// A code that means the same in two crypto packages stands once.
func Technical() []*Refusal {
	const sealed, decrypt, signed Article = "E20-26", "E20-31", "IR-36"
	return []*Refusal{
		// canonical JSON and records
		Refuse("canon-not-canonical", Invalid, "", "提交的数据不是规范格式。", "not canonical JSON"),
		Refuse("canon-duplicate-key", Invalid, "", "提交的数据中有重复的字段。", "duplicate key"),
		Refuse("canon-unknown-key", Invalid, "", "提交的数据中有未定义的字段。", "unknown key"),
		Refuse("canon-missing-key", Invalid, "", "提交的数据缺少必需的字段。", "missing key"),
		Refuse("canon-number", Invalid, "", "提交的数据中有不合要求的数值。", "number is not an integer in range"),
		Refuse("canon-text", Invalid, "", "提交的数据中有无效的文字编码。", "text is not valid UTF-8"),
		Refuse("canon-depth", Invalid, "", "提交的数据嵌套过深。", "nested too deeply"),
		Refuse("canon-value", Invalid, "", "提交的数据中有不合要求的取值。", "value does not fit its key"),
		Refuse("record-malformed", Invalid, "", "记录的内容不完整或格式不正确。", "malformed record"),
		Refuse("record-not-signed", Invalid, "", "记录缺少必需的签名。", "a required signature is missing"),
		Refuse("record-signature", Invalid, "", "记录的签名无效。", "a signature does not fit the record"),
		Refuse("record-signatures", Invalid, "", "记录缺少必需的签名，或签名无效。", "a required signature is missing, wrong or one too many"),
		Refuse("request-malformed", Invalid, "", "请求的格式不正确。", "malformed request"),
		// certificates
		Refuse("certificate-malformed", Invalid, "", "数字证书格式不正确。", "malformed certificate"),
		Refuse("certificate-subject", Invalid, "", "数字证书的主体信息不合要求，例如含有身份证号码。", "subject not allowed in a certificate"),
		Refuse("certificate-usage", Invalid, "", "数字证书的用途不符：签名须用签名证书，加密须用加密证书。", "certificate is for another use"),
		Refuse("certificate-foreign", Forbidden, "", "数字证书不是由本平台信任的机构签发。", "certificate leads to no trusted issuer"),
		Refuse("certificate-expired", Forbidden, "", "数字证书已过期，请更换证书。", "certificate has expired"),
		Refuse("certificate-not-yet-valid", Forbidden, "", "数字证书尚未生效。", "certificate is not yet valid"),
		Refuse("certificate-revoked", Forbidden, "", "数字证书已被吊销。", "certificate has been revoked"),
		// sealed files
		Refuse("file-truncated", Invalid, sealed, "加密投标文件不完整。", "the sealed file is truncated"),
		Refuse("file-magic", Invalid, sealed, "该文件不是本平台格式的加密投标文件。", "not a sealed file"),
		Refuse("header-malformed", Invalid, sealed, "加密投标文件的文件头格式不正确。", "malformed header"),
		Refuse("chunk-tampered", Invalid, sealed, "加密投标文件的内容已损坏或被改动。", "a chunk is damaged or changed"),
		Refuse("padding", Invalid, sealed, "加密投标文件的填充不合要求。", "wrong padding"),
		Refuse("length", Invalid, sealed, "加密投标文件的长度不一致。", "wrong length"),
		Refuse("root-mismatch", Invalid, sealed, "加密投标文件的内容与其摘要不符。", "the chunks do not give the signed root"),
		Refuse("signature-invalid", Invalid, sealed, "加密投标文件的签名无效。", "the signature on the sealed file is wrong"),
		Refuse("label-mismatch", Invalid, sealed, "加密投标文件的标签与标段、投标人或开标时间不符。", "the label is not of this lot, bidder or time"),
		Refuse("commit-mismatch", Invalid, decrypt, "解密后的密钥与投标文件的承诺值不符。", "the content key does not match the commitment"),
		Refuse("point-invalid", Invalid, sealed, "加密数据含有不在曲线上的点。", "not a point of the SM2 curve"),
		Refuse("scalar-invalid", Invalid, sealed, "加密数据含有超出范围的数值。", "not a scalar in range"),
		Refuse("stanza-malformed", Invalid, sealed, "加密投标文件的密钥段格式不正确。", "malformed stanza"),
		Refuse("stanza-proof", Invalid, sealed, "加密投标文件的密钥段未通过校验，没有按本标段的开标密钥加密。", "the stanza does not prove its key and label"),
		Refuse("stanza-c3", Invalid, decrypt, "投标文件的密钥段无法解开。", "the stanza does not open"),
		Refuse("stanza-binding", Invalid, decrypt, "投标文件的密钥段与其标签不符。", "the stanza's plaintext is of another label"),
		Refuse("readout-malformed", Invalid, decrypt, "开标一览表的内容格式不正确。", "malformed read-out"),
		Refuse("manifest-malformed", Invalid, decrypt, "投标文件的目录格式不正确。", "malformed manifest"),
		Refuse("statement-malformed", Invalid, signed, "投标声明的内容格式不正确。", "malformed submit statement"),
		Refuse("manifest-digest", Invalid, decrypt, "投标文件的内容与其目录所载摘要不符。", "a file does not fit its manifest"),
		Refuse("bidder-key", Invalid, decrypt, "投标人的密钥段缺失、多余或无法解开。", "stanza B is missing, unasked or does not open"),
		Refuse("no-key-release", Late, decrypt, "投标人未在限时解密的时间窗口内解密。", "the bidder released no key in the window"),
		Refuse("item-invalid", Invalid, decrypt, "该投标文件未被密钥保管方受理。", "a keyholder does not take this part"),
		Refuse("receipt-malformed", Invalid, "", "回执的内容格式不正确。", "malformed receipt"),
		Refuse("chunk-missing", Invalid, sealed, "加密投标文件缺少分块。", "a chunk is missing"),
		// partial decryptions
		Refuse("partials-proof", Invalid, "", "部分解密结果的证明不成立。", "partial decryptions are not proven"),
		Refuse("partials-mismatch", Invalid, "", "部分解密结果与所请求的文件不符。", "the batch does not answer what was asked"),
		Refuse("batch-size", Invalid, "", "部分解密结果的数量不合要求。", "batch is empty, too long or uneven"),
		Refuse("holders-invalid", Invalid, "", "密钥保管方的编号或数量不合要求。", "threshold, index or set of holders is invalid"),
		// keyholders
		Refuse("bind-twice", Conflict, "", "该密钥或标段已绑定其他内容，不得再次绑定。", "the key or the lot is bound to something else"),
		Refuse("bind-time-past", Late, "", "开标时间已过，不能绑定。", "the opening time is not in the future"),
		Refuse("bind-officer-key", Invalid, "", "绑定所引用的解锁人密钥不正确。", "the officers' key of the binding is missing or wrong"),
		Refuse("lot-not-bound", Conflict, "", "该标段没有绑定开标密钥。", "the lot is not bound"),
		Refuse("postpone-not-authority", Forbidden, "", "签署人无权决定推迟开标。", "not signed by an authority of the binding"),
		Refuse("postpone-number", Conflict, "", "推迟开标的编号不连续。", "the postponement's number is not the next one"),
		Refuse("postpone-from", Conflict, "", "推迟开标的原定时间与当前开标时间不一致。", "opening_from is not the current opening time"),
		Refuse("postpone-advance", Invalid, "BL-34", "开标时间只能推迟，不能提前。", "an opening time is never advanced"),
		Refuse("postpone-too-late", Late, "BL-34", "原定开标时间已到，不能再推迟。", "the old opening time has come"),
		Refuse("postpone-not-in-force", Unready, "", "签署推迟的密钥保管方数量不足，推迟尚未生效。", "fewer than n−t+1 keyholders have signed"),
		Refuse("release-too-early", Early, "E20-27", "未到开标时间，不得解密。", "the opening time has not come"),
		Refuse("release-not-frozen", Early, "", "本标段尚未封标，或封标记录尚未写入公开日志。", "no proven freeze record"),
		Refuse("release-not-in-freeze", Conflict, "", "该投标不在封标清单中。", "the statement is not in the frozen set"),
		Refuse("release-part-not-in-statement", Invalid, "", "该文件不属于投标人提交的这一版本。", "the part is not one of the statement's parts"),
		Refuse("release-label-mismatch", Invalid, sealed, "投标文件的标签与标段、类别或时间不符。", "the label is not of this lot, class, binding, moment or time"),
		Refuse("release-bidder", Invalid, "", "投标文件与提交声明不是同一投标人签署的。", "the part's bidder did not sign the statement"),
		Refuse("release-moment-closed", Early, "", "该部分尚未到开启的环节。", "this moment has not been released"),
		Refuse("release-erased", Late, "", "该标段的密钥已销毁。", "the share is erased"),
		Refuse("freeze-second", Conflict, "", "该标段已经封标，清单不得更换。", "another freeze record was seen first"),
		Refuse("freeze-root", Conflict, "", "投标文件清单与封标记录不一致。", "the set does not give the freeze record's root"),
		Refuse("freeze-time", Conflict, "", "封标记录的开标时间与当前开标时间不一致。", "the freeze is not of the current opening time"),
		Refuse("erase-no-ground", Invalid, "", "没有销毁密钥的依据。", "the ground of the erasure does not carry"),
		Refuse("erase-not-authority", Forbidden, "", "签署人无权要求销毁密钥。", "not signed by who may order this erasure"),
		Refuse("archive-mismatch", Conflict, "", "归档记录与标段、封标记录或归档密钥不一致。", "the archive record does not fit the lot, its freeze or its archive key"),
		Refuse("archive-key-unfit", Invalid, "", "归档密钥缺少招标人或全体档案保管人的签名，或不属于本标段。", "the archive key is not dealt by an authority and confirmed by all its archivists, or of another lot"),
		Refuse("archivist-unknown", Forbidden, "", "不是这把归档密钥的档案保管人。", "not an archivist of this key"),
		Refuse("archive-part-unknown", Missing, "", "归档记录中没有这份文件。", "the archive record does not hold this part"),
		Refuse("open-too-few", Unready, "", "参与解密的密钥保管方或解锁人数量不足。", "fewer partial decryptions than the threshold"),
		Refuse("officer-unknown", Forbidden, "", "不是本标段的解锁人。", "not an officer of this lot"),
		Refuse("key-unknown", Missing, "", "没有这把开标密钥。", "no such key"),
		Refuse("key-record-mismatch", Conflict, "", "开标密钥记录与绑定不一致。", "the key record is not the one bound"),
		Refuse("keyholder-state", Unready, "", "密钥保管方的存储出现故障，请重试。", "a keyholder's store failed"),
		Refuse("keyholder-busy", Unready, "", "密钥保管方正忙，请稍后重试。", "a keyholder is busy"),
		// log
		Refuse("checkpoint-inconsistent", Conflict, "", "公开日志与此前见过的不一致。", "the log is not an extension of what was seen"),
		Refuse("checkpoint-fork", Conflict, "", "公开日志出现分叉。", "the log is forked"),
		Refuse("checkpoint-from", Conflict, "", "一致性证明的起点不正确。", "the consistency proof starts elsewhere"),
		Refuse("checkpoint-signature", Invalid, "", "公开日志检查点的签名无效。", "the checkpoint is not signed by the log"),
		Refuse("checkpoint-origin", Invalid, "", "检查点属于另一份公开日志。", "a checkpoint of another log"),
		Refuse("checkpoint-malformed", Invalid, "", "公开日志检查点的格式不正确。", "malformed checkpoint"),
		Refuse("envelope-malformed", Invalid, "", "事件信封的格式不正确。", "malformed event envelope"),
		Refuse("proof-path", Invalid, "", "存在性证明不成立。", "the proof does not lead to the checkpoint"),
		Refuse("proof-slot", Invalid, "", "存在性证明的位置不存在。", "no such slot"),
	}
}

// FromCode turns an error of a crypto package (it has a Code) into the refusal of that code, with the error's text as detail;
// any other error, and a refusal, comes back as it is. A code that Technical does not list stays an error: it is ours, not a rule.
func FromCode(err error) error {
	var refusal *Refusal
	if err == nil || errors.As(err, &refusal) {
		return err
	}
	var coded interface{ Code() string }
	if !errors.As(err, &coded) {
		return err
	}
	if coded.Code() == ErrClass.Code {
		return ErrClass
	}
	for _, r := range Technical() {
		if r.Code == coded.Code() {
			return r.With(clip(err.Error(), 300))
		}
	}
	return err
}

// Explain is the Chinese sentence of a reason code as it stands in an opening record; empty when the code is none of Technical.
func Explain(code string) string {
	for _, r := range Technical() {
		if r.Code == code {
			return r.Say
		}
	}
	return ""
}

// Refusals lists the sentinels of the shared words, those of the crypto packages included.
func Refusals() []*Refusal {
	return append([]*Refusal{ErrID, ErrAmount, ErrForbidden, ErrMissing, ErrConflict, ErrClass}, Technical()...)
}

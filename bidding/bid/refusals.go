package bid

import (
	"sunbid/bidding"
	"sunbid/bidding/law"
)

// Refusals of this package.
var (
	ErrNotOpen       = bidding.Refuse("bid-not-open", bidding.Early, law.BL28, "尚未到投标文件递交开始时间。", "bids are not taken yet")
	ErrAfterDeadline = bidding.Refuse("bid-after-deadline", bidding.Late, law.E20A27, "已到投标截止时间，依法拒收。", "the deadline has passed: refused by law")
	ErrClosed        = bidding.Refuse("bid-closed", bidding.Conflict, law.E20A27, "该标段现在不接收投标文件。", "the lot takes no bids now")
	ErrOther         = bidding.Refuse("bid-other-lot", bidding.Invalid, law.E20A26, "投标声明所载的招标项目、标段或绑定记录与本标段不符。", "the statement is for another tender, lot or binding")
	ErrNotOwn        = bidding.Refuse("bid-not-own", bidding.Forbidden, "", "只能以本人证书操作本单位的投标。", "only one's own bid, signed with one's own certificate")
	ErrBidID         = bidding.Refuse("bid-identifier", bidding.Conflict, "", "投标编号与本单位在本标段的投标不符。", "the bid identifier is not that of this bidder's bid")
	ErrVersion       = bidding.Refuse("bid-version", bidding.Conflict, law.BL29, "版本号不连续，请刷新后重新提交。", "the version is not the next one")
	ErrPrevious      = bidding.Refuse("bid-previous", bidding.Conflict, law.BL29, "声明没有接续上一版本。", "the statement does not follow the one before")
	ErrAction        = bidding.Refuse("bid-action", bidding.Conflict, law.BL29, "当前状态不能进行此操作：未递交时只能递交，已递交时只能修改或撤回。", "this action does not fit the bid's standing")
	ErrPartMissing   = bidding.Refuse("bid-part-missing", bidding.Invalid, law.E20A27, "投标文件传输未完成或缺少必需的部分。", "a needed part is missing or not completely uploaded")
	ErrPartUnasked   = bidding.Refuse("bid-part-unasked", bidding.Invalid, law.E20A26, "投标文件含有本标段不要求的部分，或开启环节不符。", "a part that this lot does not ask for, or of another moment")
	ErrPartDiffers   = bidding.Refuse("bid-part-differs", bidding.Invalid, law.E20A26, "声明与已上传的加密文件不一致。", "the statement does not agree with the sealed upload")
	ErrPartSigner    = bidding.Refuse("bid-part-signer", bidding.Invalid, law.E20A26, "加密文件与投标声明不是同一证书签署。", "part and statement are signed with different certificates")
	ErrSealedTo      = bidding.Refuse("bid-sealed-to-other", bidding.Invalid, law.E20A26, "加密文件不是为本标段、本投标人和已公布的开标时间加密的。", "the part is not sealed to this lot, bidder and a published opening time")
	ErrMode          = bidding.Refuse("bid-mode", bidding.Invalid, law.E20A26, "加密方式与本标段的解密方式不符。", "the part is not sealed for the lot's mode of decryption")

	ErrUploadSize    = bidding.Refuse("upload-size", bidding.Invalid, "", "文件大小或分块数不合要求。", "the size or number of chunks is out of bounds")
	ErrUploadQuota   = bidding.Refuse("upload-quota", bidding.TooMany, "", "未完成的上传过多，请先完成或等待其过期。", "too many unfinished uploads")
	ErrUploadSealed  = bidding.Refuse("upload-sealed", bidding.Conflict, "", "该上传已经完成，不能再改动。", "the upload is finished")
	ErrUploadExpired = bidding.Refuse("upload-expired", bidding.Late, "", "该上传已过期，请重新上传。", "the upload has expired")
	ErrUploadStopped = bidding.Refuse("upload-stopped", bidding.Late, law.E20A27, "上传中断，期满仍未传完，已清除。", "the upload stopped and was not finished before it expired")
	ErrUploadOwed    = bidding.Refuse("upload-incomplete", bidding.Conflict, law.E20A27, "仍有分块没有上传。", "pieces are still owed")
	ErrPieceNumber   = bidding.Refuse("upload-piece-number", bidding.Invalid, "", "分块序号超出范围。", "there is no such piece")
	ErrPieceSize     = bidding.Refuse("upload-piece-size", bidding.Invalid, "", "分块长度不正确。", "the piece's length is wrong")
	ErrPieceHash     = bidding.Refuse("upload-chunk-hash", bidding.Invalid, "", "分块内容与其摘要不符，请重新上传该分块。", "a chunk does not have the hash that was declared")
	ErrPieceDiffers  = bidding.Refuse("upload-piece-differs", bidding.Conflict, "", "该分块已上传过不同的内容。", "that piece was uploaded with other content")
	ErrAlready       = bidding.Refuse("statement-already-receipted", bidding.Conflict, "", "该声明已有回执。", "the statement has its receipt already")
	ErrStoreFull     = bidding.Refuse("upload-store-full", bidding.Unready, "", "平台存储空间不足。已上传的部分都还在，请稍后再运行一次接着上传；临近截止请立即联系交易中心。", "the platform's store is full: what was uploaded is kept, go on later")
)

// Refusals lists the sentinels of this package.
func Refusals() []*bidding.Refusal {
	return []*bidding.Refusal{ErrNotOpen, ErrAfterDeadline, ErrClosed, ErrOther, ErrNotOwn, ErrBidID, ErrVersion, ErrPrevious, ErrAction, ErrPartMissing,
		ErrPartUnasked, ErrPartDiffers, ErrPartSigner, ErrSealedTo, ErrMode, ErrUploadSize, ErrUploadQuota, ErrStoreFull, ErrUploadSealed, ErrUploadExpired, ErrUploadStopped, ErrUploadOwed,
		ErrPieceNumber, ErrPieceSize, ErrPieceHash, ErrPieceDiffers, ErrAlready}
}

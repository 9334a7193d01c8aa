package problem

import (
	"errors"

	"sunbid/bidding"
)

// coded is how the packages under crypto/ name what failed: they know no refusals, only stable codes.
type coded interface {
	error
	Code() string
}

// speaking is a coded error that brings its own Chinese sentence.
type speaking interface{ Say() string }

// fromCrypto makes a refusal of a coded error; nil when err is none. What is offered by a client and fails a
// cryptographic check is the client's content being wrong in itself, so the class is Invalid.
func fromCrypto(err error) *bidding.Refusal {
	var c coded
	if !errors.As(err, &c) {
		return nil
	}
	say := sentence(c.Code())
	if s, ok := c.(speaking); ok && s.Say() != "" {
		say = s.Say()
	}
	if say == "" {
		say = "提交的内容没有通过校验。"
	}
	return bidding.Refuse(c.Code(), classOfCode(c.Code()), "", say, "the content failed the check "+c.Code())
}

func classOfCode(code string) bidding.RefusalClass {
	switch code {
	case "release-too-early":
		return bidding.Early
	case "release-erased", "release-moment-closed", "postpone-too-late":
		return bidding.Late
	case "bind-twice", "freeze-second", "postpone-number":
		return bidding.Conflict
	case "postpone-not-authority":
		return bidding.Forbidden
	case "class-mismatch":
		return bidding.Forbidden
	}
	return bidding.Invalid
}

// sentence is the text for people of each code that crypto/SPEC.md names.
func sentence(code string) string {
	switch code {
	case "canon-not-canonical":
		return "内容不是规范的 JSON 编码。"
	case "canon-unknown-key":
		return "内容含有未知的字段。"
	case "canon-missing-key":
		return "内容缺少必填字段。"
	case "canon-type":
		return "字段的类型或格式不正确。"
	case "record-not-signed":
		return "记录没有签名，或缺少应有的签名人。"
	case "record-signature", "signature-invalid":
		return "签名验证不通过。"
	case "certificate-expired":
		return "数字证书已过期。"
	case "certificate-not-yet-valid":
		return "数字证书尚未生效。"
	case "certificate-revoked":
		return "数字证书已被吊销。"
	case "certificate-foreign":
		return "数字证书不是平台信任的机构签发的。"
	case "certificate-usage":
		return "数字证书的用途不符：签名请用签名证书，加密请用加密证书。"
	case "certificate-malformed":
		return "数字证书无法解析。"
	case "point-invalid":
		return "密文中的曲线点无效。"
	case "stanza-malformed", "stanza-proof", "stanza-c3":
		return "密钥封装数据无效，请重新加密投标文件。"
	case "partials-proof":
		return "解锁份额的证明不正确。"
	case "file-truncated":
		return "加密文件不完整。"
	case "file-magic":
		return "这不是本平台的加密投标文件。"
	case "header-malformed":
		return "加密文件的文件头格式不正确。"
	case "chunk-tampered":
		return "数据块与声明的摘要不一致，请重新上传。"
	case "padding", "length":
		return "加密文件的长度或填充不正确。"
	case "root-mismatch":
		return "各数据块与文件的总摘要不一致。"
	case "label-mismatch":
		return "加密文件的标签与本标段不一致，请核对标段后重新加密。"
	case "commit-mismatch":
		return "密钥承诺不一致。"
	case "statement-malformed":
		return "投标声明的内容不正确。"
	case "class-mismatch":
		return "演练与正式项目的数据和密钥不得混用。"
	case "release-too-early":
		return "未到开标时间，不能解锁。"
	case "postpone-not-authority":
		return "签署人无权决定延期。"
	case "postpone-number":
		return "延期通知的编号不连续。"
	case "postpone-too-late":
		return "原定开标时间已到，不能再延期。"
	case "checkpoint-signature", "checkpoint-origin", "checkpoint-inconsistent":
		return "日志检查点验证不通过。"
	}
	return ""
}

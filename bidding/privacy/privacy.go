package privacy

import (
	"sunbid/bidding"
	"sunbid/bidding/law"
)

// Kind of what was found.
type Kind string

const (
	None     Kind = ""
	Identity Kind = "identity-number" // 公民身份号码, GB 11643
	Phone    Kind = "phone"           // 手机、固定电话、客服热线
	Account  Kind = "account"         // 银行账号、卡号
)

// ErrPersonal: a text that would reach the public bundle holds something of a person. The detail names the kind and the field, never the text.
var ErrPersonal = bidding.Refuse("personal-data", bidding.Invalid, law.PIPL6,
	"文字中疑似含有身份证号码、电话号码或银行账号。这些内容会进入不可删除的公开数据，请删去；联系人和联系方式请填写在招标公告的联系方式栏。",
	"the text seems to hold an identity-card number, a telephone number or a bank account; contacts belong into the notice's contact block")

// Refusals lists the sentinels of this package.
func Refusals() []*bidding.Refusal { return []*bidding.Refusal{ErrPersonal} }

// Text is one field on its way to the public, under the name that a refusal shows.
type Text struct{ Field, Value string }

// Check refuses the first text that holds something of a person.
func Check(texts ...Text) error {
	for _, t := range texts {
		if kind := Find(t.Value); kind != None {
			return ErrPersonal.With(t.Field + ": " + string(kind))
		}
	}
	return nil
}

// Find names what of a person a text holds first, None when nothing.
func Find(s string) Kind {
	s = narrow.Replace(s)
	if kind := labelled(s); kind != None {
		return kind
	}
	for _, g := range groups(s) {
		if kind := g.kind(s); kind != None {
			return kind
		}
	}
	return None
}

package privacy_test

import (
	"errors"
	"strings"
	"testing"

	"sunbid/bidding"
	"sunbid/bidding/privacy"
)

func TestFind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want privacy.Kind
	}{
		{"联系人身份证11010519491231002X。", privacy.Identity},
		{"身份证号：110105194912310038", privacy.Identity}, // a wrong check character, but it says what it is
		{"110105 19491231 002x", privacy.Identity},
		{"１１０１０５１９４９１２３１００２Ｘ", privacy.Identity},
		{"请致电13800138000咨询", privacy.Phone},
		{"138-0013-8000", privacy.Phone},
		{"138 0013 8000", privacy.Phone},
		{"+86 13800138000", privacy.Phone},
		{"（0086）13800138000", privacy.Phone},
		{"手机号：１３８００１３８０００", privacy.Phone},
		{"微信号13800138000", privacy.Phone},
		{"0769-22345678", privacy.Phone},
		{"（0595）2388 1234", privacy.Phone},
		{"(010)62345678", privacy.Phone},
		{"059523881234", privacy.Phone},
		{"021－6234－5678", privacy.Phone},
		{"联系电话：23881234", privacy.Phone},
		{"传真 8623-1234", privacy.Phone},
		{"Tel: 6234 5678", privacy.Phone},
		{"tel13800138000", privacy.Phone},
		{"客服400-812-3123", privacy.Phone},
		{"答疑电话4008123123", privacy.Phone},
		{"6222021234567890128", privacy.Account},
		{"6222 0212 3456 7890 128", privacy.Account},
		{"4111111111111111", privacy.Account},
		{"保证金缴至账号：35001656807050001234", privacy.Account},
		{"开户账户 1408 0126 0960 0012 345", privacy.Account},

		{"本项目施工图第三页的标高以本澄清为准。", privacy.None},
		{"统一社会信用代码91350525MA5000001J", privacy.None},
		{"统一社会信用代码913505251563456789", privacy.None},
		{"项目编号E3505250801020260001001", privacy.None},
		{"项目编号：350525202603160014", privacy.None},
		{"350525202603160014", privacy.None},
		{"招标编号YC-2026-03-16-001", privacy.None},
		{"合同编号110105194912310021", privacy.None}, // no check character of an identity number
		{"文号：闽建〔2026〕13号", privacy.None},
		{"开标时间2026-03-16 09:00:00，截止2026-03-16 09:00", privacy.None},
		{"2026年3月16日9时00分", privacy.None},
		{"20260316093000", privacy.None},
		{"最高投标限价18334233.00元", privacy.None},
		{"合同估算价13800138000元", privacy.None},
		{"¥13800138000.00", privacy.None},
		{"人民币 13800138000", privacy.None},
		{"总投资138.00138000亿元", privacy.None},
		{"1,380,013,800.00", privacy.None},
		{"批复编号13800138000", privacy.None},
		{"GB 50204-2015、GB/T 20518-2018", privacy.None},
		{"JGJ 130-2011 第3.0.1条", privacy.None},
		{"工期120日历天，坐标118.2957,25.3218", privacy.None},
		{"电话会议于2026-03-16 10:00召开", privacy.None},
		{"IP 192.168.0.1，端口8420", privacy.None},
		{"桩号K12+345.678～K13+800.138", privacy.None},
		{"邮政编码362600", privacy.None},
		{"lt_0123456789abcdefghjkmnpqrs", privacy.None},
		{strings.Repeat("13800138000", 6), privacy.None}, // a digest, whatever it is
		{"", privacy.None},
	} {
		if got := privacy.Find(c.text); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

// TestCheckNamesTheFieldOnly: what was found does not go out with the refusal.
func TestCheckNamesTheFieldOnly(t *testing.T) {
	t.Parallel()
	err := privacy.Check(privacy.Text{Field: "title", Value: "招标公告"}, privacy.Text{Field: "text", Value: "请致电13800138000"})
	var r *bidding.Refusal
	if !errors.As(err, &r) || r.Code != "personal-data" || r.Detail != "text: phone" || r.Article == "" {
		t.Errorf("refusal %+v", err)
	}
	if strings.Contains(err.Error(), "138") {
		t.Errorf("it repeats the number: %v", err)
	}
}

func FuzzFind(f *testing.F) {
	f.Add("联系电话：23881234，账号：35001656807050001234，11010519491231002X")
	f.Fuzz(func(t *testing.T, s string) {
		if k := privacy.Find(s); k != privacy.None && privacy.Find("前"+s) == privacy.None && privacy.Find(s+"后") == privacy.None {
			t.Errorf("%q holds a %s and its like does not", s, k)
		}
	})
}

package privacy

import (
	"regexp"
	"strings"
)

// A word that announces a number makes shorter and unchecked ones tell too: a local number without its area code, a company's account.
var (
	saysPhone   = regexp.MustCompile(`(?i)(?:电话|手机|热线|座机|传真|联系方式|微信|\btel|\bphone|\bfax|\bmobile)(?:号码|号)?[)\]]?[ .:是为]{0,4}(\+?[0-9][0-9() -]{5,18}[0-9])`)
	saysAccount = regexp.MustCompile(`(?:账号|帐号|账户|帐户|银行卡|卡号)(?:号码|号)?[)\]]?[ :是为]{0,4}([0-9][0-9 -]{6,34}[0-9])`)
	saysPerson  = regexp.MustCompile(`(?:身份证|身份号码|身份证件)(?:号码|号|编号)?[)\]]?[ :是为]{0,4}([0-9]{14,17}[0-9Xx])`)
	date        = regexp.MustCompile(`^(?:19|20)[0-9]{2}-[01]?[0-9]-[0-3]?[0-9]`)
)

func labelled(s string) Kind {
	if saysPerson.MatchString(s) {
		return Identity
	}
	for _, m := range saysPhone.FindAllStringSubmatch(s, -1) {
		if n := strings.Map(onlyDigits, m[1]); len(n) >= 7 && len(n) <= 15 && !date.MatchString(m[1]) {
			return Phone
		}
	}
	for _, m := range saysAccount.FindAllStringSubmatch(s, -1) {
		if n := strings.Map(onlyDigits, m[1]); len(n) >= 8 && !date.MatchString(m[1]) {
			return Account
		}
	}
	return None
}

func onlyDigits(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	return -1
}

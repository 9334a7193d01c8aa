package bundletest

import "regexp"

var (
	words   = regexp.MustCompile(`[0-9A-Za-z]+`)
	mobile  = regexp.MustCompile(`^(86)?1[3-9][0-9]{9}$`)
	fixed   = regexp.MustCompile(`(^|[^0-9A-Za-z-])0[0-9]{2,3}-[1-9][0-9]{6,7}($|[^0-9A-Za-z-])`)
	account = regexp.MustCompile(`^[0-9]{16,19}$`)
	idShape = regexp.MustCompile(`^[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]$`)
)

// Personal names the first thing of a person in a file; empty when there is none.
func Personal(data []byte) string {
	for _, w := range words.FindAll(data, -1) {
		switch {
		case idShape.Match(w) && idChecks(w):
			return "ID number"
		case mobile.Match(w):
			return "phone"
		case account.Match(w) && luhn(w):
			return "account"
		}
	}
	if fixed.Match(data) {
		return "phone"
	}
	return ""
}

// idChecks computes the check digit of GB 11643.
func idChecks(w []byte) bool {
	sum := 0
	for i := range 17 {
		sum += int(w[i]-'0') * ((1 << (17 - i)) % 11)
	}
	return "10X98765432"[sum%11] == w[17]
}

func luhn(w []byte) bool {
	sum := 0
	for i := range w {
		d := int(w[len(w)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

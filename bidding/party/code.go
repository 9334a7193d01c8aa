package party

import "strings"

// codeAlphabet is that of GB 32100-2015: no I, O, S, V, Z.
const codeAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// ValidCode checks a unified social credit code (统一社会信用代码, GB 32100-2015): 18 characters, the last a checksum mod 31.
func ValidCode(s string) bool {
	if len(s) != 18 {
		return false
	}
	sum, weight := 0, 1
	for i := range 17 {
		v := strings.IndexByte(codeAlphabet, s[i])
		if v < 0 {
			return false
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return codeAlphabet[(31-sum%31)%31] == s[17]
}

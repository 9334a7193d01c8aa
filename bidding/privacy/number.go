package privacy

import (
	"slices"
	"strings"
	"time"
)

// in tells whether runs have one of the lengths in which people write a number.
func in(lengths []int, ways ...[]int) bool {
	return slices.ContainsFunc(ways, func(w []int) bool { return slices.Equal(w, lengths) })
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// identity: 18 characters with a province, a birthday and the check character of GB 11643-1999. A birthday after 2015 is nobody's who
// stands in these texts, and would make a number of every code that ends in a date.
func identity(s string, lengths []int) bool {
	if len(s) != 18 || !in(lengths, []int{18}, []int{6, 8, 4}) || !digits(s[:17]) || s[:2] < "11" || s[:2] > "82" {
		return false
	}
	born, err := time.Parse("20060102", s[6:14])
	if err != nil || born.Year() < 1900 || born.Year() > 2015 {
		return false
	}
	sum := 0
	for i := range 17 {
		sum += int(s[i]-'0') * ((1 << (17 - i)) % 11)
	}
	return "10X98765432"[sum%11] == strings.ToUpper(s)[17]
}

// mobile: eleven digits from 13 to 19, with or without the country's code, in one piece or as 3-4-4 and its like.
func mobile(s string, lengths []int) bool {
	for _, country := range []string{"0086", "86"} {
		if rest, ok := strings.CutPrefix(s, country); ok && len(rest) == 11 {
			s = rest
			if lengths[0] -= len(country); lengths[0] == 0 {
				lengths = lengths[1:]
			}
		}
	}
	return len(s) == 11 && digits(s) && s[0] == '1' && s[1] >= '3' && in(lengths, []int{11}, []int{3, 4, 4}, []int{3, 8}, []int{7, 4}, []int{3, 3, 5})
}

// landline: an area code (010, 02x, 03xx … 09xx) and seven or eight digits.
func landline(s string, lengths []int) bool {
	if !digits(s) || len(s) < 10 || len(s) > 12 || s[0] != '0' || s[1] == '0' {
		return false
	}
	area := 4
	if s[1] <= '2' {
		area = 3
	}
	local := s[area:]
	if len(local) != 7 && len(local) != 8 || local[0] == '0' {
		return false
	}
	if len(lengths) == 1 { // in one piece only as real numbers begin
		return local[0] != '1'
	}
	return in(lengths, []int{area, len(local)}, []int{area, 3, 4}, []int{area, 4, 4}, []int{area, 4, 3})
}

// hotline: 400 and 800 numbers.
func hotline(s string, lengths []int) bool {
	return len(s) == 10 && digits(s) && (s[:3] == "400" || s[:3] == "800") && in(lengths, []int{3, 3, 4}, []int{3, 7}, []int{3, 4, 3}, []int{6, 4})
}

// card: a bank card by its issuer's first digits, length and Luhn's check digit; one with a date where a project's number has it is none.
func card(s string, lengths []int) bool {
	if !digits(s) || !luhn(s) {
		return false
	}
	for i, n := range lengths {
		if len(lengths) > 1 && n != 4 && !(i == len(lengths)-1 && n <= 4) && !in(lengths, []int{6, 13}, []int{6, 10}) {
			return false
		}
	}
	if born, err := time.Parse("20060102", s[min(6, len(s)):min(14, len(s))]); err == nil && born.Year() >= 1990 && born.Year() < 2100 {
		return false
	}
	switch len(s) {
	case 16:
		return s[:2] == "62" || s[0] == '4' || s[0] == '5' && s[1] >= '1' && s[1] <= '5' || s[:2] == "35"
	case 17, 18:
		return s[:2] == "62"
	case 19:
		return s[:2] == "62" || s[:3] == "955"
	}
	return false
}

func luhn(s string) bool {
	sum := 0
	for i := range s {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

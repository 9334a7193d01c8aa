package privacy

import (
	"regexp"
	"strings"
)

// narrow makes full-width digits and the many dashes and spaces plain ones.
var narrow = strings.NewReplacer("０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８", "8", "９", "9", "Ｘ", "X", "ｘ", "x",
	"－", "-", "–", "-", "—", "-", "‐", "-", "‑", "-", "−", "-", "\u00a0", " ", "\u3000", " ", "（", "(", "）", ")", "：", ":", "＋", "+")

// run is digits next to each other (an X may end them), at [from, to).
type run struct {
	text     string
	from, to int
}

// group is runs with one space, hyphen or closing bracket between each two: "0595-2388 1234".
type group []run

// longest group of runs that makes one number: a card in fives.
const longest = 5

var (
	runs = regexp.MustCompile(`[0-9]+[Xx]?`)
	// alone are words and signs right before a number that is a code or an amount.
	code   = regexp.MustCompile(`(?:编号|编码|代码|文号|标段号|项目号|合同号|发票号|批准文件|[¥￥$]|RMB|人民币)[:# ]*$`)
	amount = regexp.MustCompile(`^(?:[.][0-9]| *(?:元|万|亿|分|美元|平方|立方|米|吨|千克|公里|㎡|%|％))`)
)

// groups cuts a text into its groups of runs; a run that touches a letter is part of a code and makes none.
func groups(s string) []group {
	var all []group
	var now group
	for _, at := range runs.FindAllStringIndex(s, -1) {
		r := run{s[at[0]:at[1]], at[0], at[1]}
		if at[0] > 0 && lettered(s[at[0]-1]) || at[1] < len(s) && lettered(s[at[1]]) {
			all, now = append(all, now), nil
			continue
		}
		if len(now) > 0 && !joins(s[now[len(now)-1].to:r.from]) {
			all, now = append(all, now), nil
		}
		now = append(now, r)
	}
	return append(all, now)
}

func lettered(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

func joins(between string) bool {
	switch between {
	case " ", "-", ")", ") ", ")-", " - ":
		return true
	}
	return false
}

// kind looks at every row of neighbouring runs.
func (g group) kind(s string) Kind {
	for i := range g {
		for n := 1; n <= longest && i+n <= len(g); n++ {
			part := g[i : i+n]
			kind := part.number()
			if kind == None {
				continue
			}
			if kind != Identity && (code.MatchString(before(s, part[0].from)) || amount.MatchString(s[part[n-1].to:])) {
				continue
			}
			return kind
		}
	}
	return None
}

// before is what stands right before a place, as far back as a label is long.
func before(s string, at int) string { return s[max(0, at-24):at] }

// number says what the runs together are.
func (g group) number() Kind {
	var whole strings.Builder
	lengths := make([]int, len(g))
	for i, r := range g {
		whole.WriteString(r.text)
		lengths[i] = len(r.text)
	}
	switch n := whole.String(); {
	case identity(n, lengths):
		return Identity
	case mobile(n, lengths), landline(n, lengths), hotline(n, lengths):
		return Phone
	case card(n, lengths):
		return Account
	}
	return None
}

package bidding

import (
	"fmt"
	"strconv"
	"strings"
)

// Fen is money in 分 (1/100 yuan). There is no float anywhere near a price.
type Fen int64

// MaxFen bounds every amount that comes in: ten trillion yuan.
const MaxFen Fen = 1_000_000_000_000_000

// String shows yuan with two decimals: "18334233.00".
func (f Fen) String() string {
	sign := ""
	n := uint64(f)
	if f < 0 {
		sign, n = "-", uint64(-f)
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

// ParseYuan reads a plain decimal amount in yuan with at most two decimals, such as "18334233.00".
// Signs, separators, full-width digits, exponents, zero and anything beyond MaxFen are refused with ErrAmount.
func ParseYuan(s string) (Fen, error) {
	whole, frac, dot := strings.Cut(s, ".")
	if !digits(whole) || len(whole) > 13 || (len(whole) > 1 && whole[0] == '0') {
		return 0, ErrAmount
	}
	if dot && (!digits(frac) || len(frac) > 2) {
		return 0, ErrAmount
	}
	n, err := strconv.ParseInt(whole+(frac + "00")[:2], 10, 64)
	if err != nil || n <= 0 || Fen(n) > MaxFen {
		return 0, ErrAmount
	}
	return Fen(n), nil
}

func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// Rate is a 费率 or discount in parts per million: 985000 is 98.5 %.
type Rate int64

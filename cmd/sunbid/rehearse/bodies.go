package rehearse

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"sunbid/cmd/sunbid/cast"
)

// Bodies are the sizes, in bytes, of the first bidders' bodies in order of sign-in.
type Bodies []int64

const (
	megabyte  = 1_000_000
	largest   = 2_000 // MB
	manyAtMax = 1_000
)

var errBodies = errors.New("sizes in MB with commas between, such as 500MB,30x30MB; at most 1000 bodies of at most 2000 MB")

// of is the content for bidder i: nothing beyond the listed ones.
func (b Bodies) of(i int) cast.Filler {
	if i >= len(b) {
		return cast.Filler{}
	}
	return cast.Filler{Seed: uint64(i + 1), Size: b[i]}
}

func (b Bodies) total() (sum int64) {
	for _, size := range b {
		sum += size
	}
	return sum
}

// String is the flag's form, without repetitions.
func (b *Bodies) String() string {
	sizes := make([]string, len(*b))
	for i, size := range *b {
		sizes[i] = fmt.Sprintf("%dMB", size/megabyte)
	}
	return strings.Join(sizes, ",")
}

// Set reads the flag's form.
func (b *Bodies) Set(text string) error {
	*b = nil
	for item := range strings.SplitSeq(text, ",") {
		times := 1
		if n, rest, repeated := strings.Cut(item, "x"); repeated {
			var err error
			if times, err = strconv.Atoi(n); err != nil {
				return errBodies
			}
			item = rest
		}
		size, err := strconv.Atoi(strings.TrimSuffix(item, "MB"))
		if err != nil || !strings.HasSuffix(item, "MB") || size < 1 || size > largest || times < 1 || times > manyAtMax || len(*b)+times > manyAtMax {
			return errBodies
		}
		for range times {
			*b = append(*b, int64(size)*megabyte)
		}
	}
	return nil
}

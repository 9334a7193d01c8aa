package tdh2

import (
	"math/bits"
	"sync"
)

// VARIABLE TIME, all of this file: public points and public scalars only.

// term is one addend scalar·point of a sum; the scalar is a plain number of four limbs, least first.
type term struct {
	point  affine
	scalar [4]uint64
}

// single is k·p for one term: the library's assembly doubles faster than this package's Go.
func single(k Scalar, p Point) jacobian {
	q := scalarMult(k, p)
	if a, ok := q.affine(); ok {
		return a.jacobian()
	}
	return jacobian{}
}

// fixedBase answers multiples of one point from a table: digit d of window w stands at table[w][d−1].
type fixedBase [32][255]affine

func newFixedBase(p Point) *fixedBase {
	a, _ := p.affine()
	base := a.jacobian()
	all := make([]jacobian, 0, 32*255)
	for range 32 {
		row := base
		for range 255 {
			all = append(all, row)
			row.add(&row, &base)
		}
		base = row
	}
	var f fixedBase
	for i, a := range normalize(all) {
		f[i/255][i%255] = a
	}
	return &f
}

// Half a megabyte each, made at the first check.
var (
	generatorTable       = sync.OnceValue(func() *fixedBase { return newFixedBase(Generator()) })
	secondGeneratorTable = sync.OnceValue(func() *fixedBase { return newFixedBase(SecondGenerator()) })
)

// mult adds k times the point to sum.
func (f *fixedBase) mult(sum *jacobian, k [4]uint64) {
	for w := range 32 {
		if d := byte(k[w/8] >> (8 * (w % 8))); d != 0 {
			sum.addAffine(sum, &f[w][d-1])
		}
	}
}

// recode writes k as signed odd digits below 2^(width−1) in absolute value (width-w NAF), least first.
func recode(k [4]uint64, width uint) []int8 {
	digits := make([]int8, 0, 258)
	var top uint64 // a fifth limb, since a negative digit adds
	for k[0]|k[1]|k[2]|k[3]|top != 0 {
		var d int64
		if k[0]&1 == 1 {
			d = int64(k[0] & (1<<width - 1))
			if d >= 1<<(width-1) {
				d -= 1 << width
			}
			var c uint64
			if d > 0 {
				k[0] -= uint64(d)
			} else {
				k[0], c = bits.Add64(k[0], uint64(-d), 0)
				k[1], c = bits.Add64(k[1], 0, c)
				k[2], c = bits.Add64(k[2], 0, c)
				k[3], c = bits.Add64(k[3], 0, c)
				top += c
			}
		}
		digits = append(digits, int8(d))
		k[0] = k[0]>>1 | k[1]<<63
		k[1] = k[1]>>1 | k[2]<<63
		k[2] = k[2]>>1 | k[3]<<63
		k[3] = k[3]>>1 | top<<63
		top >>= 1
	}
	return digits
}

// straus is Σ scalar·point by interleaving signed windows of five bits: right for a few terms, which share doublings.
func straus(terms []term) jacobian {
	const width = 5
	const odd = 1 << (width - 2)
	tables := make([]jacobian, 0, odd*len(terms))
	for _, t := range terms {
		p := t.point.jacobian()
		var twice jacobian
		twice.double(&p)
		for range odd {
			tables = append(tables, p)
			p.add(&p, &twice)
		}
	}
	return interleave(terms, normalize(tables), width)
}

// interleave adds up terms, given the odd multiples of each point up to 2^(width−1)−1, one after another.
func interleave(terms []term, multiples []affine, width uint) jacobian {
	digits := make([][]int8, len(terms))
	longest := 0
	for i, t := range terms {
		digits[i] = recode(t.scalar, width)
		longest = max(longest, len(digits[i]))
	}
	odd := 1 << (width - 2)
	var sum jacobian
	for bit := longest - 1; bit >= 0; bit-- {
		sum.double(&sum)
		for i := range terms {
			if bit >= len(digits[i]) {
				continue
			}
			switch d := int(digits[i][bit]); {
			case d > 0:
				sum.addAffine(&sum, &multiples[odd*i+d/2])
			case d < 0:
				n := multiples[odd*i-d/2].negated()
				sum.addAffine(&sum, &n)
			}
		}
	}
	return sum
}

// sums is Σ scalar·point for many terms with scalars below 2^128, by buckets (Pippenger), windows over all cores.
func sums(terms []term) jacobian {
	if len(terms) < 24 {
		return straus(terms)
	}
	const length = 128
	width := bucketWidth(len(terms))
	windows := make([]jacobian, (length+width)/width) // one digit more: signed digits carry
	signed := make([][]int16, len(terms))
	for i, t := range terms {
		signed[i] = signedDigits(t.scalar, width, len(windows))
	}
	forEach(len(windows), func(w int) {
		buckets := make([]jacobian, 1<<(width-1))
		for i := range terms {
			switch d := signed[i][w]; {
			case d > 0:
				buckets[d-1].addAffine(&buckets[d-1], &terms[i].point)
			case d < 0:
				n := terms[i].point.negated()
				buckets[-d-1].addAffine(&buckets[-d-1], &n)
			}
		}
		var running, sum jacobian
		for b := len(buckets) - 1; b >= 0; b-- {
			running.add(&running, &buckets[b])
			sum.add(&sum, &running)
		}
		windows[w] = sum
	})
	var sum jacobian
	for w := len(windows) - 1; w >= 0; w-- {
		for range width {
			sum.double(&sum)
		}
		sum.add(&sum, &windows[w])
	}
	return sum
}

func bucketWidth(n int) int {
	best, cost := 2, 1<<62
	for w := 2; w <= 12; w++ {
		// Per window: one mixed addition a term, two full ones a bucket, w doublings.
		if c := (128 + w) / w * (11*n + 2*16*(1<<(w-1)) + 8*w); c < cost {
			best, cost = w, c
		}
	}
	return best
}

// signedDigits writes k < 2^128 in base 2^width with digits in [−2^(width−1), 2^(width−1)], least first.
func signedDigits(k [4]uint64, width, n int) []int16 {
	out := make([]int16, n)
	carry := uint64(0)
	for i := range out {
		bit := i * width
		var d uint64
		if bit < 128 {
			d = k[bit/64] >> (bit % 64)
			if bit%64 != 0 && bit/64 == 0 {
				d |= k[1] << (64 - bit%64)
			}
			d &= 1<<width - 1
		}
		d += carry
		carry = 0
		if d > 1<<(width-1) {
			out[i] = int16(int64(d) - 1<<width)
			carry = 1
		} else {
			out[i] = int16(d)
		}
	}
	return out
}

package tdh2

import "math/big"

// Combine is D = Σ λ_i·D_i for the holders at indices (a threshold of them, no index twice, each 1 … MaxHolders) and
// their proven partials of one stanza, in the same order. Impossible sets are ErrHolders, a partial that is the zero
// Point and an infinite result ErrPoint. It runs in variable time on the partials.
func Combine(indices []int, partials []Point) (Point, error) {
	if len(indices) < 1 || len(indices) != len(partials) {
		return Point{}, ErrHolders
	}
	numerators, inverse, err := lagrange(indices)
	if err != nil {
		return Point{}, err
	}
	terms := make([]term, len(partials))
	for i := range partials {
		p, ok := partials[i].affine()
		if !ok {
			return Point{}, ErrPoint
		}
		if numerators[i].negative {
			p = p.negated()
		}
		terms[i] = term{p, numerators[i].size}
	}
	sum := addSmall(terms)
	if inverse != (Scalar{[4]uint64{1}}) && !sum.infinite() {
		return scalarMult(inverse, sum.point()), nil
	}
	if sum.infinite() {
		return Point{}, ErrPoint
	}
	return sum.point(), nil
}

// signed is a small number apart from its sign.
type signed struct {
	size     [4]uint64
	negative bool
}

// lagrange gives integers a_i and 1/m mod n with λ_i = Π_{j≠i} j/(j−i) = a_i/m, where m ≥ 1 is the least common
// denominator. For the sets of a few holders the a_i have a few bits, so that a sum costs a few additions and one
// multiplication by 1/m, or none when m = 1. Sets whose a_i do not fit are taken as full scalars with m = 1.
func lagrange(indices []int) ([]signed, Scalar, error) {
	seen := make(map[int]bool, len(indices))
	for _, i := range indices {
		if i < 1 || i > MaxHolders || seen[i] {
			return nil, Scalar{}, ErrHolders
		}
		seen[i] = true
	}
	fractions := make([]*big.Rat, len(indices))
	common := big.NewInt(1)
	for a, i := range indices {
		f := big.NewRat(1, 1)
		for _, j := range indices {
			if j != i {
				f.Mul(f, big.NewRat(int64(j), int64(j-i)))
			}
		}
		fractions[a] = f
		g := new(big.Int).GCD(nil, nil, common, f.Denom())
		common.Mul(common, new(big.Int).Div(f.Denom(), g))
	}
	n := orderBig()
	out := make([]signed, len(indices))
	small := true
	for a, f := range fractions {
		num := new(big.Int).Mul(f.Num(), new(big.Int).Div(common, f.Denom()))
		small = small && num.BitLen() <= 64
		if num.BitLen() <= 64 {
			out[a] = signed{[4]uint64{new(big.Int).Abs(num).Uint64()}, num.Sign() < 0}
		}
	}
	if small {
		return out, bigScalar(new(big.Int).ModInverse(common, n)), nil
	}
	for a, f := range fractions {
		l := new(big.Int).ModInverse(f.Denom(), n)
		l.Mul(l, f.Num()).Mod(l, n)
		out[a] = signed{size: bigScalar(l).v}
	}
	return out, smallScalar(1), nil
}

// addSmall is Σ scalar·point by plain doubling and adding when all scalars are very short, else straus.
func addSmall(terms []term) jacobian {
	longest := 0
	for _, t := range terms {
		if t.scalar[0] >= 1<<12 || t.scalar[1]|t.scalar[2]|t.scalar[3] != 0 {
			return straus(terms)
		}
		for t.scalar[0]>>longest != 0 {
			longest++
		}
	}
	var sum jacobian
	for bit := longest - 1; bit >= 0; bit-- {
		sum.double(&sum)
		for i := range terms {
			if terms[i].scalar[0]>>bit&1 == 1 {
				sum.addAffine(&sum, &terms[i].point)
			}
		}
	}
	return sum
}

func orderBig() *big.Int {
	n := new(big.Int)
	for i := range order {
		n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(order[3-i]))
	}
	return n
}

// bigScalar takes a public number in [0, n).
func bigScalar(x *big.Int) Scalar {
	var b [32]byte
	x.FillBytes(b[:])
	return Scalar{limbs(b[:])}
}

package tdh2

import "testing"

// What the tests hold against the library and math/big.

// Sum is one addend of a test of the variable-time arithmetic.
type Sum struct {
	Point  Point
	Scalar Scalar
}

func toTerms(in []Sum) []term {
	out := make([]term, len(in))
	for i, s := range in {
		a, ok := s.Point.affine()
		if !ok {
			panic("not a point")
		}
		out[i] = term{a, s.Scalar.v}
	}
	return out
}

// Straus is the interleaved sum.
func Straus(in []Sum) Point { s := straus(toTerms(in)); return s.point() }

// Buckets is Pippenger's sum; scalars below 2^128.
func Buckets(in []Sum) Point { s := sums(toTerms(in)); return s.point() }

// Small is the sum by doubling and adding.
func Small(in []Sum) Point { s := addSmall(toTerms(in)); return s.point() }

// TableMult is k·G, or k·Ḡ, from the fixed table.
func TableMult(k Scalar, second bool) Point {
	var sum jacobian
	if second {
		secondGeneratorTable().mult(&sum, k.v)
	} else {
		generatorTable().mult(&sum, k.v)
	}
	return sum.point()
}

// LibraryMult is k·p by the constant-time library.
func LibraryMult(k Scalar, p Point) Point { return scalarMult(k, p) }

// LibraryBaseMult is k·G by the constant-time library.
func LibraryBaseMult(k Scalar) Point { return scalarBaseMult(k) }

// Field operations over 32-byte numbers.
func FieldMul(a, b []byte) (out [32]byte, ok bool) { return field2(a, b, (*element).mul) }
func FieldAdd(a, b []byte) (out [32]byte, ok bool) { return field2(a, b, (*element).add) }
func FieldSub(a, b []byte) (out [32]byte, ok bool) { return field2(a, b, (*element).sub) }
func FieldSquare(a []byte) (out [32]byte, ok bool) { return field1(a, (*element).square) }
func FieldInvert(a []byte) (out [32]byte, ok bool) { return field1(a, (*element).invert) }
func field1(a []byte, do func(e, a *element)) (out [32]byte, ok bool) {
	return field2(a, a, func(e, a, _ *element) { do(e, a) })
}

func field2(a, b []byte, do func(e, a, b *element)) (out [32]byte, ok bool) {
	x, ok1 := decodeElement(a)
	y, ok2 := decodeElement(b)
	do(&x, &x, &y)
	x.bytes(out[:])
	return out, ok1 && ok2
}

// ReduceWide is a 512-bit number mod n.
func ReduceWide(b [64]byte) Scalar { return reduceWide(&b) }

// BenchField times one multiplication.
func BenchField(b *testing.B) {
	x := fieldRR
	for b.Loop() {
		x.mul(&x, &fieldRR)
	}
}

// BenchSquare times one squaring.
func BenchSquare(b *testing.B) {
	x := fieldRR
	for b.Loop() {
		x.square(&x)
	}
}

// BenchAdd times one mixed addition.
func BenchAdd(b *testing.B) {
	g := Generator()
	a, _ := g.affine()
	p := a.jacobian()
	p.double(&p)
	for b.Loop() {
		p.addAffine(&p, &a)
	}
}

// HashScalar is Hs of SPEC section 1.
func HashScalar(domain string, parts ...[]byte) Scalar { return hashScalar(domain, parts...) }

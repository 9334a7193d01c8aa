package tdh2_test

import (
	"encoding/binary"
	"io"
	"math/big"
	"math/rand/v2"
	"testing"

	"sunbid/crypto/sm"
	"sunbid/crypto/tdh2"
)

func hexInt(s string) *big.Int {
	n, ok := new(big.Int).SetString(s, 16)
	if !ok {
		panic(s)
	}
	return n
}

func order() *big.Int {
	return hexInt("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123")
}

func prime() *big.Int {
	return hexInt("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF")
}

// stream is SM3 in counter mode over a name: the reproducible randomness of tests.
type stream struct {
	name    string
	counter uint64
	left    []byte
}

func newStream(name string) io.Reader { return &stream{name: name} }

func (s *stream) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		if len(s.left) == 0 {
			d := sm.Sum([]byte(s.name), binary.BigEndian.AppendUint64(nil, s.counter))
			s.counter++
			s.left = d[:]
		}
		c := copy(p[n:], s.left)
		s.left, n = s.left[c:], n+c
	}
	return len(p), nil
}

// numbers gives edge cases around 0, the modulus, powers of two and carries first, then random ones.
func numbers(modulus *big.Int, r *rand.Rand) func() *big.Int {
	var edge []*big.Int
	add := func(x *big.Int) {
		for d := int64(-2); d <= 2; d++ {
			edge = append(edge, new(big.Int).Mod(new(big.Int).Add(x, big.NewInt(d)), modulus))
		}
	}
	add(big.NewInt(0))
	add(new(big.Int).Rsh(modulus, 1))
	for i := uint(32); i <= 256; i += 32 {
		add(new(big.Int).Lsh(big.NewInt(1), i))
	}
	return func() *big.Int {
		if r.IntN(4) == 0 {
			return edge[r.IntN(len(edge))]
		}
		var b [32]byte
		for i := range b {
			switch r.IntN(8) {
			case 0:
				b[i] = 0xff
			case 1:
			default:
				b[i] = byte(r.Uint32())
			}
		}
		x := new(big.Int).SetBytes(b[:])
		return x.Mod(x, modulus)
	}
}

func bytes32(x *big.Int) []byte { return x.FillBytes(make([]byte, 32)) }

func scalar(t testing.TB, x *big.Int) tdh2.Scalar {
	t.Helper()
	s, err := tdh2.DecodeScalar(bytes32(x))
	if err != nil {
		t.Fatalf("decode %x: %v", x, err)
	}
	return s
}

func number(s tdh2.Scalar) *big.Int { b := s.Bytes(); return new(big.Int).SetBytes(b[:]) }

func TestScalarsAgreeWithBigNumbers(t *testing.T) {
	t.Parallel()
	n := order()
	next := numbers(n, rand.New(rand.NewPCG(1, 2)))
	want := new(big.Int)
	for range 100_000 {
		a, b := next(), next()
		x, y := scalar(t, a), scalar(t, b)
		if got := number(x.Mul(y)); got.Cmp(want.Mod(want.Mul(a, b), n)) != 0 {
			t.Fatalf("%x · %x = %x, not %x", a, b, got, want)
		}
		if got := number(x.Add(y)); got.Cmp(want.Mod(want.Add(a, b), n)) != 0 {
			t.Fatalf("%x + %x = %x, not %x", a, b, got, want)
		}
		if got := number(x.Neg()); got.Cmp(want.Mod(want.Neg(a), n)) != 0 {
			t.Fatalf("−%x = %x, not %x", a, got, want)
		}
		if x.IsZero() != (a.Sign() == 0) {
			t.Fatalf("IsZero(%x)", a)
		}
	}
}

func TestWideNumbersReduceModuloTheOrder(t *testing.T) {
	t.Parallel()
	n := order()
	limit := new(big.Int).Lsh(big.NewInt(1), 512)
	next := numbers(limit, rand.New(rand.NewPCG(3, 4)))
	half := numbers(new(big.Int).Lsh(big.NewInt(1), 256), rand.New(rand.NewPCG(5, 6)))
	for range 100_000 {
		x := next()
		if x.BitLen() <= 256 {
			x = new(big.Int).Or(new(big.Int).Lsh(half(), 256), half())
		}
		got := tdh2.ReduceWide([64]byte(x.FillBytes(make([]byte, 64))))
		if number(got).Cmp(new(big.Int).Mod(x, n)) != 0 {
			t.Fatalf("%x mod n = %x", x, number(got))
		}
	}
}

func TestScalarsOutOfRangeAreRefused(t *testing.T) {
	t.Parallel()
	n := order()
	for _, b := range [][]byte{nil, make([]byte, 31), make([]byte, 33), bytes32(n), bytes32(new(big.Int).Add(n, big.NewInt(1))),
		bytes32(new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1)))} {
		if _, err := tdh2.DecodeScalar(b); code(err) != "scalar-invalid" {
			t.Errorf("%x: %v", b, err)
		}
	}
	if _, err := tdh2.DecodeScalar(bytes32(new(big.Int).Sub(n, big.NewInt(1)))); err != nil {
		t.Errorf("n−1: %v", err)
	}
}

func TestFieldAgreesWithBigNumbers(t *testing.T) {
	t.Parallel()
	p := prime()
	next := numbers(p, rand.New(rand.NewPCG(7, 8)))
	want := new(big.Int)
	check := func(op string, got [32]byte, ok bool, a, b *big.Int) {
		if !ok || new(big.Int).SetBytes(got[:]).Cmp(want) != 0 {
			t.Fatalf("%s of %x, %x = %x, not %x", op, a, b, got, want)
		}
	}
	for i := range 100_000 {
		a, b := next(), next()
		ab, bb := bytes32(a), bytes32(b)
		want.Mod(want.Mul(a, b), p)
		got, ok := tdh2.FieldMul(ab, bb)
		check("mul", got, ok, a, b)
		want.Mod(want.Mul(a, a), p)
		got, ok = tdh2.FieldSquare(ab)
		check("square", got, ok, a, a)
		want.Mod(want.Add(a, b), p)
		got, ok = tdh2.FieldAdd(ab, bb)
		check("add", got, ok, a, b)
		want.Mod(want.Sub(a, b), p)
		got, ok = tdh2.FieldSub(ab, bb)
		check("sub", got, ok, a, b)
		if i%50 == 0 {
			want.SetInt64(0)
			if a.Sign() != 0 {
				want.ModInverse(a, p)
			}
			got, ok = tdh2.FieldInvert(ab)
			check("invert", got, ok, a, a)
		}
	}
	if _, ok := tdh2.FieldMul(bytes32(p), bytes32(p)); ok {
		t.Error("p was taken for an element")
	}
}

// sumByLibrary is Σ scalar·point with the library alone: its Add is complete.
func sumByLibrary(t testing.TB, terms []tdh2.Sum) tdh2.Point {
	t.Helper()
	var all []tdh2.Point
	for _, s := range terms {
		if p := tdh2.LibraryMult(s.Scalar, s.Point); !p.IsZero() {
			all = append(all, p)
		}
	}
	return libraryAdd(all)
}

func TestSumsAgreeWithTheLibrary(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 10))
	next := numbers(order(), r)
	short := numbers(new(big.Int).Lsh(big.NewInt(1), 128), r)
	tiny := func() *big.Int { return big.NewInt(int64(r.IntN(1 << 11))) }
	var points []tdh2.Point
	for len(points) < 40 {
		k := next()
		if k.Sign() != 0 {
			points = append(points, tdh2.LibraryBaseMult(scalar(t, k)))
		}
	}
	n := order()
	pick := func(count int, number func() *big.Int) []tdh2.Sum {
		out := make([]tdh2.Sum, count)
		for i := range out {
			out[i] = tdh2.Sum{Point: points[r.IntN(len(points))], Scalar: scalar(t, number())}
			if i > 0 && r.IntN(3) == 0 { // equal points and opposite scalars meet the exceptional cases
				out[i].Point = out[i-1].Point
			}
			if i > 0 && r.IntN(5) == 0 {
				minus := new(big.Int).Sub(n, numberOf(out[i-1]))
				if m := minus.Mod(minus, n); number == nil || m.BitLen() <= 128 {
					out[i] = tdh2.Sum{Point: out[i-1].Point, Scalar: scalar(t, m)}
				}
			}
		}
		return out
	}
	for range 400 {
		terms := pick(1+r.IntN(4), next)
		if got, want := tdh2.Straus(terms), sumByLibrary(t, terms); got != want {
			t.Fatalf("straus: %v, not %v", got, want)
		}
	}
	for _, count := range []int{1, 23, 24, 25, 100, 257} {
		terms := pick(count, short)
		if got, want := tdh2.Buckets(terms), sumByLibrary(t, terms); got != want {
			t.Fatalf("buckets of %d: %v, not %v", count, got, want)
		}
	}
	for range 200 {
		terms := pick(1+r.IntN(5), tiny)
		if got, want := tdh2.Small(terms), sumByLibrary(t, terms); got != want {
			t.Fatalf("small: %v, not %v", got, want)
		}
	}
	for range 300 {
		k := scalar(t, next())
		if got, want := tdh2.TableMult(k, false), tdh2.LibraryBaseMult(k); got != want {
			t.Fatalf("table of G: %v, not %v", got, want)
		}
		if got, want := tdh2.TableMult(k, true), tdh2.LibraryMult(k, tdh2.SecondGenerator()); got != want {
			t.Fatalf("table of Ḡ: %v, not %v", got, want)
		}
	}
}

func numberOf(s tdh2.Sum) *big.Int { return number(s.Scalar) }

func TestExceptionalSums(t *testing.T) {
	t.Parallel()
	n, g := order(), tdh2.Generator()
	one, minus := scalar(t, big.NewInt(1)), scalar(t, new(big.Int).Sub(n, big.NewInt(1)))
	for _, c := range []struct {
		name  string
		terms []tdh2.Sum
		want  tdh2.Point
	}{
		{"nothing", nil, tdh2.Point{}},
		{"zero times G", []tdh2.Sum{{Point: g, Scalar: scalar(t, new(big.Int))}}, tdh2.Point{}},
		{"G − G", []tdh2.Sum{{Point: g, Scalar: one}, {Point: g, Scalar: minus}}, tdh2.Point{}},
		{"G + G", []tdh2.Sum{{Point: g, Scalar: one}, {Point: g, Scalar: one}}, tdh2.LibraryBaseMult(scalar(t, big.NewInt(2)))},
	} {
		if got := tdh2.Straus(c.terms); got != c.want {
			t.Errorf("%s: %v, not %v", c.name, got, c.want)
		}
	}
}

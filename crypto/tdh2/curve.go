package tdh2

import (
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"sync"

	"github.com/emmansun/gmsm/sm2/sm2ec"

	"sunbid/crypto/sm"
)

// PointSize is the length of an encoded point.
const PointSize = 65

// Point is a point of the SM2 curve in its encoding 04 || x || y. Every Point but the zero value has been checked to
// be on the curve; the zero value is no point and every function refuses it. Points are equal iff == says so.
type Point struct{ b [PointSize]byte }

// DecodePoint checks and takes 65 bytes; anything that is not the one encoding of a finite point of the curve is ErrPoint.
func DecodePoint(b []byte) (Point, error) {
	if len(b) != PointSize {
		return Point{}, ErrPoint
	}
	p := Point{[PointSize]byte(b)}
	if _, ok := p.affine(); !ok {
		return Point{}, ErrPoint
	}
	return p, nil
}

// Bytes is 04 || x || y.
func (p Point) Bytes() []byte { return append([]byte(nil), p.b[:]...) }

// IsZero tells whether p is the zero value, which is no point.
func (p Point) IsZero() bool { return p.b[0] != 4 }

// String is the encoding in hex.
func (p Point) String() string { return hex.EncodeToString(p.b[:]) }

// MarshalText is the encoding in hex.
func (p Point) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads lower-case hex and checks the point; failures are ErrPoint.
func (p *Point) UnmarshalText(text []byte) error {
	if len(text) != 2*PointSize {
		return ErrPoint
	}
	for _, c := range text {
		if c >= 'A' && c <= 'F' {
			return ErrPoint
		}
	}
	b, err := hex.DecodeString(string(text))
	if err != nil {
		return ErrPoint
	}
	q, err := DecodePoint(b)
	if err != nil {
		return err
	}
	*p = q
	return nil
}

// Generator is G of GB/T 32918.5.
func Generator() Point { return generator() }

// SecondGenerator is Ḡ of SPEC section 1, to which nobody knows a relation from G.
func SecondGenerator() Point { return secondGenerator() }

var generator = sync.OnceValue(func() Point {
	return scalarBaseMult(smallScalar(1))
})

// secondGenerator hashes counters until one is the x of a point, and takes the even y.
var secondGenerator = sync.OnceValue(func() Point {
	for c := uint32(0); ; c++ {
		x := sm.Sum([]byte("Sunbid v1 second generator"), binary.BigEndian.AppendUint32(nil, c))
		if p, ok := liftEven(x); ok {
			return p
		}
	}
})

// liftEven is the point with this x and an even y; false when x ≥ p or there is none.
func liftEven(x [32]byte) (Point, bool) {
	ex, ok := decodeElement(x[:])
	if !ok {
		return Point{}, false
	}
	var encoded [32]byte
	right := curveRight(&ex)
	right.bytes(encoded[:])
	prime := new(big.Int)
	for i := range fieldP {
		prime.Lsh(prime, 64).Or(prime, new(big.Int).SetUint64(fieldP[3-i]))
	}
	y := new(big.Int).ModSqrt(new(big.Int).SetBytes(encoded[:]), prime)
	if y == nil {
		return Point{}, false
	}
	if y.Bit(0) == 1 {
		y.Sub(prime, y)
	}
	return fromCoordinates(new(big.Int).SetBytes(x[:]), y), true
}

// curve is the constant-time SM2 curve. The library exports no point type, only coordinates as math/big; the scalar
// goes in as 32 bytes and meets no variable-time code.
type curve interface {
	ScalarMult(x, y *big.Int, scalar []byte) (*big.Int, *big.Int)
	ScalarBaseMult(scalar []byte) (*big.Int, *big.Int)
}

func library() curve { return sm2ec.P256() }

// scalarMult is s·p for a secret or public s and a checked point, in constant time; the zero Point for s = 0.
func scalarMult(s Scalar, p Point) Point {
	k := s.Bytes()
	defer clear(k[:])
	x, y := library().ScalarMult(new(big.Int).SetBytes(p.b[1:33]), new(big.Int).SetBytes(p.b[33:]), k[:])
	return fromCoordinates(x, y)
}

// scalarBaseMult is s·G likewise.
func scalarBaseMult(s Scalar) Point {
	k := s.Bytes()
	defer clear(k[:])
	return fromCoordinates(library().ScalarBaseMult(k[:]))
}

func fromCoordinates(x, y *big.Int) Point {
	var p Point
	if x.Sign() == 0 && y.Sign() == 0 {
		return p // infinity: has no encoding
	}
	p.b[0] = 4
	x.FillBytes(p.b[1:33])
	y.FillBytes(p.b[33:])
	return p
}

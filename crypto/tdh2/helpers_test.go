package tdh2_test

import (
	"errors"
	"math/big"
	"testing"

	"github.com/emmansun/gmsm/sm2/sm2ec"

	"sunbid/crypto/sm"
	"sunbid/crypto/tdh2"
)

// code is the stable name of a failure, "" for none.
func code(err error) string {
	if err == nil {
		return ""
	}
	var c interface{ Code() string }
	if errors.As(err, &c) {
		return c.Code()
	}
	return "no code: " + err.Error()
}

// libraryAdd adds points with the library's complete addition; the zero Point is infinity.
func libraryAdd(points []tdh2.Point) tdh2.Point {
	type adder interface {
		Add(x1, y1, x2, y2 *big.Int) (*big.Int, *big.Int)
	}
	var c adder = sm2ec.P256()
	x, y := new(big.Int), new(big.Int)
	for _, p := range points {
		b := p.Bytes()
		x, y = c.Add(x, y, new(big.Int).SetBytes(b[1:33]), new(big.Int).SetBytes(b[33:]))
	}
	if x.Sign() == 0 && y.Sign() == 0 {
		return tdh2.Point{}
	}
	return pointAt(x, y)
}

// pointAt encodes coordinates and decodes them through the checked door.
func pointAt(x, y *big.Int) tdh2.Point {
	p, err := tdh2.DecodePoint(encode(x, y))
	if err != nil {
		panic(err)
	}
	return p
}

func encode(x, y *big.Int) []byte {
	b := make([]byte, 65)
	b[0] = 4
	x.FillBytes(b[1:33])
	y.FillBytes(b[33:])
	return b
}

// group is a key shared among n holders, whole only in tests.
type group struct {
	pub         tdh2.Point
	commitments []tdh2.Point
	shares      []*tdh2.Share
	public      []tdh2.Point
}

func newGroup(t testing.TB, name string, threshold, n int) group {
	t.Helper()
	poly, err := tdh2.NewPolynomial(newStream(name), threshold)
	if err != nil {
		t.Fatal(err)
	}
	g := group{commitments: poly.Commitments()}
	g.pub = g.commitments[0]
	for i := 1; i <= n; i++ {
		s, err := poly.Share(i)
		if err != nil {
			t.Fatal(err)
		}
		v, err := tdh2.VerificationShare(g.commitments, i)
		if err != nil {
			t.Fatal(err)
		}
		g.shares, g.public = append(g.shares, s), append(g.public, v)
	}
	return g
}

// partials has every holder at the given indices decrypt, and checks the proofs.
func (g group) partials(t testing.TB, items []tdh2.Item, indices ...int) [][]tdh2.Point {
	t.Helper()
	var out [][]tdh2.Point
	for _, i := range indices {
		d, proof, err := tdh2.Partials(newStream("partials"), g.shares[i-1], items)
		if err != nil {
			t.Fatal(err)
		}
		if err := tdh2.VerifyPartials(g.public[i-1], items, d, proof); err != nil {
			t.Fatalf("holder %d: %v", i, err)
		}
		out = append(out, d)
	}
	return out
}

func wrap(t testing.TB, pub tdh2.Point, name, label string) (tdh2.Stanza, [tdh2.MessageSize]byte) {
	t.Helper()
	var m [tdh2.MessageSize]byte
	newStream(name + " message").Read(m[:])
	s, err := tdh2.Wrap(newStream(name), pub, m, []byte(label))
	if err != nil {
		t.Fatal(err)
	}
	return s, m
}

func item(t testing.TB, s tdh2.Stanza, label string) tdh2.Item {
	t.Helper()
	it, err := s.Item([]byte(label))
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// libraryAccepts tells whether the other implementation takes these bytes for a public key.
func libraryAccepts(b []byte) bool {
	_, err := sm.ParsePublicKey(b)
	return err == nil
}

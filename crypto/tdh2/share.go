package tdh2

import (
	"crypto/subtle"
	"io"
)

// MaxHolders is the highest index a holder can have.
const MaxHolders = 255

// Polynomial is a secret polynomial a of degree t−1: a(0) is a secret, a(i) holder i's share of it. It never prints itself.
type Polynomial struct{ coefficients []Scalar }

// NewPolynomial draws a polynomial for threshold t, 1 ≤ t ≤ MaxHolders; another t is ErrHolders.
func NewPolynomial(r io.Reader, t int) (*Polynomial, error) {
	if t < 1 || t > MaxHolders {
		return nil, ErrHolders
	}
	p := &Polynomial{coefficients: make([]Scalar, t)}
	for i := range p.coefficients {
		c, err := RandomScalar(r)
		if err != nil {
			return nil, err
		}
		p.coefficients[i] = c
	}
	return p, nil
}

// DecodePolynomial reads what Bytes gave: t scalars of 32 bytes in [1, n−1]. Errors: ErrHolders, ErrScalar.
func DecodePolynomial(b []byte) (*Polynomial, error) {
	t := len(b) / 32
	if len(b)%32 != 0 || t < 1 || t > MaxHolders {
		return nil, ErrHolders
	}
	p := &Polynomial{coefficients: make([]Scalar, t)}
	for i := range p.coefficients {
		c, err := DecodeScalar(b[32*i : 32*i+32])
		if err != nil || c.IsZero() {
			return nil, ErrScalar
		}
		p.coefficients[i] = c
	}
	return p, nil
}

// Bytes is the secret coefficients, a_0 first, 32 bytes each: only for a state that is encrypted at rest.
func (p *Polynomial) Bytes() []byte {
	var out []byte
	for _, c := range p.coefficients {
		b := c.Bytes()
		out = append(out, b[:]...)
	}
	return out
}

// Threshold is t.
func (p *Polynomial) Threshold() int { return len(p.coefficients) }

// Commitments are A_j = a_j·G, in order; A_0 is the public key of the secret.
func (p *Polynomial) Commitments() []Point {
	out := make([]Point, len(p.coefficients))
	for i, c := range p.coefficients {
		out[i] = scalarBaseMult(c)
	}
	return out
}

// Share is holder i's share a(i), 1 ≤ i ≤ MaxHolders. Another index, and the negligible case a(i) = 0, are ErrHolders.
func (p *Polynomial) Share(i int) (*Share, error) {
	if i < 1 || i > MaxHolders {
		return nil, ErrHolders
	}
	x := smallScalar(uint64(i))
	sum := p.coefficients[len(p.coefficients)-1]
	for j := len(p.coefficients) - 2; j >= 0; j-- {
		sum = sum.Mul(x).Add(p.coefficients[j])
	}
	if sum.IsZero() {
		return nil, ErrHolders
	}
	return &Share{Index: i, secret: sum}, nil
}

// Erase overwrites the coefficients; the polynomial is of no use after.
func (p *Polynomial) Erase() {
	for i := range p.coefficients {
		p.coefficients[i].erase()
	}
}

// Share is the secret share of the holder at Index. It never prints itself.
type Share struct {
	Index  int
	secret Scalar
}

// NewShare takes an index in 1 … MaxHolders (else ErrHolders) and 32 bytes in [1, n−1] (else ErrScalar).
func NewShare(index int, b []byte) (*Share, error) {
	if index < 1 || index > MaxHolders {
		return nil, ErrHolders
	}
	s, err := DecodeScalar(b)
	if err != nil || s.IsZero() {
		return nil, ErrScalar
	}
	return &Share{Index: index, secret: s}, nil
}

// SumShares adds shares of one holder from several dealers (s_i = Σ_j share_j→i). No shares, unequal indices and a sum
// of zero are ErrHolders.
func SumShares(shares ...*Share) (*Share, error) {
	if len(shares) == 0 {
		return nil, ErrHolders
	}
	sum := Share{Index: shares[0].Index}
	for _, s := range shares {
		if s.Index != sum.Index {
			return nil, ErrHolders
		}
		sum.secret = sum.secret.Add(s.secret)
	}
	if sum.secret.IsZero() {
		return nil, ErrHolders
	}
	return &sum, nil
}

// Bytes is the secret as 32 bytes: for an encrypted box only.
func (s *Share) Bytes() []byte {
	b := s.secret.Bytes()
	return b[:]
}

// Public is V_i = s_i·G, computed in constant time.
func (s *Share) Public() Point { return scalarBaseMult(s.secret) }

// Erase overwrites the secret; a batch with the share fails after.
func (s *Share) Erase() { s.secret.erase() }

// VerificationShare is V_i = Σ_j i^j·A_j. Commitments that are none or too many, a zero Point among them, an index out
// of range and an infinite result are ErrHolders.
func VerificationShare(commitments []Point, i int) (Point, error) {
	if len(commitments) < 1 || len(commitments) > MaxHolders || i < 1 || i > MaxHolders {
		return Point{}, ErrHolders
	}
	terms := make([]term, len(commitments))
	power, x := smallScalar(1), smallScalar(uint64(i))
	for j := range commitments {
		a, ok := commitments[j].affine()
		if !ok {
			return Point{}, ErrHolders
		}
		terms[j] = term{a, power.v}
		power = power.Mul(x)
	}
	sum := straus(terms)
	if sum.infinite() {
		return Point{}, ErrHolders
	}
	return sum.point(), nil
}

// CheckShare tells whether the share is the one the commitments promise to its index (Feldman's check).
func CheckShare(commitments []Point, s *Share) bool {
	v, err := VerificationShare(commitments, s.Index)
	if err != nil || s.secret.IsZero() {
		return false
	}
	own := s.Public()
	return subtle.ConstantTimeCompare(v.b[:], own.b[:]) == 1
}

// SumPoints adds public points, as the commitments of several dealers are added. No points, a zero Point and an
// infinite sum are ErrPoint.
func SumPoints(points ...Point) (Point, error) {
	var sum jacobian
	for i := range points {
		a, ok := points[i].affine()
		if !ok {
			return Point{}, ErrPoint
		}
		sum.addAffine(&sum, &a)
	}
	if sum.infinite() {
		return Point{}, ErrPoint
	}
	return sum.point(), nil
}

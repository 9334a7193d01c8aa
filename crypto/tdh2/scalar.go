package tdh2

import (
	"encoding/binary"
	"io"
	"math/bits"

	"sunbid/crypto/sm"
)

// Scalar is a number modulo the order n of the curve, kept as four 64-bit limbs, least first, always below n.
// Every operation takes the same time and touches the same memory whatever the value. It never prints itself.
type Scalar struct{ v [4]uint64 }

// The order of the SM2 curve (GB/T 32918.5), and what Montgomery multiplication with R = 2^256 needs of it.
var (
	order   = [4]uint64{0x53bbf40939d54123, 0x7203df6b21c6052b, 0xffffffffffffffff, 0xfffffffeffffffff}
	orderRR = [4]uint64{0x901192af7c114f20, 0x3464504ade6fa2fa, 0x620fc84c3affe0d4, 0x1eb5e412a22b3d3b} // R² mod n
)

const orderInv = 0x327f9e8872350975 // −n⁻¹ mod 2^64

// RandomScalar draws a scalar in [1, n−1] from r, without measurable bias: 512 bits reduced.
func RandomScalar(r io.Reader) (Scalar, error) {
	var wide [64]byte
	defer clear(wide[:])
	for {
		if _, err := io.ReadFull(r, wide[:]); err != nil {
			return Scalar{}, err
		}
		if s := reduceWide(&wide); !s.IsZero() {
			return s, nil
		}
	}
}

// DecodeScalar reads 32 bytes big-endian; another length and n or above are ErrScalar. Zero is a scalar.
func DecodeScalar(b []byte) (Scalar, error) {
	if len(b) != 32 {
		return Scalar{}, ErrScalar
	}
	v := limbs(b)
	var borrow uint64
	for i := range v {
		_, borrow = bits.Sub64(v[i], order[i], borrow)
	}
	if borrow == 0 {
		return Scalar{}, ErrScalar
	}
	return Scalar{v}, nil
}

// smallScalar is the number i itself.
func smallScalar(i uint64) Scalar { return Scalar{[4]uint64{i}} }

// Bytes is the scalar as 32 bytes big-endian: for boxes and proofs, never for logs.
func (s Scalar) Bytes() [32]byte {
	var out [32]byte
	for i := range s.v {
		binary.BigEndian.PutUint64(out[24-8*i:], s.v[i])
	}
	return out
}

// IsZero tells whether the scalar is 0, in constant time.
func (s Scalar) IsZero() bool { return s.v[0]|s.v[1]|s.v[2]|s.v[3] == 0 }

// Add is s + t mod n.
func (s Scalar) Add(t Scalar) Scalar {
	var sum [4]uint64
	var carry uint64
	for i := range sum {
		sum[i], carry = bits.Add64(s.v[i], t.v[i], carry)
	}
	return Scalar{subtractOrder(sum, carry)}
}

// Neg is −s mod n.
func (s Scalar) Neg() Scalar {
	var d [4]uint64
	var borrow uint64
	for i := range d {
		d[i], borrow = bits.Sub64(order[i], s.v[i], borrow)
	}
	return Scalar{subtractOrder(d, 0)} // n − 0 = n goes back to 0
}

// Mul is s · t mod n.
func (s Scalar) Mul(t Scalar) Scalar {
	return Scalar{orderMont(orderMont(s.v, orderRR), t.v)}
}

// erase overwrites the scalar.
func (s *Scalar) erase() { s.v = [4]uint64{} }

// subtractOrder is carry·2^256 + v, below 2n, reduced mod n without a branch.
func subtractOrder(v [4]uint64, carry uint64) [4]uint64 {
	var d [4]uint64
	var borrow uint64
	for i := range d {
		d[i], borrow = bits.Sub64(v[i], order[i], borrow)
	}
	_, borrow = bits.Sub64(carry, 0, borrow)
	keep := -borrow // all ones: v was already below n
	for i := range d {
		d[i] ^= keep & (d[i] ^ v[i])
	}
	return d
}

// orderMont is a·b/2^256 mod n, for a·b < n·2^256.
func orderMont(a, b [4]uint64) [4]uint64 {
	var t [5]uint64
	var top uint64
	for i := range 4 {
		var c uint64
		for j := range 4 {
			hi, lo := bits.Mul64(a[i], b[j])
			var k uint64
			lo, k = bits.Add64(lo, t[j], 0)
			hi += k
			lo, k = bits.Add64(lo, c, 0)
			hi += k
			t[j], c = lo, hi
		}
		t[4], top = bits.Add64(t[4], c, 0)
		m := t[0] * orderInv
		hi, lo := bits.Mul64(m, order[0])
		_, k := bits.Add64(lo, t[0], 0)
		c = hi + k
		for j := 1; j < 4; j++ {
			hi, lo := bits.Mul64(m, order[j])
			lo, k = bits.Add64(lo, t[j], 0)
			hi += k
			lo, k = bits.Add64(lo, c, 0)
			hi += k
			t[j-1], c = lo, hi
		}
		t[3], k = bits.Add64(t[4], c, 0)
		t[4] = top + k
	}
	return subtractOrder([4]uint64(t[:4]), t[4])
}

// reduceWide is 64 bytes, a 512-bit big-endian number, mod n.
func reduceWide(b *[64]byte) Scalar {
	high := orderMont(limbs(b[:32]), orderRR) // high·2^256 mod n
	low := subtractOrder(limbs(b[32:]), 0)    // 2^256 < 2n
	return Scalar{high}.Add(Scalar{low})
}

// hashScalar is Hs of SPEC section 1.
func hashScalar(domain string, parts ...[]byte) Scalar {
	d := appendLong(nil, []byte(domain))
	for _, p := range parts {
		d = appendLong(d, p)
	}
	first, second := sm.Sum([]byte{0}, d), sm.Sum([]byte{1}, d)
	var wide [64]byte
	copy(wide[:], first[:])
	copy(wide[32:], second[:])
	return reduceWide(&wide)
}

// appendLong appends lp(x) = u32(len x) || x.
func appendLong(to, x []byte) []byte {
	return append(binary.BigEndian.AppendUint32(to, uint32(len(x))), x...)
}

func limbs(b []byte) [4]uint64 {
	var v [4]uint64
	for i := range v {
		v[i] = binary.BigEndian.Uint64(b[24-8*i:])
	}
	return v
}

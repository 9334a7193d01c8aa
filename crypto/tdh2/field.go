package tdh2

import "math/bits"

// element is a number modulo p in Montgomery form with R = 2^256, least limb first, always below p.
// VARIABLE TIME where said, and only ever given public values.
type element [4]uint64

var (
	fieldP   = [4]uint64{0xffffffffffffffff, 0xffffffff00000000, 0xffffffffffffffff, 0xfffffffeffffffff}
	fieldOne = element{0x0000000000000001, 0x00000000ffffffff, 0x0000000000000000, 0x0000000100000000} // R mod p
	fieldRR  = element{0x0000000200000003, 0x00000002ffffffff, 0x0000000100000001, 0x0000000400000002} // R² mod p
	fieldB   = element{0x90d230632bc0dd42, 0x71cf379ae9b537ab, 0x527981505ea51c3c, 0x240fe188ba20e2c8} // b·R
)

// decodeElement reads 32 bytes big-endian; false when not below p.
func decodeElement(b []byte) (element, bool) {
	v := limbs(b)
	_, c := bits.Sub64(v[0], fieldP[0], 0)
	_, c = bits.Sub64(v[1], fieldP[1], c)
	_, c = bits.Sub64(v[2], fieldP[2], c)
	_, c = bits.Sub64(v[3], fieldP[3], c)
	if c == 0 {
		return element{}, false
	}
	var e element
	a := element(v)
	e.mul(&a, &fieldRR)
	return e, true
}

// bytes writes the number, out of Montgomery form, as 32 bytes big-endian.
func (e *element) bytes(out []byte) {
	var v element
	v.mul(e, &element{1})
	s := Scalar{v}.Bytes()
	copy(out, s[:])
}

func (e *element) isZero() bool { return e[0]|e[1]|e[2]|e[3] == 0 }

// reduceOnce sets e to carry·2^256 + t, below 2p, mod p.
func (e *element) reduceOnce(t0, t1, t2, t3, carry uint64) {
	d0, b := bits.Sub64(t0, fieldP[0], 0)
	d1, b := bits.Sub64(t1, fieldP[1], b)
	d2, b := bits.Sub64(t2, fieldP[2], b)
	d3, b := bits.Sub64(t3, fieldP[3], b)
	_, b = bits.Sub64(carry, 0, b)
	keep := -b
	e[0] = d0 ^ keep&(d0^t0)
	e[1] = d1 ^ keep&(d1^t1)
	e[2] = d2 ^ keep&(d2^t2)
	e[3] = d3 ^ keep&(d3^t3)
}

func (e *element) add(a, b *element) {
	t0, c := bits.Add64(a[0], b[0], 0)
	t1, c := bits.Add64(a[1], b[1], c)
	t2, c := bits.Add64(a[2], b[2], c)
	t3, c := bits.Add64(a[3], b[3], c)
	e.reduceOnce(t0, t1, t2, t3, c)
}

func (e *element) sub(a, b *element) {
	t0, c := bits.Sub64(a[0], b[0], 0)
	t1, c := bits.Sub64(a[1], b[1], c)
	t2, c := bits.Sub64(a[2], b[2], c)
	t3, c := bits.Sub64(a[3], b[3], c)
	back := -c
	t0, c = bits.Add64(t0, back&fieldP[0], 0)
	t1, c = bits.Add64(t1, back&fieldP[1], c)
	t2, c = bits.Add64(t2, back&fieldP[2], c)
	t3, _ = bits.Add64(t3, back&fieldP[3], c)
	e[0], e[1], e[2], e[3] = t0, t1, t2, t3
}

func (e *element) neg(a *element) { e.sub(&element{}, a) }

// mul sets e = a·b/R.
func (e *element) mul(a, b *element) {
	a0, a1, a2, a3 := a[0], a[1], a[2], a[3]
	var c uint64

	y := b[0]
	h0, t0 := bits.Mul64(a0, y)
	h1, t1 := bits.Mul64(a1, y)
	h2, t2 := bits.Mul64(a2, y)
	h3, t3 := bits.Mul64(a3, y)
	t1, c = bits.Add64(t1, h0, 0)
	t2, c = bits.Add64(t2, h1, c)
	t3, c = bits.Add64(t3, h2, c)
	t4 := h3 + c
	t5 := uint64(0)

	for i := 1; ; i++ {
		// One reduction step: −p⁻¹ mod 2^64 is 1, so the multiple of p to add is t0·p, and p is so sparse that
		// (t + t0·p)/2^64 = t/2^64 + t0·(2^192 − 2^160 − 2^32 + 1) needs shifts and no multiplication.
		lo, hi := t0<<32, t0>>32
		q0, k := bits.Sub64(t0, lo, 0)
		q1, k := bits.Sub64(0, hi, k)
		q2, k := bits.Sub64(0, lo, k)
		q3, _ := bits.Sub64(t0, hi, k)
		t0, c = bits.Add64(t1, q0, 0)
		t1, c = bits.Add64(t2, q1, c)
		t2, c = bits.Add64(t3, q2, c)
		t3, c = bits.Add64(t4, q3, c)
		t4 = t5 + c
		if i == 4 {
			break
		}
		y = b[i]
		var l0, l1, l2, l3 uint64
		h0, l0 = bits.Mul64(a0, y)
		h1, l1 = bits.Mul64(a1, y)
		h2, l2 = bits.Mul64(a2, y)
		h3, l3 = bits.Mul64(a3, y)
		l1, c = bits.Add64(l1, h0, 0)
		l2, c = bits.Add64(l2, h1, c)
		l3, c = bits.Add64(l3, h2, c)
		h3 += c
		t0, c = bits.Add64(t0, l0, 0)
		t1, c = bits.Add64(t1, l1, c)
		t2, c = bits.Add64(t2, l2, c)
		t3, c = bits.Add64(t3, l3, c)
		t4, t5 = bits.Add64(t4, h3, c)
	}
	e.reduceOnce(t0, t1, t2, t3, t4)
}

// square sets e = a²/R.
func (e *element) square(a *element) {
	a0, a1, a2, a3 := a[0], a[1], a[2], a[3]
	var c uint64
	// The products above the diagonal, doubled, then the diagonal.
	h, t1 := bits.Mul64(a0, a1)
	t2 := h
	h, l := bits.Mul64(a0, a2)
	t2, c = bits.Add64(t2, l, 0)
	t3 := h + c
	h, l = bits.Mul64(a0, a3)
	t3, c = bits.Add64(t3, l, 0)
	t4 := h + c
	h, l = bits.Mul64(a1, a2)
	t3, c = bits.Add64(t3, l, 0)
	t4, c = bits.Add64(t4, h, c)
	t5 := c
	h, l = bits.Mul64(a1, a3)
	t4, c = bits.Add64(t4, l, 0)
	t5, c = bits.Add64(t5, h, c)
	t6 := c
	h, l = bits.Mul64(a2, a3)
	t5, c = bits.Add64(t5, l, 0)
	t6, _ = bits.Add64(t6, h, c)

	t7 := t6 >> 63
	t6 = t6<<1 | t5>>63
	t5 = t5<<1 | t4>>63
	t4 = t4<<1 | t3>>63
	t3 = t3<<1 | t2>>63
	t2 = t2<<1 | t1>>63
	t1 <<= 1

	h, t0 := bits.Mul64(a0, a0)
	t1, c = bits.Add64(t1, h, 0)
	h, l = bits.Mul64(a1, a1)
	t2, c = bits.Add64(t2, l, c)
	t3, c = bits.Add64(t3, h, c)
	h, l = bits.Mul64(a2, a2)
	t4, c = bits.Add64(t4, l, c)
	t5, c = bits.Add64(t5, h, c)
	h, l = bits.Mul64(a3, a3)
	t6, c = bits.Add64(t6, l, c)
	t7, _ = bits.Add64(t7, h, c)

	// Four reduction steps as in mul on the low half; the high half joins at the end.
	for range 4 {
		lo, hi := t0<<32, t0>>32
		q0, k := bits.Sub64(t0, lo, 0)
		q1, k := bits.Sub64(0, hi, k)
		q2, k := bits.Sub64(0, lo, k)
		q3, _ := bits.Sub64(t0, hi, k)
		t0, c = bits.Add64(t1, q0, 0)
		t1, c = bits.Add64(t2, q1, c)
		t2, c = bits.Add64(t3, q2, c)
		t3 = q3 + c
	}
	t0, c = bits.Add64(t0, t4, 0)
	t1, c = bits.Add64(t1, t5, c)
	t2, c = bits.Add64(t2, t6, c)
	t3, c = bits.Add64(t3, t7, c)
	e.reduceOnce(t0, t1, t2, t3, c)
}

// invert sets e = 1/a (0 for 0): Fermat, a^(p−2).
func (e *element) invert(a *element) {
	// p − 2 from the top: 31 ones, 0, 128 ones, 32 zeros, 62 ones, 0, 1.
	pow := func(x *element, n int) element {
		r := *x
		for range n {
			r.square(&r)
		}
		return r
	}
	times := func(x, y element) element { x.mul(&x, &y); return x }
	x1 := *a
	x2 := times(pow(&x1, 1), x1)
	x4 := times(pow(&x2, 2), x2)
	x8 := times(pow(&x4, 4), x4)
	x16 := times(pow(&x8, 8), x8)
	x24 := times(pow(&x16, 8), x8)
	x28 := times(pow(&x24, 4), x4)
	x30 := times(pow(&x28, 2), x2)
	x31 := times(pow(&x30, 1), x1)
	x32 := times(pow(&x31, 1), x1)
	x64 := times(pow(&x32, 32), x32)
	x128 := times(pow(&x64, 64), x64)
	r := pow(&x31, 1)             // 31 ones, 0
	r = times(pow(&r, 128), x128) // 128 ones
	r = pow(&r, 32)               // 32 zeros
	r = times(pow(&r, 32), x32)   // 62 ones: 32 …
	r = times(pow(&r, 30), x30)   // … and 30
	r = pow(&r, 1)                // 0
	r = times(pow(&r, 1), x1)     // 1
	*e = r
}

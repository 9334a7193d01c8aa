package tdh2

// affine is a finite point of the curve: x and y in Montgomery form.
type affine struct{ x, y element }

// jacobian is the point (x/z², y/z³); z = 0 is infinity, and the zero value is infinity.
// VARIABLE TIME: for public points and scalars only.
type jacobian struct{ x, y, z element }

// curveRight is x³ − 3x + b.
func curveRight(x *element) element {
	var r, t element
	r.square(x)
	r.mul(&r, x)
	t.add(x, x)
	t.add(&t, x)
	r.sub(&r, &t)
	r.add(&r, &fieldB)
	return r
}

// affine decodes the point; false unless it is the canonical encoding of a point of the curve.
func (p *Point) affine() (affine, bool) {
	var a affine
	var ok bool
	if p.b[0] != 4 {
		return a, false
	}
	if a.x, ok = decodeElement(p.b[1:33]); !ok {
		return a, false
	}
	if a.y, ok = decodeElement(p.b[33:]); !ok {
		return a, false
	}
	var left element
	left.square(&a.y)
	return a, left == curveRight(&a.x)
}

func (a *affine) point() Point {
	var p Point
	p.b[0] = 4
	a.x.bytes(p.b[1:33])
	a.y.bytes(p.b[33:])
	return p
}

func (a *affine) jacobian() jacobian { return jacobian{a.x, a.y, fieldOne} }

func (a *affine) negated() affine {
	n := affine{x: a.x}
	n.y.neg(&a.y)
	return n
}

func (p *jacobian) infinite() bool { return p.z.isZero() }

// double sets p = 2q (dbl-2001-b for a = −3).
func (p *jacobian) double(q *jacobian) {
	var delta, gamma, beta, alpha, t, u element
	delta.square(&q.z)
	gamma.square(&q.y)
	beta.mul(&q.x, &gamma)
	t.sub(&q.x, &delta)
	u.add(&q.x, &delta)
	alpha.mul(&t, &u)
	t.add(&alpha, &alpha)
	alpha.add(&t, &alpha)
	t.add(&q.y, &q.z)
	t.square(&t)
	t.sub(&t, &gamma)
	p.z.sub(&t, &delta)
	beta.add(&beta, &beta)
	beta.add(&beta, &beta) // 4β
	t.add(&beta, &beta)
	u.square(&alpha)
	p.x.sub(&u, &t)
	t.sub(&beta, &p.x)
	t.mul(&alpha, &t)
	gamma.square(&gamma)
	gamma.add(&gamma, &gamma)
	gamma.add(&gamma, &gamma)
	gamma.add(&gamma, &gamma)
	p.y.sub(&t, &gamma)
}

// addAffine sets p = q + a.
func (p *jacobian) addAffine(q *jacobian, a *affine) {
	if q.infinite() {
		*p = a.jacobian()
		return
	}
	var zz, u, s, h, r, hh, hhh, v, t element
	zz.square(&q.z)
	u.mul(&a.x, &zz)
	s.mul(&a.y, &q.z)
	s.mul(&s, &zz)
	h.sub(&u, &q.x)
	r.sub(&s, &q.y)
	if h.isZero() {
		if r.isZero() {
			p.double(q)
		} else {
			*p = jacobian{}
		}
		return
	}
	hh.square(&h)
	hhh.mul(&hh, &h)
	v.mul(&q.x, &hh)
	p.z.mul(&q.z, &h)
	t.square(&r)
	t.sub(&t, &hhh)
	t.sub(&t, &v)
	y := q.y
	p.x.sub(&t, &v)
	t.sub(&v, &p.x)
	t.mul(&t, &r)
	y.mul(&y, &hhh)
	p.y.sub(&t, &y)
}

// add sets p = q + o.
func (p *jacobian) add(q, o *jacobian) {
	switch {
	case q.infinite():
		*p = *o
		return
	case o.infinite():
		*p = *q
		return
	}
	var z1, z2, u1, u2, s1, s2, h, r, hh, hhh, v, t element
	z1.square(&q.z)
	z2.square(&o.z)
	u1.mul(&q.x, &z2)
	u2.mul(&o.x, &z1)
	s1.mul(&q.y, &o.z)
	s1.mul(&s1, &z2)
	s2.mul(&o.y, &q.z)
	s2.mul(&s2, &z1)
	h.sub(&u2, &u1)
	r.sub(&s2, &s1)
	if h.isZero() {
		if r.isZero() {
			p.double(q)
		} else {
			*p = jacobian{}
		}
		return
	}
	hh.square(&h)
	hhh.mul(&hh, &h)
	v.mul(&u1, &hh)
	t.mul(&q.z, &o.z)
	p.z.mul(&t, &h)
	t.square(&r)
	t.sub(&t, &hhh)
	t.sub(&t, &v)
	p.x.sub(&t, &v)
	t.sub(&v, &p.x)
	t.mul(&t, &r)
	s1.mul(&s1, &hhh)
	p.y.sub(&t, &s1)
}

// normalize turns points into affine ones with one inversion for all; an infinite one gives the zero affine.
func normalize(points []jacobian) []affine {
	out := make([]affine, len(points))
	before := make([]element, len(points)) // product of the z before each
	product := fieldOne
	for i := range points {
		before[i] = product
		if !points[i].infinite() {
			product.mul(&product, &points[i].z)
		}
	}
	var inverse, zi, zz element
	inverse.invert(&product)
	for i := len(points) - 1; i >= 0; i-- {
		if points[i].infinite() {
			continue
		}
		zi.mul(&inverse, &before[i])
		inverse.mul(&inverse, &points[i].z)
		zz.square(&zi)
		out[i].x.mul(&points[i].x, &zz)
		zz.mul(&zz, &zi)
		out[i].y.mul(&points[i].y, &zz)
	}
	return out
}

// point is the encoding; the zero Point for infinity.
func (p *jacobian) point() Point {
	if p.infinite() {
		return Point{}
	}
	return encodeAll([]jacobian{*p})[0]
}

// encodeAll encodes points with one inversion for all; infinity gives the zero Point.
func encodeAll(points []jacobian) []Point {
	out := make([]Point, len(points))
	for i, a := range normalize(points) {
		if !points[i].infinite() {
			out[i] = a.point()
		}
	}
	return out
}

package tdh2

import "crypto/subtle"

// CheckItem is one stanza to check, with the key and the label it claims.
type CheckItem struct {
	Pub    Point
	Stanza Stanza
	Label  []byte
}

// checkGroup is how many stanzas are checked together: they share inversions.
const checkGroup = 16

// Check tells whether the stanza was made for this key and label by someone who knew its nonce. It must have passed
// before any secret touches C1: without it a stranger's ciphertext, blinded, would be opened for him.
// Errors: ErrPoint (a point of the stanza or the key), ErrStanza (a scalar), ErrStanzaProof.
func Check(pub Point, s Stanza, label []byte) error {
	return checkSome([]CheckItem{{pub, s, label}})[0]
}

// CheckBatch checks every item on all cores; the errors stand in the order of the items, nil for a good one.
func CheckBatch(items []CheckItem) []error {
	out := make([]error, len(items))
	forEach((len(items)+checkGroup-1)/checkGroup, func(g int) {
		from, to := g*checkGroup, min((g+1)*checkGroup, len(items))
		copy(out[from:to], checkSome(items[from:to]))
	})
	return out
}

// checkSome recomputes W = f·G − e·C1 and W̄ = f·Ḡ − e·Ū of every item and compares e with the hash over them.
func checkSome(items []CheckItem) []error {
	out := make([]error, len(items))
	all := make([][]term, 2*len(items))
	f := make([]Scalar, len(items))
	for i := range items {
		c1, trace, e, fi, err := items[i].decode()
		if out[i] = err; err != nil {
			continue
		}
		minus := e.Neg().v
		all[2*i], all[2*i+1], f[i] = []term{{c1, minus}}, []term{{trace, minus}}, fi
	}
	w := strausEach(all)
	for i := range items {
		generatorTable().mult(&w[2*i], f[i].v)
		secondGeneratorTable().mult(&w[2*i+1], f[i].v)
	}
	encoded := encodeAll(w)
	for i, item := range items {
		if out[i] != nil {
			continue
		}
		w, w2 := encoded[2*i], encoded[2*i+1]
		if w.IsZero() || w2.IsZero() {
			out[i] = ErrStanzaProof
			continue
		}
		e := stanzaChallenge(&item.Pub, &item.Stanza, item.Label, &w, &w2).Bytes()
		if subtle.ConstantTimeCompare(e[:], item.Stanza[traceEnd:traceEnd+32]) != 1 {
			out[i] = ErrStanzaProof
		}
	}
	return out
}

func (c *CheckItem) decode() (c1, trace affine, e, f Scalar, err error) {
	var ok bool
	if c.Pub.IsZero() {
		return c1, trace, e, f, ErrPoint
	}
	p, q := Point{[PointSize]byte(c.Stanza[:PointSize])}, Point{[PointSize]byte(c.Stanza[cipherEnd:traceEnd])}
	if c1, ok = p.affine(); !ok {
		return c1, trace, e, f, ErrPoint
	}
	if trace, ok = q.affine(); !ok {
		return c1, trace, e, f, ErrPoint
	}
	if e, err = DecodeScalar(c.Stanza[traceEnd : traceEnd+32]); err != nil {
		return c1, trace, e, f, ErrStanza
	}
	if f, err = DecodeScalar(c.Stanza[traceEnd+32:]); err != nil {
		return c1, trace, e, f, ErrStanza
	}
	return c1, trace, e, f, nil
}

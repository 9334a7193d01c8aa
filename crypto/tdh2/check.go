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
	w := make([]jacobian, 2*len(items))
	for i := range items {
		c1, trace, e, f, err := items[i].decode()
		if out[i] = err; err != nil {
			continue
		}
		minus := e.Neg()
		w[2*i], w[2*i+1] = single(minus, c1), single(minus, trace)
		generatorTable().mult(&w[2*i], f.v)
		secondGeneratorTable().mult(&w[2*i+1], f.v)
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

func (c *CheckItem) decode() (c1, trace Point, e, f Scalar, err error) {
	if c.Pub.IsZero() {
		return c1, trace, e, f, ErrPoint
	}
	if c1, err = DecodePoint(c.Stanza[:PointSize]); err != nil {
		return c1, trace, e, f, err
	}
	if trace, err = DecodePoint(c.Stanza[cipherEnd:traceEnd]); err != nil {
		return c1, trace, e, f, err
	}
	if e, err = DecodeScalar(c.Stanza[traceEnd : traceEnd+32]); err != nil {
		return c1, trace, e, f, ErrStanza
	}
	if f, err = DecodeScalar(c.Stanza[traceEnd+32:]); err != nil {
		return c1, trace, e, f, ErrStanza
	}
	return c1, trace, e, f, nil
}

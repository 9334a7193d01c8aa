package tdh2

import (
	"crypto/subtle"
	"encoding/binary"
	"io"

	"sunbid/crypto/sm"
)

// MaxBatch is the greatest number of stanzas in one batch.
const MaxBatch = 4096

// ProofSize is the length of a batch proof and of a proof of knowledge: two scalars.
const ProofSize = 64

// Proof is c || z.
type Proof [ProofSize]byte

// Item is one stanza of a batch: its C1 and SM3 of its label.
type Item struct {
	C1    Point
	Label [32]byte
}

// Partials are the partial decryptions D_i = s_i·C1 of every item, in order, on all cores, with one proof that all have
// been made with the share. The caller must have run Check on every stanza. 1 … MaxBatch items, none with a zero
// Point, and a share that is not erased, else ErrBatch, ErrPoint, ErrScalar; other errors are r's.
func Partials(r io.Reader, share *Share, items []Item) ([]Point, Proof, error) {
	if len(items) < 1 || len(items) > MaxBatch {
		return nil, Proof{}, ErrBatch
	}
	if share.secret.IsZero() {
		return nil, Proof{}, ErrScalar
	}
	for _, item := range items {
		if item.C1.IsZero() {
			return nil, Proof{}, ErrPoint
		}
	}
	partials := make([]Point, len(items))
	forEach(len(items), func(j int) { partials[j] = scalarMult(share.secret, items[j].C1) })

	v := share.Public()
	b, err := condense(v, items, partials)
	if err != nil {
		return nil, Proof{}, err
	}
	k, err := RandomScalar(r)
	if err != nil {
		return nil, Proof{}, err
	}
	defer k.erase()
	c := b.challenge(scalarBaseMult(k), scalarMult(k, b.c1))
	z := k.Add(c.Mul(share.secret))
	return partials, encodeProof(c, z), nil
}

// VerifyPartials tells whether the partials are those of the holder with verification share v. The lists are of equal
// length, 1 … MaxBatch, else ErrBatch. Every other failure is ErrPartials: the holder is at fault, ask another.
func VerifyPartials(v Point, items []Item, partials []Point, proof Proof) error {
	if len(items) < 1 || len(items) > MaxBatch || len(items) != len(partials) {
		return ErrBatch
	}
	if v.IsZero() {
		return ErrPartials
	}
	c, z, err := decodeProof(proof)
	if err != nil {
		return ErrPartials
	}
	b, err := condense(v, items, partials)
	if err != nil {
		return ErrPartials
	}
	c1, _ := b.c1.affine()
	d, _ := b.d.affine()
	minus := c.Neg().v
	r := []jacobian{single(c.Neg(), v), straus([]term{{c1, z.v}, {d, minus}})}
	generatorTable().mult(&r[0], z.v)
	encoded := encodeAll(r)
	if encoded[0].IsZero() || encoded[1].IsZero() {
		return ErrPartials
	}
	want := b.challenge(encoded[0], encoded[1]).Bytes()
	if subtle.ConstantTimeCompare(want[:], proof[:32]) != 1 {
		return ErrPartials
	}
	return nil
}

// batch is a batch condensed into one statement of equal logarithms: v to G as d to c1.
type batch struct {
	v, c1, d Point
	seed     [32]byte
}

// condense computes the seed and C* = Σ ρ_j·C1_j, D* = Σ ρ_j·D_ij. Infinite sums and points that are none are ErrPartials.
func condense(v Point, items []Item, partials []Point) (batch, error) {
	h := sm.NewHash()
	h.Write(appendLong(nil, []byte("Sunbid v1 batch")))
	h.Write(v.b[:])
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(items))))
	for j := range items {
		h.Write(items[j].C1.b[:])
		h.Write(partials[j].b[:])
		h.Write(items[j].Label[:])
	}
	b := batch{v: v, seed: [32]byte(h.Sum(nil))}

	left, right := make([]term, len(items)), make([]term, len(items))
	for j := range items {
		rho := sm.Sum(b.seed[:], binary.BigEndian.AppendUint32(nil, uint32(j)))
		k := [4]uint64{binary.BigEndian.Uint64(rho[8:16]), binary.BigEndian.Uint64(rho[:8])}
		c, okC := items[j].C1.affine()
		d, okD := partials[j].affine()
		if !okC || !okD {
			return batch{}, ErrPartials
		}
		left[j], right[j] = term{c, k}, term{d, k}
	}
	encoded := encodeAll([]jacobian{sums(left), sums(right)})
	if b.c1, b.d = encoded[0], encoded[1]; b.c1.IsZero() || b.d.IsZero() {
		return batch{}, ErrPartials
	}
	return b, nil
}

func (b *batch) challenge(r1, r2 Point) Scalar {
	return hashScalar("Sunbid v1 DLEQ", b.v.b[:], b.c1.b[:], b.d.b[:], b.seed[:], r1.b[:], r2.b[:])
}

func encodeProof(c, z Scalar) Proof {
	var p Proof
	cb, zb := c.Bytes(), z.Bytes()
	copy(p[:32], cb[:])
	copy(p[32:], zb[:])
	return p
}

func decodeProof(p Proof) (c, z Scalar, err error) {
	if c, err = DecodeScalar(p[:32]); err != nil {
		return c, z, err
	}
	z, err = DecodeScalar(p[32:])
	return c, z, err
}

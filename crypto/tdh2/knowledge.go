package tdh2

import (
	"crypto/subtle"
	"encoding/binary"
	"io"
)

// ProveKnowledge proves that a dealer knows a_0 of its polynomial (Schnorr), bound to the ceremony and the dealer's
// index: c = Hs("Sunbid v1 PoK", ceremony, u32(index), A_0, R), z = k + c·a_0; SPEC section 7.
func ProveKnowledge(r io.Reader, p *Polynomial, ceremony string, index int) (Proof, error) {
	if len(p.coefficients) == 0 || p.coefficients[0].IsZero() {
		return Proof{}, ErrScalar
	}
	k, err := RandomScalar(r)
	if err != nil {
		return Proof{}, err
	}
	defer k.erase()
	a0 := scalarBaseMult(p.coefficients[0])
	c := knowledgeChallenge(ceremony, index, a0, scalarBaseMult(k))
	return encodeProof(c, k.Add(c.Mul(p.coefficients[0]))), nil
}

// VerifyKnowledge tells whether the proof shows knowledge of the logarithm of a0 by that dealer in that ceremony;
// every failure is ErrKnowledge.
func VerifyKnowledge(a0 Point, ceremony string, index int, proof Proof) error {
	if a0.IsZero() {
		return ErrKnowledge
	}
	c, z, err := decodeProof(proof)
	if err != nil {
		return ErrKnowledge
	}
	r := single(c.Neg(), a0)
	generatorTable().mult(&r, z.v)
	if r.infinite() {
		return ErrKnowledge
	}
	want := knowledgeChallenge(ceremony, index, a0, r.point()).Bytes()
	if subtle.ConstantTimeCompare(want[:], proof[:32]) != 1 {
		return ErrKnowledge
	}
	return nil
}

func knowledgeChallenge(ceremony string, index int, a0, r Point) Scalar {
	return hashScalar("Sunbid v1 PoK", []byte(ceremony), binary.BigEndian.AppendUint32(nil, uint32(index)), a0.b[:], r.b[:])
}

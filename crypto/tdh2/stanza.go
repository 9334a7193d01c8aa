package tdh2

import (
	"crypto/subtle"
	"encoding/binary"
	"io"

	"sunbid/crypto/sm"
)

const (
	// MessageSize is the length of what a stanza wraps.
	MessageSize = 48
	// StanzaSize is the length of a stanza.
	StanzaSize = PointSize + 32 + MessageSize + PointSize + 32 + 32
)

// Stanza is C1 (65) || C3 (32) || C2 (48) || Ū (65) || e (32) || f (32): an SM2 ciphertext and the proof that who made
// it knew its nonce and meant this key and label. Any bytes may stand in it; Check says whether they are one.
type Stanza [StanzaSize]byte

const (
	cipherEnd = PointSize + 32 + MessageSize
	traceEnd  = cipherEnd + PointSize
)

// Ciphertext is C1 || C3 || C2: what an ordinary SM2 key (GB/T 32918.4) decrypts.
func (s Stanza) Ciphertext() []byte { return append([]byte(nil), s[:cipherEnd]...) }

// Item is what a holder needs of a stanza for a partial decryption: its point C1 and SM3 of its label. It checks the
// point only; the caller must have run Check. Errors: ErrPoint.
func (s Stanza) Item(label []byte) (Item, error) {
	c1, err := DecodePoint(s[:PointSize])
	if err != nil {
		return Item{}, err
	}
	return Item{C1: c1, Label: sm.Sum(label)}, nil
}

// Wrap encrypts a message to the key pub, bound to label. The two nonces come from r. A pub that is the zero Point is
// ErrPoint; other errors are r's.
func Wrap(r io.Reader, pub Point, message [MessageSize]byte, label []byte) (Stanza, error) {
	var s Stanza
	if pub.IsZero() {
		return s, ErrPoint
	}
	nonce, err := RandomScalar(r)
	if err != nil {
		return s, err
	}
	defer nonce.erase()
	k, err := RandomScalar(r)
	if err != nil {
		return s, err
	}
	defer k.erase()

	second := SecondGenerator()
	c1, shared, trace := scalarBaseMult(nonce), scalarMult(nonce, pub), scalarMult(nonce, second)
	copy(s[:PointSize], c1.b[:])
	c3 := digestC3(&shared, message[:])
	copy(s[PointSize:], c3[:])
	mask := keyStream(&shared)
	subtle.XORBytes(s[PointSize+32:cipherEnd], message[:], mask[:])
	copy(s[cipherEnd:], trace.b[:])

	w, w2 := scalarBaseMult(k), scalarMult(k, second)
	e := stanzaChallenge(&pub, &s, label, &w, &w2)
	f := k.Add(nonce.Mul(e))
	eb, fb := e.Bytes(), f.Bytes()
	copy(s[traceEnd:], eb[:])
	copy(s[traceEnd+32:], fb[:])
	clear(shared.b[:])
	clear(mask[:])
	return s, nil
}

func stanzaChallenge(pub *Point, s *Stanza, label []byte, w, w2 *Point) Scalar {
	return hashScalar("Sunbid v1 TDH2", pub.b[:], s[:cipherEnd], label, w.b[:], s[cipherEnd:traceEnd], w2.b[:])
}

// Unwrap opens the stanza with the combined point d = s·C1. ErrPoint for the zero Point; ErrC3 when the plaintext does
// not fit C3: then, if the stanza passed Check and the partials their proof, whoever sealed it sealed it badly.
func Unwrap(s Stanza, d Point) ([MessageSize]byte, error) {
	var m [MessageSize]byte
	if d.IsZero() {
		return m, ErrPoint
	}
	mask := keyStream(&d)
	subtle.XORBytes(m[:], s[PointSize+32:cipherEnd], mask[:])
	c3 := digestC3(&d, m[:])
	if subtle.ConstantTimeCompare(c3[:], s[PointSize:PointSize+32]) != 1 {
		return [MessageSize]byte{}, ErrC3
	}
	return m, nil
}

// keyStream is KDF(x2 || y2, 48) of GB/T 32918.4.
func keyStream(shared *Point) [MessageSize]byte {
	var out [MessageSize]byte
	n := 0
	for counter := uint32(1); n < MessageSize; counter++ {
		block := sm.Sum(shared.b[1:], binary.BigEndian.AppendUint32(nil, counter))
		n += copy(out[n:], block[:])
	}
	return out
}

// digestC3 is SM3(x2 || M || y2).
func digestC3(shared *Point, message []byte) [32]byte {
	return sm.Sum(shared.b[1:33], message, shared.b[33:])
}

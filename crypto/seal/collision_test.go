package seal_test

import (
	"bytes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"testing"

	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
)

// block is an element of GCM's field, as GCM writes it: the first bit is the constant term.
type block [16]byte

func (a block) xor(b block) (c block) { subtle.XORBytes(c[:], a[:], b[:]); return c }

func (a block) times(b block) (c block) {
	for i := range 128 {
		if a[i/8]>>(7-i%8)&1 == 1 {
			c = c.xor(b)
		}
		carry := b[15] & 1
		for j := 15; j > 0; j-- {
			b[j] = b[j]>>1 | b[j-1]<<7
		}
		b[0] >>= 1
		if carry == 1 {
			b[0] ^= 0xe1
		}
	}
	return c
}

// inverse is a^(2^128−2).
func (a block) inverse() block {
	r := block{0x80}
	for range 127 {
		a = a.times(a)
		r = r.times(a)
	}
	return r
}

// insides learns from a GCM box, for one nonce, what the key is used for: the mask of the tag, the hash key, and the
// key stream of two blocks.
func insides(gcm cipher.AEAD, nonce []byte) (mask, h block, keyStream [32]byte) {
	mask = block(gcm.Seal(nil, nonce, nil, nil))
	copy(keyStream[:], gcm.Seal(nil, nonce, make([]byte, 32), nil))
	zero := gcm.Seal(nil, nonce, keyStream[:16], nil) // encrypts to one block of zeros, so that the tag is mask ⊕ length·h
	h = block(zero[16:]).xor(mask).times(lengths(16).inverse())
	return mask, h, keyStream
}

// lengths is GCM's last block for n bytes of ciphertext.
func lengths(n int) (b block) { binary.BigEndian.PutUint64(b[8:], uint64(8*n)); return b }

// GCM does not commit to its key. In mode B that is an attack: the bidder makes one chunk that decrypts under two keys
// and decides at the opening, having heard the others' prices, which kB to release. The chunk here does decrypt under
// both; the commitment in the header leaves only one of them.
func TestTwoKeysForOneChunk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// The header commits to the key with the first kB; the second is what the bidder would like to release instead.
	_, front := w.sealed(t, seal.KindReadout, true, nil)
	h := front.Header
	label := h.Label()
	kT, err := w.t.open(t, h.T, label)
	if err != nil {
		t.Fatal(err)
	}
	kC, err := w.c.open(t, h.C, label)
	if err != nil {
		t.Fatal(err)
	}
	kB, err := seal.OpenStanzaB(h, w.encryption)
	if err != nil {
		t.Fatal(err)
	}
	other := [32]byte(content("the other kB", 32))

	gcm := func(kB [32]byte) cipher.AEAD {
		noStanzas := seal.Header{Purpose: h.Purpose, Chunks: h.Chunks}.Encode()
		salt := sm.Sum(noStanzas[:len(noStanzas)-(3+32)-2*(3+len(h.T))])
		cek := sm.HKDF(salt[:], bytes.Join([][]byte{kT[:], kC[:], kB[:]}, nil), "GMTB v1 cek", 32)
		id := h.ID()
		aead, err := sm.NewGCM(sm.HKDF(id[:], cek, "GMTB v1 payload", 16))
		if err != nil {
			t.Fatal(err)
		}
		return aead
	}
	nonce := make([]byte, 12)
	nonce[11] = 1
	one, two := gcm(kB), gcm(other)
	mask1, h1, _ := insides(one, nonce)
	mask2, h2, _ := insides(two, nonce)

	// tag = mask ⊕ C1·h³ ⊕ C2·h² ⊕ length·h must agree under both keys: C1 is free, C2 follows.
	c1 := block(content("any first block", 16))
	fixed := func(mask, h block) block {
		return mask.xor(c1.times(h).times(h).times(h)).xor(lengths(32).times(h))
	}
	c2 := fixed(mask1, h1).xor(fixed(mask2, h2)).times(h1.times(h1).xor(h2.times(h2)).inverse())
	tag := fixed(mask1, h1).xor(c2.times(h1).times(h1))
	chunk := bytes.Join([][]byte{c1[:], c2[:], tag[:]}, nil)

	first, err1 := one.Open(nil, nonce, chunk, nil)
	second, err2 := two.Open(nil, nonce, chunk, nil)
	if err1 != nil || err2 != nil || bytes.Equal(first, second) {
		t.Fatalf("the chunk should decrypt under both keys: %v, %v", err1, err2)
	}

	// The file around it is whole and signed; only the key committed to is accepted.
	file := assemble(t, h, []canon.Hash{seal.LeafHash(chunk)}, chunk, w.bidder)
	f, err := seal.ReadFront(bytes.NewReader(file))
	if err != nil || f.Verify(w.bidder.Certificate()) != nil {
		t.Fatalf("the file is well formed: %v", err)
	}
	if _, err := f.CEK(kT, kC, &kB); err != nil {
		t.Errorf("the key committed to: %v", err)
	}
	if _, err := f.CEK(kT, kC, &other); code(err) != "commit-mismatch" {
		t.Errorf("the other key: %v", err)
	}
}

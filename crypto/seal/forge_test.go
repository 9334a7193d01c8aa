package seal_test

import (
	"encoding/binary"
	"testing"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
	"sunbid/crypto/tdh2"
)

// forgery writes a sealed file by the page of SPEC.md, from the parts below the package, with room for what a
// dishonest bidder would do differently.
type forgery struct {
	purpose seal.Purpose
	chunks  [][]byte // plaintext as it is
	signer  pki.Signer

	stanzaKey func(k [32]byte, lock string) [32]byte // what is wrapped instead
	message   func(m [48]byte, lock string) [48]byte // the whole stanza plaintext instead
	label     func(label []byte) []byte              // another label for the proofs
	commit    func(commit [32]byte) [32]byte         // a false commitment
	nonce     func(i int, last bool) (int, bool)     // other places for chunks
	random    string
}

func (f forgery) build(t testing.TB, w world) []byte {
	t.Helper()
	h := seal.Header{Purpose: f.purpose, Chunks: uint32(len(f.chunks))}
	r := newStream("forgery" + f.random)
	var kT, kC [32]byte
	r.Read(kT[:])
	r.Read(kC[:])

	// The prefix ends where the commitment's field begins: 3 + 32 bytes, and two stanzas of 3 + 274 after it.
	encoded := h.Encode()
	prefix := encoded[:len(encoded)-(3+32)-2*(3+tdh2.StanzaSize)]
	salt := sm.Sum(prefix)
	cek := sm.HKDF(salt[:], append(append([]byte(nil), kT[:]...), kC[:]...), "GMTB v1 cek", 32)
	h.Commit = sm.HMAC(cek, []byte("GMTB v1 commit"))
	if f.commit != nil {
		h.Commit = f.commit(h.Commit)
	}
	lp := func(b []byte) []byte { return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...) }
	label := append(append(lp([]byte("GMTB v1")), lp(prefix)...), lp(h.Commit[:])...)
	if string(label) != string(h.Label()) {
		t.Fatal("Label is not the page's")
	}
	wrap := func(lock string, pub tdh2.Point, k [32]byte) tdh2.Stanza {
		if f.stanzaKey != nil {
			k = f.stanzaKey(k, lock)
		}
		digest := sm.Sum(label)
		m := [48]byte(append(append([]byte(nil), k[:]...), digest[:16]...))
		if f.message != nil {
			m = f.message(m, lock)
		}
		bound := label
		if f.label != nil {
			bound = f.label(label)
		}
		s, err := tdh2.Wrap(r, pub, m, bound)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	h.T, h.C = wrap("T", w.t.pub, kT), wrap("C", w.c.pub, kC)

	id := sm.Sum(h.Encode())
	aead, err := sm.NewGCM(sm.HKDF(id[:], cek, "GMTB v1 payload", 16))
	if err != nil {
		t.Fatal(err)
	}
	var body []byte
	var leaves []canon.Hash
	for i, plain := range f.chunks {
		at, last := i, i == len(f.chunks)-1
		if f.nonce != nil {
			at, last = f.nonce(i, last)
		}
		nonce := make([]byte, 12)
		binary.BigEndian.PutUint64(nonce[3:], uint64(at))
		if last {
			nonce[11] = 1
		}
		chunk := aead.Seal(nil, nonce, plain, nil)
		body = append(body, chunk...)
		leaves = append(leaves, sm.Sum([]byte{0}, chunk))
	}
	return assemble(t, h, leaves, body, f.signer)
}

// assemble signs a header and a root, whatever they are, and joins the file.
func assemble(t testing.TB, h seal.Header, leaves []canon.Hash, body []byte, signer pki.Signer) []byte {
	t.Helper()
	front := seal.Front{Header: h, Raw: h.Encode(), Root: root(leaves)}
	id := sm.Sum(front.Raw)
	sig, err := signer.Sign(append(append([]byte("GMTB v1 sealed"), id[:]...), front.Root[:]...))
	if err != nil {
		t.Fatal(err)
	}
	front.Sig = sig
	return append(front.Bytes(), body...)
}

// root is RFC 6962 section 2.1 word for word.
func root(leaves []canon.Hash) canon.Hash {
	switch len(leaves) {
	case 0:
		return sm.Sum()
	case 1:
		return leaves[0]
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	left, right := root(leaves[:k]), root(leaves[k:])
	return sm.Sum([]byte{1}, left[:], right[:])
}

// padded is a plaintext as the page wants it, cut into chunks.
func padded(kind seal.Kind, content []byte) [][]byte {
	total := seal.PaddedLength(kind, int64(len(content)))
	b := make([]byte, total)
	binary.BigEndian.PutUint64(b, uint64(len(content)))
	copy(b[8:], content)
	return cut(b)
}

func cut(b []byte) [][]byte {
	var out [][]byte
	for len(b) > seal.ChunkSize {
		out, b = append(out, b[:seal.ChunkSize]), b[seal.ChunkSize:]
	}
	return append(out, b)
}

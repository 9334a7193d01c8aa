package seal

import (
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"io"

	"sunbid/crypto/sm"
	"sunbid/crypto/tdh2"
)

// CEK is the key of one sealed part. It never prints itself.
type CEK [32]byte

// Format hides the key under every verb.
func (CEK) Format(f fmt.State, _ rune) { io.WriteString(f, "seal: redacted") }

// MarshalText hides the key.
func (CEK) MarshalText() ([]byte, error) { return []byte("seal: redacted"), nil }

// OpenStanza opens a stanza with the combined point d and gives the 32-byte key in it. Errors: tdh2.ErrPoint,
// tdh2.ErrC3, and ErrLabel when the plaintext is of another label. After a passed Check and proven partials all of
// them are the bidder's doing.
func OpenStanza(s tdh2.Stanza, d tdh2.Point, label []byte) ([32]byte, error) {
	m, err := tdh2.Unwrap(s, d)
	if err != nil {
		return [32]byte{}, err
	}
	return labelled(m, label)
}

// WrapKey closes a 32-byte key to a threshold key under a label, as every stanza is made; OpenStanza opens it.
func WrapKey(random io.Reader, to tdh2.Point, key [32]byte, label []byte) (tdh2.Stanza, error) {
	return tdh2.Wrap(random, to, labelMessage(key, label), label)
}

// OpenStanzaB opens the bidder's own stanza. ErrBidderKey in mode A or when it does not decrypt, ErrLabel when its
// plaintext is of another label.
func OpenStanzaB(h Header, key *sm.PrivateKey) ([32]byte, error) {
	if !h.ModeB() {
		return [32]byte{}, ErrBidderKey
	}
	m, err := key.DecryptDER(h.B)
	if err != nil || len(m) != tdh2.MessageSize {
		return [32]byte{}, ErrBidderKey
	}
	return labelled([tdh2.MessageSize]byte(m), h.Label())
}

// labelMessage is k || SM3(label)[:16], what every stanza holds.
func labelMessage(k [32]byte, label []byte) [tdh2.MessageSize]byte {
	var m [tdh2.MessageSize]byte
	copy(m[:], k[:])
	digest := sm.Sum(label)
	copy(m[32:], digest[:16])
	return m
}

func labelled(m [tdh2.MessageSize]byte, label []byte) ([32]byte, error) {
	digest := sm.Sum(label)
	if subtle.ConstantTimeCompare(m[32:], digest[:16]) != 1 {
		return [32]byte{}, ErrLabel
	}
	return [32]byte(m[:32]), nil
}

// CEK derives the key of the part from the keys of its stanzas and holds it against the header's commitment. kB is nil
// in mode A and there in mode B, else ErrBidderKey; keys that are not those committed to are ErrCommit.
func (h Header) CEK(kT, kC [32]byte, kB *[32]byte) (CEK, error) {
	if (kB != nil) != h.ModeB() {
		return CEK{}, ErrBidderKey
	}
	cek := deriveCEK(h.prefix(), kT, kC, kB)
	if commit := cek.commit(); subtle.ConstantTimeCompare(commit[:], h.Commit[:]) != 1 {
		return CEK{}, ErrCommit
	}
	return cek, nil
}

// CEK is Header.CEK.
func (f Front) CEK(kT, kC [32]byte, kB *[32]byte) (CEK, error) { return f.Header.CEK(kT, kC, kB) }

func deriveCEK(prefix []byte, kT, kC [32]byte, kB *[32]byte) CEK {
	ikm := append(append(make([]byte, 0, 96), kT[:]...), kC[:]...)
	if kB != nil {
		ikm = append(ikm, kB[:]...)
	}
	salt := sm.Sum(prefix)
	cek := CEK(sm.HKDF(salt[:], ikm, "GMTB v1 cek", 32))
	clear(ikm)
	return cek
}

// Committed tells whether this is the key that a header's commit field names.
func (k *CEK) Committed(commit [32]byte) bool {
	own := k.commit()
	return subtle.ConstantTimeCompare(own[:], commit[:]) == 1
}

func (k *CEK) commit() [32]byte { return sm.HMAC(k[:], []byte("GMTB v1 commit")) }

// payload is the cipher of the chunks under this header.
func (k *CEK) payload(h *Header) (cipher.AEAD, error) {
	id := h.ID()
	return sm.NewGCM(sm.HKDF(id[:], k[:], "GMTB v1 payload", sm.KeySize))
}

// nonce is the 11-byte big-endian number of the chunk || last.
func nonce(i int, last bool) [12]byte {
	var n [12]byte
	binary.BigEndian.PutUint64(n[3:], uint64(i))
	if last {
		n[11] = 1
	}
	return n
}

package seal

import (
	"crypto/cipher"
	"encoding/binary"
	"io"
	"slices"
	"sync"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
	"sunbid/crypto/tdh2"
)

// Keys are what a part is sealed to.
type Keys struct {
	T, C tdh2.Point    // the keyholders' and the officers' key
	B    *sm.PublicKey // mode B: the bidder's encryption certificate; nil in mode A
}

// Sealer seals one part, chunk by chunk in any order, from several goroutines at once. One chunk meets one plaintext:
// a second one is refused, so that no nonce is ever used twice.
type Sealer struct {
	header Header
	cek    CEK
	length int64 // of the content
	padded int64
	aead   cipher.AEAD

	mu     sync.Mutex // guards leaves and sealed
	leaves []canon.Hash
	sealed []bool
}

// NewSealer draws fresh keys from r, wraps them, and is ready to seal content of that many bytes. A purpose that
// cannot stand in a header is ErrHeader, a length the kind does not take ErrLength.
func NewSealer(r io.Reader, keys Keys, want Purpose, contentLength int64) (*Sealer, error) {
	if err := want.Check(); err != nil {
		return nil, err
	}
	padded := PaddedLength(want.Kind, contentLength)
	if padded < 0 {
		return nil, ErrLength
	}
	want.NotBefore = want.NotBefore.UTC()
	h := Header{Purpose: want, Chunks: uint32(ChunkCount(padded))}
	var kT, kC, kB [32]byte
	defer func() { clear(kT[:]); clear(kC[:]); clear(kB[:]) }()
	for _, k := range []*[32]byte{&kT, &kC, &kB} {
		if _, err := io.ReadFull(r, k[:]); err != nil {
			return nil, err
		}
	}
	b := &kB
	if keys.B == nil {
		b = nil
	}
	cek := deriveCEK(h.prefix(), kT, kC, b)
	h.Commit = cek.commit()
	label := h.Label()
	var err error
	if h.T, err = tdh2.Wrap(r, keys.T, labelMessage(kT, label), label); err != nil {
		return nil, err
	}
	if h.C, err = tdh2.Wrap(r, keys.C, labelMessage(kC, label), label); err != nil {
		return nil, err
	}
	if keys.B != nil {
		m := labelMessage(kB, label)
		if h.B, err = keys.B.EncryptDER(r, m[:]); err != nil {
			return nil, err
		}
	}
	return newSealer(h, cek, contentLength, padded)
}

func newSealer(h Header, cek CEK, length, padded int64) (*Sealer, error) {
	aead, err := cek.payload(&h)
	if err != nil {
		return nil, err
	}
	n := int(h.Chunks)
	return &Sealer{header: h, cek: cek, length: length, padded: padded, aead: aead,
		leaves: make([]canon.Hash, n), sealed: make([]bool, n)}, nil
}

// Header is the header of the file.
func (s *Sealer) Header() Header { return s.header }

// Chunks is the number of chunks, to be sealed as 0 … Chunks()−1.
func (s *Sealer) Chunks() int { return int(s.header.Chunks) }

// ContentLength is the length of the content.
func (s *Sealer) ContentLength() int64 { return s.length }

// FrontSize is where the first chunk begins in the file; chunk i begins i·SealedChunk behind it.
func (s *Sealer) FrontSize() int { return headSize + len(s.header.Encode()) + tailSize }

// FileSize is the length of the whole sealed file.
func (s *Sealer) FileSize() int64 { return int64(s.FrontSize()) + SealedLength(s.padded) }

// PlainRange is the part [from, to) of the content that SealChunk wants for chunk i; empty for a chunk of padding.
func (s *Sealer) PlainRange(i int) (from, to int64) {
	from, to = int64(i)*ChunkSize-lengthSize, int64(i+1)*ChunkSize-lengthSize
	return min(max(from, 0), s.length), min(to, s.length)
}

// SealChunk seals chunk i from its part of the content (PlainRange) and gives the sealed chunk with its leaf. Sealing
// again gives the same bytes; with other content it is ErrChunkChanged and gives nothing. ErrLength: plain is not as
// long as PlainRange says. ErrChunkMissing: no such chunk.
//
// Who can resume must have stored Entry(i) durably before the sealed chunk leaves the machine.
func (s *Sealer) SealChunk(i int, plain []byte) ([]byte, canon.Hash, error) {
	if i < 0 || i >= s.Chunks() {
		return nil, canon.Hash{}, ErrChunkMissing
	}
	buffer := make([]byte, s.plainSize(i)+Overhead)
	place, err := s.contentOf(buffer, i, len(plain))
	if err != nil {
		return nil, canon.Hash{}, err
	}
	copy(place, plain)
	return s.sealInPlace(buffer, i)
}

// plainSize is the length of chunk i before sealing.
func (s *Sealer) plainSize(i int) int {
	return int(min(ChunkSize, s.padded-int64(i)*ChunkSize))
}

// contentOf prepares buffer for chunk i: writes the length and the padding, and gives the place of n bytes of content.
func (s *Sealer) contentOf(buffer []byte, i, n int) ([]byte, error) {
	from, to := s.PlainRange(i)
	if int64(n) != to-from {
		return nil, ErrLength
	}
	at := 0
	if i == 0 {
		binary.BigEndian.PutUint64(buffer, uint64(s.length))
		at = lengthSize
	}
	clear(buffer[at+n : s.plainSize(i)])
	return buffer[at : at+n], nil
}

// sealInPlace seals the plaintext at the start of buffer, which has Overhead bytes of room behind it.
func (s *Sealer) sealInPlace(buffer []byte, i int) ([]byte, canon.Hash, error) {
	n := nonce(i, i == s.Chunks()-1)
	out := s.aead.Seal(buffer[:0], n[:], buffer[:s.plainSize(i)], nil)
	leaf := LeafHash(out)
	s.mu.Lock()
	known, before := s.sealed[i], s.leaves[i]
	if !known {
		s.leaves[i], s.sealed[i] = leaf, true
	}
	s.mu.Unlock()
	// Under one key and nonce the leaf tells plaintexts apart; what differs must not leave this function.
	if known && before != leaf {
		clear(out)
		return nil, canon.Hash{}, ErrChunkChanged
	}
	return out, leaf, nil
}

// Sealed tells whether chunk i has been sealed.
func (s *Sealer) Sealed(i int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return i >= 0 && i < len(s.sealed) && s.sealed[i]
}

// Finish signs the header and the root over all chunks. ErrChunkMissing while a chunk is not sealed; ErrSignature when
// the signer is not the bidder of the header or answers wrongly; other errors are the signer's.
func (s *Sealer) Finish(signer pki.Signer) (Front, error) {
	s.mu.Lock()
	missing := slices.Contains(s.sealed, false)
	root := RootOf(s.leaves)
	s.mu.Unlock()
	if missing {
		return Front{}, ErrChunkMissing
	}
	cert := signer.Certificate()
	if cert.Fingerprint() != s.header.Bidder {
		return Front{}, because(ErrSignature, "signer is not the bidder of the header")
	}
	f := Front{Header: s.header, Raw: s.header.Encode(), Root: root}
	sig, err := signer.Sign(signedMessage(f.ID(), root))
	if err != nil {
		return Front{}, err
	}
	f.Sig = sig
	if err := f.Verify(cert); err != nil {
		return Front{}, err
	}
	return f, nil
}

package seal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
)

const (
	magic    = "GMTB\x01"
	headSize = 5 + 4                           // magic || u32(len header)
	tailSize = sm.Size + sm.SignatureSize      // root || sig
	FrontMax = headSize + MaxHeader + tailSize // FrontMax is the greatest length of a front.
)

// Front is everything of a sealed file but its chunks.
type Front struct {
	Header Header
	Raw    []byte // the header as encoded
	Root   canon.Hash
	Sig    []byte // 64 bytes
}

// ParseFront reads magic … sig, exactly. Errors: ErrMagic, ErrTruncated, ErrHeader (a bad header, or bytes behind).
// The signature is not verified here.
func ParseFront(b []byte) (Front, error) {
	r := bytes.NewReader(b)
	f, err := ReadFront(r)
	if err != nil {
		return Front{}, err
	}
	if r.Len() > 0 {
		return Front{}, because(ErrHeader, "bytes behind the signature")
	}
	return f, nil
}

// ReadFront reads a front from the start of a file and leaves r at its first chunk. It reads at most FrontMax bytes.
// Errors as of ParseFront, or r's.
func ReadFront(r io.Reader) (Front, error) {
	var head [headSize]byte
	if err := readFull(r, head[:]); err != nil {
		return Front{}, err
	}
	if string(head[:len(magic)]) != magic {
		return Front{}, ErrMagic
	}
	n := binary.BigEndian.Uint32(head[len(magic):])
	if n > MaxHeader {
		return Front{}, because(ErrHeader, "longer than 4096 bytes")
	}
	rest := make([]byte, int(n)+tailSize)
	if err := readFull(r, rest); err != nil {
		return Front{}, err
	}
	h, err := ParseHeader(rest[:n])
	if err != nil {
		return Front{}, err
	}
	return Front{Header: h, Raw: rest[:n:n], Root: canon.Hash(rest[n : n+sm.Size]), Sig: rest[n+sm.Size:]}, nil
}

func readFull(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	return err
}

// Bytes is the front as it stands in the file.
func (f Front) Bytes() []byte {
	b := make([]byte, 0, f.Size())
	b = append(b, magic...)
	b = appendLong(b, f.Raw)
	b = append(b, f.Root[:]...)
	return append(b, f.Sig...)
}

// Size is the length of the front, where the first chunk begins.
func (f Front) Size() int { return headSize + len(f.Raw) + tailSize }

// ID is SM3 of the header.
func (f Front) ID() canon.Hash { return sm.Sum(f.Raw) }

// Digest names the part everywhere else: SM3("GMTB v1 part" || header id || root).
func (f Front) Digest() canon.Hash {
	id := f.ID()
	return sm.Sum([]byte("GMTB v1 part"), id[:], f.Root[:])
}

// signed is what the bidder signs.
func signedMessage(id, root canon.Hash) []byte {
	return append(append([]byte("GMTB v1 sealed"), id[:]...), root[:]...)
}

// Verify is nil iff cert is the bidder named in the header and signed this header and root; else ErrSignature.
// Trust in cert is judged elsewhere.
func (f Front) Verify(cert *pki.Certificate) error {
	if cert.Fingerprint() != f.Header.Bidder {
		return because(ErrSignature, "another certificate")
	}
	if !cert.Verify(signedMessage(f.ID(), f.Root), f.Sig) {
		return ErrSignature
	}
	return nil
}

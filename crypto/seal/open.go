package seal

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"io"

	"sunbid/crypto/canon"
)

// OpenChunks decrypts the chunks that get gives and writes the content to w, on all cores, in order, holding a few
// chunks a core. get is called for 0, 1, 2 … from one goroutine; what it returns is only read. Its errors are passed on.
// Errors: ErrTruncated (a chunk's length), ErrTampered (a chunk that is not this one of this file), ErrLength,
// ErrPadding. What has been written when an error comes is not to be used. The root is not checked here: see OpenFile.
func OpenChunks(cek CEK, h Header, get func(i int) ([]byte, error), w io.Writer) error {
	return openChunks(cek, h, 0, func(i int, _ []byte) ([]byte, error) { return get(i) }, w, nil)
}

// OpenFile opens the chunks that follow the front f in r, checks that they are those the front's root names (ErrRoot)
// and that nothing follows them (ErrLength), and writes the content to w. Otherwise it is OpenChunks. The caller has
// run f.Verify.
func OpenFile(cek CEK, f Front, r io.Reader, w io.Writer) error {
	var leaves RootBuilder
	if err := openChunks(cek, f.Header, f.Header.chunkRoom(), chunksOf(f.Header, r), w, &leaves); err != nil {
		return err
	}
	return endOf(r, &leaves, f)
}

// VerifyFile reads the chunks that follow the front f in r, on all cores, and checks their root (ErrRoot) and that
// nothing follows (ErrLength). It needs no key. A missing chunk is ErrTruncated.
func VerifyFile(f Front, r io.Reader) error {
	var leaves RootBuilder
	err := inOrder(int(f.Header.Chunks), f.Header.chunkRoom(), 0, chunksOf(f.Header, r),
		func(int, []byte, []byte) ([]byte, error) { return nil, nil },
		func(_ int, _ []byte, leaf canon.Hash) error { leaves.Append(leaf); return nil }, true)
	if err != nil {
		return err
	}
	return endOf(r, &leaves, f)
}

// chunkRoom is the length of the longest sealed chunk of the file.
func (h *Header) chunkRoom() int {
	if h.Kind == KindReadout {
		return ReadoutSize + Overhead
	}
	return SealedChunk
}

// chunksOf reads chunk after chunk into the buffer given; the last may be shorter.
func chunksOf(h Header, r io.Reader) func(i int, buffer []byte) ([]byte, error) {
	return func(i int, buffer []byte) ([]byte, error) {
		n, err := io.ReadFull(r, buffer)
		last := i == int(h.Chunks)-1
		switch {
		case err == nil || last && n > Overhead && errors.Is(err, io.ErrUnexpectedEOF):
			return buffer[:n], nil
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return nil, ErrTruncated
		}
		return nil, err
	}
}

func endOf(r io.Reader, leaves *RootBuilder, f Front) error {
	if n, err := io.ReadFull(r, make([]byte, 1)); n > 0 {
		return because(ErrLength, "bytes behind the last chunk")
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	if leaves.Root() != f.Root {
		return ErrRoot
	}
	return nil
}

func openChunks(cek CEK, h Header, readRoom int, read func(i int, buffer []byte) ([]byte, error), w io.Writer, leaves *RootBuilder) error {
	if err := h.check(); err != nil {
		return err
	}
	aead, err := cek.payload(&h)
	if err != nil {
		return err
	}
	p := plaintext{kind: h.Kind, chunks: int(h.Chunks), w: w}
	err = inOrder(p.chunks, readRoom, h.chunkRoom(), read,
		func(i int, in, out []byte) ([]byte, error) { return openChunk(aead, i, p.chunks, in, out) },
		func(i int, plain []byte, leaf canon.Hash) error {
			if leaves != nil {
				leaves.Append(leaf)
			}
			return p.take(i, plain)
		}, leaves != nil)
	if err != nil {
		return err
	}
	return p.end()
}

func openChunk(aead cipher.AEAD, i, chunks int, in, out []byte) ([]byte, error) {
	last := i == chunks-1
	if len(in) > SealedChunk || len(in) <= Overhead || !last && len(in) != SealedChunk {
		return nil, ErrTruncated
	}
	n := nonce(i, last)
	plain, err := aead.Open(out[:0], n[:], in, nil)
	if err != nil {
		return nil, ErrTampered
	}
	return plain, nil
}

// plaintext takes decrypted chunks in order, writes the content and checks length and padding.
type plaintext struct {
	kind   Kind
	chunks int
	w      io.Writer
	length int64 // of the content, from the first chunk
	left   int64 // content not yet written
	total  int64 // plaintext seen
}

func (p *plaintext) take(i int, plain []byte) error {
	p.total += int64(len(plain))
	if i == 0 {
		if len(plain) < lengthSize {
			return ErrLength
		}
		n := binary.BigEndian.Uint64(plain)
		if n > MaxContent {
			return ErrLength
		}
		p.length, p.left = int64(n), int64(n)
		if padded := PaddedLength(p.kind, p.length); padded < 0 || ChunkCount(padded) != p.chunks {
			return ErrLength
		}
		plain = plain[lengthSize:]
	}
	content := plain[:min(int64(len(plain)), p.left)]
	p.left -= int64(len(content))
	if !allZero(plain[len(content):]) {
		return ErrPadding
	}
	if len(content) == 0 {
		return nil
	}
	_, err := p.w.Write(content)
	return err
}

func (p *plaintext) end() error {
	if p.left != 0 || p.total != PaddedLength(p.kind, p.length) {
		return ErrLength
	}
	return nil
}

func allZero(b []byte) bool {
	var zeros [4096]byte
	for len(b) > len(zeros) {
		if !bytes.Equal(b[:len(zeros)], zeros[:]) {
			return false
		}
		b = b[len(zeros):]
	}
	return bytes.Equal(b, zeros[:len(b)])
}

package bid

import (
	"bytes"
	"hash"
	"io"

	"sunbid/crypto/canon"
	"sunbid/crypto/sm"
)

// chunkHasher passes octets on and hashes every chunk on the way: leaf = SM3(00 || chunk) (crypto/SPEC.md section 4).
type chunkHasher struct {
	from   io.Reader
	size   int // of every chunk but the last
	filled int // octets of the present chunk
	sum    hash.Hash
	leaves []canon.Hash
}

func newChunkHasher(r io.Reader, size int) *chunkHasher {
	return &chunkHasher{from: r, size: size, sum: sm.NewHash()}
}

func (h *chunkHasher) Read(p []byte) (int, error) {
	n, err := h.from.Read(p)
	for b := p[:n]; len(b) > 0; {
		if h.filled == 0 {
			h.sum.Reset()
			_, _ = h.sum.Write([]byte{0})
		}
		take := min(len(b), h.size-h.filled)
		_, _ = h.sum.Write(b[:take])
		h.filled += take
		b = b[take:]
		if h.filled == h.size {
			h.close()
		}
	}
	return n, err
}

func (h *chunkHasher) close() {
	h.leaves = append(h.leaves, canon.Hash(h.sum.Sum(nil)))
	h.filled = 0
}

// differs is the first chunk whose hash is not the declared one, -1 when all are. Call it when everything was read.
func (h *chunkHasher) differs(declared []canon.Hash) int {
	if h.filled > 0 {
		h.close()
	}
	for i, want := range declared {
		if i >= len(h.leaves) || !bytes.Equal(h.leaves[i][:], want[:]) {
			return i
		}
	}
	if len(h.leaves) > len(declared) {
		return len(declared)
	}
	return -1
}

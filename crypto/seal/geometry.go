package seal

import "math/bits"

const (
	// Overhead is what sealing adds to a chunk: the tag.
	Overhead = 16
	// SealedChunk is the length of every sealed chunk but the last.
	SealedChunk = ChunkSize + Overhead
	// ReadoutSize is the padded plaintext of every read-out.
	ReadoutSize = 65_536
	// MaxReadout is the greatest content of a read-out.
	MaxReadout = 16 << 10
	// MaxContent is the greatest content of any other part: what pads to MaxChunks chunks.
	MaxContent = MaxChunks*ChunkSize - lengthSize

	lengthSize = 8
)

// PaddedLength is the length of the whole plaintext, u64(length) || content || zeros, for n bytes of content: all that
// the length of a sealed part tells. -1 when the kind does not take so much.
func PaddedLength(kind Kind, n int64) int64 {
	if kind == KindReadout {
		if n < 0 || n > MaxReadout {
			return -1
		}
		return ReadoutSize
	}
	if n < 0 || n > MaxContent {
		return -1
	}
	return max(ChunkSize, padme(n+lengthSize))
}

// padme rounds up to a length with few significant bits (Padmé of the PURBs paper): at most 12 % more.
func padme(n int64) int64 {
	e := bits.Len64(uint64(n)) - 1
	s := bits.Len64(uint64(e))
	low := int64(1)<<(e-s) - 1
	return (n + low) &^ low
}

// ChunkCount is how many chunks a plaintext of that padded length has.
func ChunkCount(padded int64) int { return int((padded + ChunkSize - 1) / ChunkSize) }

// SealedLength is the length of all chunks, sealed, of a plaintext of that padded length.
func SealedLength(padded int64) int64 { return padded + int64(ChunkCount(padded))*Overhead }

package cast

import (
	"encoding/binary"
	"io"
)

// Filler is content for a large body that needs no memory: the octets at an offset follow from seed and offset alone, and are not
// compressible.
type Filler struct {
	Seed uint64
	Size int64
}

// ReadAt implements io.ReaderAt.
func (f Filler) ReadAt(p []byte, off int64) (int, error) {
	if off >= f.Size {
		return 0, io.EOF
	}
	var err error
	if left := f.Size - off; int64(len(p)) > left {
		p, err = p[:left], io.EOF
	}
	for n := 0; n < len(p); {
		at := off + int64(n)
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], mix(f.Seed^uint64(at/8)))
		n += copy(p[n:], word[at%8:])
	}
	return len(p), err
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

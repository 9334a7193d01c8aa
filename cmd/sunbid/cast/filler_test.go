package cast_test

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"

	"sunbid/cmd/sunbid/cast"
)

func TestFillerIsTheSameFromEveryOffset(t *testing.T) {
	t.Parallel()
	f := cast.Filler{Seed: 7, Size: 10_003}
	whole, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size))
	if err != nil || int64(len(whole)) != f.Size {
		t.Fatal(len(whole), err)
	}
	if err := iotest.TestReader(io.NewSectionReader(f, 0, f.Size), whole); err != nil {
		t.Fatal(err)
	}
	for _, off := range []int64{0, 1, 7, 8, 9_999} {
		part := make([]byte, 4)
		if _, err := f.ReadAt(part, off); err != nil || !bytes.Equal(part, whole[off:off+4]) {
			t.Errorf("at %d: %x %v", off, part, err)
		}
	}
	if n, err := f.ReadAt(make([]byte, 1), f.Size); n != 0 || err != io.EOF {
		t.Errorf("behind the end: %d %v", n, err)
	}
}

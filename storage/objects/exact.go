package objects

import (
	"fmt"
	"io"
)

// exactly passes on size bytes of r and fails with ErrSize when r ends before or goes on after. It looks for the byte too
// many *before* it hands out the last one, so that an adapter that stops reading at size cannot have finished storing.
func exactly(r io.Reader, size int64) io.Reader { return &exactReader{r: r, left: size, size: size} }

type exactReader struct {
	r          io.Reader
	left, size int64
	err        error
}

func (e *exactReader) Read(p []byte) (int, error) {
	if e.err != nil {
		return 0, e.err
	}
	if e.left == 0 {
		e.err = e.end()
		return 0, e.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	if int64(len(p)) > e.left {
		p = p[:e.left]
	}
	n, err := e.r.Read(p)
	e.left -= int64(n)
	switch {
	case e.left == 0:
		if e.err = e.end(); e.err != io.EOF {
			return 0, e.err
		}
		return n, nil
	case err == io.EOF:
		e.err = fmt.Errorf("%w: %d of %d", ErrSize, e.size-e.left, e.size)
		return n, e.err
	default:
		e.err = err
		return n, err
	}
}

// end returns io.EOF when r is at its end.
func (e *exactReader) end() error {
	var one [1]byte
	switch n, err := io.ReadFull(e.r, one[:]); {
	case n > 0:
		return fmt.Errorf("%w: more than %d", ErrSize, e.size)
	case err == io.EOF:
		return io.EOF
	default:
		return err
	}
}

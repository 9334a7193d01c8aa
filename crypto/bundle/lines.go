package bundle

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// eachLine reads JSON lines with bounded memory.
func eachLine(r io.Reader, path string, fn func(n int, line []byte) error) error {
	b := bufio.NewReaderSize(r, 64<<10)
	for n := 1; ; n++ {
		line, err := readLine(b)
		at := fmt.Sprintf("%s:%d", path, n)
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			return nil
		case errors.Is(err, io.EOF):
			return broken(at, "line-cut", errLineEnd)
		case err != nil:
			return broken(at, "line-unreadable", err)
		case len(line) == 0:
			return broken(at, "line-empty", nil)
		case n > maxLines:
			return broken(at, "lines-too-many", nil)
		}
		if err := fn(n, line); err != nil {
			return broken(at, "line", err)
		}
	}
}

func readLine(b *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := b.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return nil, fmt.Errorf("a line is longer than %d bytes", maxLine)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err == nil {
			return line[:len(line)-1], nil
		}
		return line, err
	}
}

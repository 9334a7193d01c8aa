package canon

import (
	"bytes"
	"unicode/utf8"
)

const (
	// MaxDepth is how many arrays and objects may stand in one another.
	MaxDepth = 32
	// MaxInteger is the largest magnitude of a number: 2^53−1.
	MaxInteger = 1<<53 - 1
)

// Canonical returns nil iff data is canonical JSON: one value, no space, canonical text and numbers, keys ascending.
// It does one pass and, for ASCII keys, allocates nothing. A caller bounds the size.
func Canonical(data []byte) error {
	c := checker{data: data}
	if err := c.value(0); err != nil {
		return err
	}
	if c.pos != len(data) {
		return ErrNotCanonical
	}
	return nil
}

type checker struct {
	data []byte
	pos  int
}

func (c *checker) peek() byte {
	if c.pos < len(c.data) {
		return c.data[c.pos]
	}
	return 0
}

func (c *checker) value(depth int) error {
	switch b := c.peek(); {
	case b == '{':
		return c.object(depth + 1)
	case b == '[':
		return c.array(depth + 1)
	case b == '"':
		_, err := c.text()
		return err
	case b == '-' || b >= '0' && b <= '9':
		return c.number()
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if len(c.data)-c.pos >= len(word) && string(c.data[c.pos:c.pos+len(word)]) == word {
			c.pos += len(word)
			return nil
		}
	}
	return ErrNotCanonical
}

func (c *checker) object(depth int) error {
	if depth > MaxDepth {
		return ErrDepth
	}
	c.pos++
	if c.peek() == '}' {
		c.pos++
		return nil
	}
	var last []byte
	for first := true; ; first = false {
		if c.peek() != '"' {
			return ErrNotCanonical
		}
		key, err := c.text()
		if err != nil {
			return err
		}
		if !first {
			switch order := compareEncoded(last, key); {
			case order == 0:
				return at(ErrDuplicateKey, string(key))
			case order > 0:
				return ErrNotCanonical
			}
		}
		last = key
		if c.peek() != ':' {
			return ErrNotCanonical
		}
		c.pos++
		if err := c.value(depth); err != nil {
			return err
		}
		switch c.peek() {
		case ',':
			c.pos++
		case '}':
			c.pos++
			return nil
		default:
			return ErrNotCanonical
		}
	}
}

func (c *checker) array(depth int) error {
	if depth > MaxDepth {
		return ErrDepth
	}
	c.pos++
	if c.peek() == ']' {
		c.pos++
		return nil
	}
	for {
		if err := c.value(depth); err != nil {
			return err
		}
		switch c.peek() {
		case ',':
			c.pos++
		case ']':
			c.pos++
			return nil
		default:
			return ErrNotCanonical
		}
	}
}

// text checks a quoted text and returns what stands between the quotes, still escaped.
func (c *checker) text() ([]byte, error) {
	c.pos++
	start := c.pos
	for c.pos < len(c.data) {
		b := c.data[c.pos]
		switch {
		case b == '"':
			c.pos++
			return c.data[start : c.pos-1], nil
		case b < 0x20:
			return nil, ErrNotCanonical
		case b == '\\':
			n := escapeLength(c.data[c.pos:])
			if n == 0 {
				return nil, ErrNotCanonical
			}
			c.pos += n
		case b < utf8.RuneSelf:
			c.pos++
		default:
			r, n := utf8.DecodeRune(c.data[c.pos:])
			if r == utf8.RuneError && n == 1 {
				return nil, ErrText
			}
			c.pos += n
		}
	}
	return nil, ErrNotCanonical
}

// escapeLength is the length of the escape at the start of b, or 0 if canonical text does not have it: the short form
// where there is one, \u00xx in lower case for the other control characters, nothing else.
func escapeLength(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) < 6 || b[2] != '0' || b[3] != '0' || (b[4] != '0' && b[4] != '1') {
			return 0
		}
		if low := b[5]; !(low >= '0' && low <= '9' || low >= 'a' && low <= 'f') ||
			b[4] == '0' && (low == '8' || low == '9' || low == 'a' || low == 'c' || low == 'd') {
			return 0
		}
		return 6
	}
	return 0
}

func (c *checker) number() error {
	start := c.pos
	if c.peek() == '-' {
		c.pos++
	}
	digits := c.pos
	var n uint64
	for b := c.peek(); b >= '0' && b <= '9'; b = c.peek() {
		if n = n*10 + uint64(b-'0'); n > MaxInteger {
			return ErrNumber
		}
		c.pos++
	}
	switch b := c.peek(); {
	case b == '.' || b == 'e' || b == 'E':
		return ErrNumber
	case c.pos == digits, c.data[digits] == '0' && (c.pos > digits+1 || digits > start):
		return ErrNotCanonical // no digits, a leading zero, or −0
	}
	return nil
}

// compareEncoded orders two escaped keys by the UTF-16 code units of what they say.
func compareEncoded(a, b []byte) int {
	if plain(a) && plain(b) {
		return bytes.Compare(a, b)
	}
	return compareUTF16(unescape(a), unescape(b))
}

func plain(b []byte) bool {
	for _, x := range b {
		if x >= utf8.RuneSelf || x == '\\' {
			return false
		}
	}
	return true
}

// compareUTF16 orders valid UTF-8 by UTF-16 code units: as by code points, except that the code points above U+FFFF
// (surrogate pairs) stand before U+E000 … U+FFFF.
func compareUTF16(a, b string) int {
	for a != "" && b != "" {
		x, n := utf8.DecodeRuneInString(a)
		y, m := utf8.DecodeRuneInString(b)
		if x != y {
			high, other := x > 0xFFFF, y > 0xFFFF
			if high != other && (high && y >= 0xE000 || other && x >= 0xE000) {
				x, y = y, x
			}
			if x < y {
				return -1
			}
			return 1
		}
		a, b = a[n:], b[m:]
	}
	return len(a) - len(b)
}

// unescape decodes text that text() accepted.
func unescape(b []byte) string {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			out = append(out, b[i])
			continue
		}
		i++
		switch b[i] {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			low := b[i+4]
			if low >= 'a' {
				low -= 'a' - 10
			} else {
				low -= '0'
			}
			out = append(out, (b[i+3]-'0')<<4|low)
			i += 4
		default:
			out = append(out, b[i])
		}
	}
	return string(out)
}

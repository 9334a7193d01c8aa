package objects

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"
)

// Name is an object's name: 1 to 200 bytes of a-z, 0-9, '.', '_', '-' and '/', in segments that are neither empty nor "."
// nor "..". A name must not also be a folder of another name ("log" beside "log/1"): MinIO stores both but then lists only
// the first. Names of bids come from NewName; names with meaning, such as log/00000000001234, are for what is public anyway.
type Name string

const longestName = 200

// NewName returns 128 random bits in lower-case base32. It says nothing of what is stored, by whom, or in which order, so
// somebody who sees the object store's listing learns no more than a count (招标投标法 art. 22).
func NewName() Name {
	var bits [16]byte
	rand.Read(bits[:]) // never fails: crypto/rand ends the program instead
	return Name(strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(bits[:])))
}

// Check returns ErrName, wrapped with the reason, for what is not a name.
func (n Name) Check() error {
	if n == "" || len(n) > longestName {
		return fmt.Errorf("%w: %d bytes", ErrName, len(n))
	}
	if !bounded(string(n)) {
		return fmt.Errorf("%w: %.40q", ErrName, string(n))
	}
	for segment := range strings.SplitSeq(string(n), "/") {
		if segment == "" || segment == "." || segment == ".." {
			return fmt.Errorf("%w: %.40q", ErrName, string(n))
		}
	}
	return nil
}

// bounded reports whether s has only the bytes of names.
func bounded(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-' || c == '/') {
			return false
		}
	}
	return true
}

func checkList(prefix string, limit int) error {
	if len(prefix) > longestName || !bounded(prefix) {
		return fmt.Errorf("%w: prefix %.40q", ErrName, prefix)
	}
	if limit < 1 {
		return fmt.Errorf("list: limit %d is less than one", limit)
	}
	return nil
}

// Package canontest holds what every decoder of outside input is asked in its fuzz target: it stays within its input's order of
// memory, it refuses with a stable code, and what it reads has one encoding.
package canontest

import (
	"bytes"
	"errors"
	"reflect"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
)

// What a decoder may allocate in all: Base bytes whatever it is given (buffers, tables, an error's text), and PerByte for every byte
// of input. Reading canonical JSON takes the checker's pass, the decoder's copy of the text, the values (a hash is half of its text, a
// short text has a header of 16 bytes, a slice grows by doubling and leaves its smaller selves behind) and the text once more.
// That is 20 to 50 in practice; a decoder that believes a length, or makes big values of small texts, is far beyond.
const (
	Base    = 64 << 10
	PerByte = 128
)

// Bounded runs decode and fails when it allocates more than Base and PerByte for every byte of input allow.
func Bounded(t testing.TB, input []byte, decode func()) {
	t.Helper()
	Within(t, Base+PerByte*uint64(len(input)), input, decode)
}

// Within is Bounded with a limit of the decoder's own, in bytes. A first, quick look may miss a few pages of small values; what it finds
// above half of the limit is measured exactly, up to three times, for other goroutines of the process count too.
func Within(t testing.TB, limit uint64, input []byte, decode func()) {
	t.Helper()
	before := glance()
	decode()
	used := glance() - before
	for n := 0; n < 3 && used > limit/2; n++ {
		if used = measured(decode); used <= limit {
			return
		}
	}
	if used > limit {
		t.Fatalf("%d bytes of input take %d bytes to read, at most %d are reasonable: %.200q", len(input), used, limit, input)
	}
}

// glance is what was allocated so far, without stopping the world for it.
func glance() uint64 {
	sample := [1]metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample[:])
	return sample[0].Value.Uint64()
}

func measured(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Refused fails unless err has a stable code: lower-case words joined by hyphens.
func Refused(t testing.TB, input []byte, err error) {
	t.Helper()
	if code := Code(err); code == "" || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		t.Fatalf("%.200q is refused without a code: %v", input, err)
	}
}

// Code is the stable code of an error or of one that it wraps: what its method Code says, or its field of that name. Empty: none.
func Code(err error) string {
	for ; err != nil; err = errors.Unwrap(err) {
		if coded, ok := err.(interface{ Code() string }); ok {
			return coded.Code()
		}
		v := reflect.Indirect(reflect.ValueOf(err))
		if v.Kind() != reflect.Struct {
			continue
		}
		if field := v.FieldByName("Code"); field.Kind() == reflect.String {
			return field.String()
		}
	}
	return ""
}

// OneEncoding reads input with parse, within Bounded. What is refused must be Refused; what is read must be written as the same bytes.
// It returns what was read, and whether it was.
func OneEncoding[T any](t testing.TB, input []byte, parse func([]byte) (T, error), write func(T) ([]byte, error)) (T, bool) {
	t.Helper()
	var v T
	var err error
	given := bytes.Clone(input)
	Bounded(t, input, func() { v, err = parse(input) })
	if !bytes.Equal(given, input) {
		t.Fatalf("reading %.200q changed it", given)
	}
	if err != nil {
		Refused(t, input, err)
		return v, false
	}
	again, err := write(v)
	if err != nil || !bytes.Equal(again, input) {
		t.Fatalf("%.400q is read, and written as %.400q: %v", input, again, err)
	}
	return v, true
}

// Splice is base with cut bytes from at on replaced by put; at and cut end where base ends. A target that checks signatures takes its
// input so: keys are made anew in each process, and what was found in one keeps its meaning in the next.
func Splice(base []byte, at, cut uint32, put []byte) []byte {
	from := min(int(at), len(base))
	to := from + min(int(cut), len(base)-from)
	return bytes.Join([][]byte{base[:from], put, base[to:]}, nil)
}

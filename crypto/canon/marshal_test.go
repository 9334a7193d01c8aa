package canon_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/canon/canontest"
)

type base struct {
	Type  string `json:"type"`
	Class string `json:"class"`
}

type signed[T any] struct {
	Body T           `json:"body"`
	Sigs []canon.Hex `json:"sigs"`
}

type everything struct {
	base
	B     bool              `json:"b"`
	I8    int8              `json:"i8"`
	U64   uint64            `json:"u64"`
	Bytes []byte            `json:"bytes"`
	Fixed [3]int            `json:"fixed"`
	Hex   canon.Hex         `json:"hex,omitempty"`
	Ptr   *int              `json:"ptr"`
	Opt   *int              `json:"opt,omitempty"`
	Map   map[string]string `json:"map"`
	Raw   json.RawMessage   `json:"raw"`
	When  canon.Time        `json:"when,omitzero"`
	Hash  canon.Hash        `json:"hash,omitzero"`
	Any   any               `json:"any"`
	Gone  string            `json:"-"`
	inner string
}

func TestMarshal(t *testing.T) {
	t.Parallel()
	seven := 7
	when := canon.At(time.Date(2026, 1, 2, 3, 4, 5, 678_999_999, time.FixedZone("CST", 8*3600)))
	tests := []struct {
		name string
		v    any
		want string
	}{
		{"zero", everything{Raw: json.RawMessage("{}")}, `{"any":null,"b":false,"bytes":"","class":"","fixed":[0,0,0],"i8":0,"map":{},"ptr":null,"raw":{},"type":"","u64":0}`},
		{"full", &everything{base{"t", "c"}, true, -8, 9, []byte{1, 255}, [3]int{1, 2, 3}, canon.Hex{0xab}, &seven, &seven,
			map[string]string{"\ufb33": "1", "😀": "2", "a": "3"}, json.RawMessage(`[1]`), when, canon.Hash{1}, []any{"x", 1}, "gone", "inner"},
			`{"any":["x",1],"b":true,"bytes":"Af8=","class":"c","fixed":[1,2,3],"hash":"01` + strings.Repeat("0", 62) + `","hex":"ab","i8":-8,"map":{"a":"3","😀":"2","` + "\ufb33" + `":"1"},"opt":7,"ptr":7,"raw":[1],"type":"t","u64":9,"when":"2026-01-01T19:04:05.678Z"}`},
		{"generic", signed[base]{Body: base{"t", "c"}}, `{"body":{"class":"c","type":"t"},"sigs":[]}`},
		{"nil", nil, "null"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := canon.Marshal(c.v)
			if err != nil || string(got) != c.want {
				t.Fatalf("%s\n%s\n%v", got, c.want, err)
			}
			if err := canon.Canonical(got); err != nil {
				t.Fatal(err)
			}
		})
	}
	var back everything
	full, _ := canon.Marshal(tests[1].v)
	if err := canon.Unmarshal(full, &back); err != nil || back.Type != "t" || !back.When.Equal(when.Time) {
		t.Fatalf("%+v %v", back, err)
	}
	var g signed[base]
	if err := canon.Unmarshal([]byte(`{"body":{"class":"c"},"sigs":[]}`), &g); code(err) != "canon-missing-key" {
		t.Fatal(err)
	}
}

type loop struct {
	Next *loop `json:"next"`
}

func TestMarshalRefuses(t *testing.T) {
	t.Parallel()
	deep := &loop{}
	for range 40 {
		deep = &loop{deep}
	}
	tests := []struct {
		name string
		v    any
		want string
	}{
		{"float", 1.0, "canon-number"},
		{"float in a map", map[string]any{"a": float32(2)}, "canon-number"},
		{"2^53", int64(1 << 53), "canon-number"},
		{"−2^53", int64(-1 << 53), "canon-number"},
		{"max uint64", uint64(math.MaxUint64), "canon-number"},
		{"json.Number with an exponent", json.Number("1e3"), "canon-number"},
		{"bad UTF-8", "\xff", "canon-text"},
		{"bad UTF-8 in a key", map[string]int{"\xff": 1}, "canon-text"},
		{"surrogate in UTF-8", "\xed\xa0\x80", "canon-text"},
		{"bare time", time.Time{}, "canon-value"},
		{"bare time in a list", []any{time.Time{}}, "canon-value"},
		{"year 10000", canon.At(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)), "canon-value"},
		{"channel", make(chan int), "canon-value"},
		{"keys of a map are numbers", map[int]int{1: 1}, "canon-value"},
		{"too deep", deep, "canon-depth"},
		{"raw with a space", json.RawMessage(`{"a": 1}`), "canon-not-canonical"},
		{"raw and more", json.RawMessage(`1,"x":2`), "canon-not-canonical"},
		{"raw, empty", json.RawMessage{}, "canon-not-canonical"},
		{"raw out of order", json.RawMessage(`{"b":1,"a":1}`), "canon-not-canonical"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, err := canon.Marshal(c.v)
			if code(err) != c.want || out != nil {
				t.Fatalf("%s %v", out, err)
			}
		})
	}
	text := reflect.TypeFor[string]()
	twice := reflect.StructOf([]reflect.StructField{{Name: "A", Type: text, Tag: `json:"a"`}, {Name: "B", Type: text, Tag: `json:"a"`}})
	if _, err := canon.Marshal(reflect.Zero(twice).Interface()); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Error(err)
	}
}

// What encoding/json would read leniently is refused.
func TestUnmarshalIsStrict(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"base64 with spare bits", `{"b":"AR=="}`, "canon-not-canonical"},
		{"base64 with a line break", `{"b":"A\nQ=="}`, "canon-not-canonical"},
		{"array too long", `{"b":"AQ==","f":[1,2,3]}`, "canon-not-canonical"},
		{"array too short", `{"b":"AQ==","f":[1]}`, "canon-not-canonical"},
		{"good", `{"b":"AQ==","f":[1,2]}`, ""},
		{"optional absent", `{"b":"AQ=="}`, ""},
		{"optional zero", `{"b":"AQ==","f":[0,0]}`, "canon-not-canonical"},
		{"empty", ``, "canon-not-canonical"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var v struct {
				B []byte `json:"b"`
				F [2]int `json:"f,omitzero"`
			}
			if err := canon.Unmarshal([]byte(c.text), &v); code(err) != c.want {
				t.Fatal(err)
			}
		})
	}
	var v example
	if err := canon.Unmarshal([]byte("{}"), v); code(err) != "canon-value" {
		t.Error(err)
	}
}

// FuzzCanonical: whatever is read is written back byte for byte, in the order of its own memory, as any value and as a record.
func FuzzCanonical(f *testing.F) {
	for _, c := range load(f).Values {
		f.Add([]byte(c.Text))
	}
	for _, c := range load(f).Records {
		f.Add([]byte(c.Text))
	}
	f.Add([]byte(`[` + strings.Repeat("{},", 900) + `0]`))
	f.Add([]byte(`{"parts":[` + strings.Repeat("0,", 900) + `0]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var v any
		var err error
		canontest.Bounded(t, data, func() { err = canon.Unmarshal(data, &v) })
		if err != nil {
			canontest.Refused(t, data, err)
		}
		if (err == nil) != (canon.Canonical(data) == nil) {
			t.Fatalf("%q: Canonical and Unmarshal differ: %v", data, err)
		}
		if err == nil {
			if again, err := canon.Marshal(v); err != nil || string(again) != string(data) {
				t.Fatalf("%q is written as %q, %v", data, again, err)
			}
			if !json.Valid(data) {
				t.Fatalf("%q is not JSON", data)
			}
		}
		canontest.OneEncoding(t, data, func(b []byte) (r example, err error) { return r, canon.Unmarshal(b, &r) }, func(r example) ([]byte, error) { return canon.Marshal(r) })
	})
}

func BenchmarkCanon(b *testing.B) {
	v := example{Type: "sunbid/example/v1", Name: "某某市政道路改造工程施工", Count: 3, At: canon.At(time.Unix(1, 0))}
	for range 8 {
		v.Parts = append(v.Parts, part{"body", canon.Hash{1}})
	}
	data, err := canon.Marshal(v)
	if err != nil {
		b.Fatal(err)
	}
	for name, do := range map[string]func() error{
		"marshal":   func() error { _, err := canon.Marshal(v); return err },
		"check":     func() error { return canon.Canonical(data) },
		"unmarshal": func() error { var w example; return canon.Unmarshal(data, &w) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// FuzzLeaves: a hash, a time and octets have one notation.
func FuzzLeaves(f *testing.F) {
	for _, text := range []string{canon.Hash{1}.String(), "2026-02-28T23:59:59.999Z", "2024-02-30T00:00:00.000Z", "00ff", "0F", ""} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		canontest.OneEncoding(t, text, func(b []byte) (canon.Hash, error) { return canon.ParseHash(string(b)) }, canon.Hash.MarshalText)
		canontest.OneEncoding(t, text, func(b []byte) (canon.Time, error) { return canon.ParseTime(string(b)) }, canon.Time.MarshalText)
		canontest.OneEncoding(t, text, func(b []byte) (x canon.Hex, err error) { return x, x.UnmarshalText(b) }, canon.Hex.MarshalText)
	})
}

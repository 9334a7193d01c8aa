package canon_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"sunbid/crypto/canon"
)

// vectors is testdata/vectors/canon.json.
type vectors struct {
	Source string
	Values []struct{ Name, Text, Bytes, Expect string }
	// Records are read as example.
	Records []struct{ Name, Text, Expect string }
}

type part struct {
	Kind string     `json:"kind"`
	Hash canon.Hash `json:"hash"`
}

type example struct {
	Type  string     `json:"type"`
	Name  string     `json:"name"`
	Count int        `json:"count"`
	Note  string     `json:"note,omitempty"`
	Parts []part     `json:"parts"`
	At    canon.Time `json:"at"`
}

func load(tb testing.TB) vectors {
	tb.Helper()
	data, err := os.ReadFile("../../testdata/vectors/canon.json")
	if err != nil {
		tb.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		tb.Fatal(err)
	}
	return v
}

func code(err error) string {
	if err == nil {
		return ""
	}
	var coded *canon.Error
	if !errors.As(err, &coded) {
		return "no code: " + err.Error()
	}
	return coded.Code()
}

func TestVectorsValues(t *testing.T) {
	t.Parallel()
	for _, c := range load(t).Values {
		data := []byte(c.Text)
		if c.Bytes != "" {
			data, _ = hex.DecodeString(c.Bytes)
		}
		if got := code(canon.Canonical(data)); got != c.Expect {
			t.Errorf("%q: %q, want %q", data, got, c.Expect)
		}
		var v any
		err := canon.Unmarshal(data, &v)
		if code(err) != c.Expect {
			t.Errorf("%q: reads with %v", data, err)
		}
		if err != nil {
			continue
		}
		if again, err := canon.Marshal(v); err != nil || string(again) != string(data) {
			t.Errorf("%q: written as %q, %v", data, again, err)
		}
	}
}

func TestVectorsRecords(t *testing.T) {
	t.Parallel()
	for _, c := range load(t).Records {
		kept := example{Name: "kept"}
		err := canon.Unmarshal([]byte(c.Text), &kept)
		if code(err) != c.Expect {
			t.Errorf("%s: %v, want %q", c.Name, err, c.Expect)
		}
		if err != nil {
			if kept.Name != "kept" {
				t.Errorf("%s: target touched", c.Name)
			}
			continue
		}
		if again, err := canon.Marshal(kept); err != nil || string(again) != c.Text {
			t.Errorf("%s: written as %s, %v", c.Name, again, err)
		}
	}
}

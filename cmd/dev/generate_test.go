package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A check writes nothing and names what differs; generate writes it; what has shipped is not made again.
func TestGenerate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, once := filepath.Join(dir, "below", "a.json"), filepath.Join(dir, "once.json")
	text := "one"
	all := []generator{
		{name: "a", make: func(context.Context) (map[string][]byte, error) { return map[string][]byte{path: []byte(text)}, nil }},
		{name: "once", shipped: once, make: func(context.Context) (map[string][]byte, error) { return map[string][]byte{once: []byte(text)}, nil }},
	}
	for _, c := range []struct {
		text      string
		checkOnly bool
		stale     bool
		want      [2]string
	}{
		{"one", true, true, [2]string{}},
		{"one", false, false, [2]string{"one", "one"}},
		{"one", true, false, [2]string{"one", "one"}},
		{"two", true, true, [2]string{"one", "one"}},
		{"two", false, false, [2]string{"two", "one"}},
	} {
		text = c.text
		if err := generate(t.Context(), all, c.checkOnly); errors.Is(err, errSaid) != c.stale || err != nil && !c.stale {
			t.Errorf("%+v: %v", c, err)
		}
		for i, p := range []string{path, once} {
			now, err := os.ReadFile(p)
			if string(now) != c.want[i] || (err != nil) != (c.want[i] == "") {
				t.Errorf("%+v: %s holds %q", c, p, now)
			}
		}
	}
}

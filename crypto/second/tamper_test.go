package second_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sunbid/crypto/bundle"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// change is a folder's files that are new (nil: gone), under a name.
type change struct {
	name  string
	files map[string][]byte
}

// TestNothingChangesUnseen flips a byte in every file, drops and adds files, and drops, doubles and swaps the entries of
// every list, as somebody without keys and as one who signs a new manifest. Python names a failure each time, and the first
// check that fails is the one that fails for the first implementation, at the same item.
func TestNothingChangesUnseen(t *testing.T) {
	t.Parallel()
	o := bundletest.New(t, bundletest.Wanted{Bids: 5, Mode: custody.ModeBidderKey, Unreleased: 2, Postponed: true, Later: true, Released: true})
	dir, trust := write(t, o)
	compare(t, o, dir, trust, changesOf(t, o, load(t, dir)))
}

// changesOf are the changes of every file, plain and under a new manifest.
func changesOf(t *testing.T, o *bundletest.Opening, files map[string][]byte) []change {
	t.Helper()
	var changes []change
	for _, path := range slices.Sorted(maps.Keys(files)) {
		size := len(files[path])
		for _, at := range []int{0, size / 2, size - 1} {
			flipped := bytes.Clone(files[path])
			flipped[at] ^= 1
			changes = append(changes, change{fmt.Sprintf("flip byte %d of %s", at, path), map[string][]byte{path: flipped}})
		}
		changes = append(changes, change{"drop " + path, map[string][]byte{path: nil}})
		if strings.HasSuffix(path, ".jsonl") {
			changes = append(changes, lines(path, files[path])...)
		} else if strings.HasSuffix(path, ".json") {
			changes = append(changes, entries(t, path, files[path])...)
		}
	}
	extra := "certificates/" + strings.Repeat("ab", 32) + ".der"
	changes = append(changes, change{"one file more", map[string][]byte{extra: o.CA.Certificate().DER()}},
		change{"a file of no such name", map[string][]byte{"readme.txt": []byte("x")}})
	for _, c := range slices.Clone(changes) {
		if _, manifest := c.files["manifest.json"]; !manifest {
			changes = append(changes, change{c.name + ", signed again", resigned(t, o.Platform.Signer, files, c.files)})
		}
	}
	return changes
}

// alike wants both to fail first in the same check at the same item.
func alike(t *testing.T, name string, first bundle.Report, second []result) {
	t.Helper()
	got := slices.IndexFunc(second, func(r result) bool { return r.Status == "failed" })
	want := slices.IndexFunc(first.Checks, func(c bundle.Check) bool { return c.Err != nil })
	if got < 0 {
		t.Errorf("%s: passed unseen", name)
		return
	}
	if want < 0 {
		t.Errorf("%s: only the second finds %+v", name, second[got])
		return
	}
	one, two := told(first.Checks[want]), second[got]
	if one != two || two.Item == "" {
		if brokenSignature(name, one, two) {
			return
		}
		t.Errorf("%s: the second says %+v, the first %+v", name, two, one)
	}
}

func asBroken(err error, broken **bundle.Broken) bool { return errors.As(err, broken) }

// altered is the folder under a change.
func altered(files, change map[string][]byte) fstest.MapFS {
	out := fstest.MapFS{}
	for _, from := range []map[string][]byte{files, change} {
		for path, data := range from {
			out[path] = &fstest.MapFile{Data: data, Mode: 0o644}
			if data == nil {
				delete(out, path)
			}
		}
	}
	return out
}

// lines drops, doubles and swaps lines of a list.
func lines(path string, data []byte) []change {
	list := bytes.SplitAfter(data, []byte("\n"))
	list = list[:len(list)-1]
	var out []change
	add := func(what string, i int, changed [][]byte) {
		out = append(out, change{fmt.Sprintf("%s line %d of %s", what, i+1, path), map[string][]byte{path: bytes.Join(changed, nil)}})
	}
	for i := range list {
		add("drop", i, slices.Delete(slices.Clone(list), i, i+1))
		add("double", i, slices.Insert(slices.Clone(list), i, list[i]))
		if i > 0 {
			swapped := slices.Clone(list)
			swapped[i-1], swapped[i] = swapped[i], swapped[i-1]
			add("swap", i, swapped)
		}
	}
	return out
}

// entries drops, doubles and swaps the first entries of every list inside a JSON file.
func entries(t *testing.T, path string, data []byte) []change {
	t.Helper()
	var out []change
	for n := 0; ; n++ {
		found := false
		for what, do := range map[string]func([]any) []any{
			"drop first of":  func(v []any) []any { return v[1:] },
			"drop second of": func(v []any) []any { return append(slices.Clone(v[:1]), v[2:]...) },
			"drop last of":   func(v []any) []any { return v[:len(v)-1] },
			"double":         func(v []any) []any { return append([]any{v[0]}, v...) },
			"swap":           func(v []any) []any { return append([]any{v[len(v)-1]}, append(slices.Clone(v[1:len(v)-1]), v[0])...) },
		} {
			var value any
			d := json.NewDecoder(bytes.NewReader(data))
			d.UseNumber()
			check(t, d.Decode(&value))
			left := n
			edited := edit(value, &left, do)
			found = found || left < 0
			text, err := canon.Marshal(edited)
			check(t, err)
			if !bytes.Equal(text, data) {
				out = append(out, change{fmt.Sprintf("%s list %d in %s", what, n, path), map[string][]byte{path: text}})
			}
		}
		if !found {
			return out
		}
	}
}

// edit changes the n-th list found, unless it is too short; n is below 0 once it was found.
func edit(value any, n *int, do func([]any) []any) any {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			v[key] = edit(v[key], n, do)
		}
	case []any:
		*n--
		if *n == -1 && len(v) > 1 {
			return do(v)
		}
		for i := range v {
			v[i] = edit(v[i], n, do)
		}
	}
	return value
}

// resigned is a change with a manifest that tells of it, signed by the platform.
func resigned(t *testing.T, platform pki.Signer, files, changed map[string][]byte) map[string][]byte {
	t.Helper()
	signed, err := pki.ParseSigned[bundle.Manifest](files["manifest.json"])
	check(t, err)
	all := altered(files, changed)
	signed.Body.Files = nil
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if path != "manifest.json" {
			signed.Body.Files = append(signed.Body.Files, bundle.File{Path: path, Size: int64(len(all[path].Data)), SM3: canon.Sum(all[path].Data)})
		}
	}
	again, err := pki.Sign(signed.Body, platform)
	check(t, err)
	out := maps.Clone(changed)
	out["manifest.json"], err = again.Marshal()
	check(t, err)
	return out
}

// brokenSignature: a flipped octet within the text of a signature leaves a wrong signature to one reader and no signature to the other.
// Both name the record; SPEC.md does not say which of the two codes comes first there.
func brokenSignature(name string, one, two result) bool {
	either := func(code string) bool { return code == "record-malformed" || code == "record-signature" }
	same := one.Check == two.Check && one.Item == two.Item && one.Status == two.Status
	return strings.HasPrefix(name, "flip byte") && same && either(one.Code) && either(two.Code)
}

package bundle_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
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

// attack is one change of a bundle's files. hint, if given, must stand in the name of what broke.
type attack struct {
	name string
	hint string
	do   func(files map[string][]byte)
}

// TestNothingChangesUnseen flips a byte in every file, and drops, duplicates and reorders the entries of every list, each as
// somebody without keys and as somebody who holds the platform's signing key and signs a new manifest.
func TestNothingChangesUnseen(t *testing.T) {
	t.Parallel()
	o := bundletest.New(t, bundletest.Wanted{Bids: 5, Mode: custody.ModeBidderKey, Unreleased: 2, Postponed: true, Released: true})
	files := load(t, write(t, o))
	attacks := attacksOn(files)
	t.Logf("%d files, %d attacks, each with and without the platform's key", len(files), len(attacks))
	for _, signed := range []bool{false, true} {
		t.Run(fmt.Sprintf("signed again %v", signed), func(t *testing.T) {
			t.Parallel()
			for _, a := range attacks {
				tried(t, o, files, a, signed)
			}
		})
	}
}

// attacksOn are the changes of every file and of every list in it.
func attacksOn(files map[string][]byte) []attack {
	var attacks []attack
	for _, path := range slices.Sorted(maps.Keys(files)) {
		attacks = append(attacks, flips(path, len(files[path]))...)
		attacks = append(attacks, moved(files, path)...)
		if strings.HasSuffix(path, ".jsonl") {
			attacks = append(attacks, lines(path, files[path])...)
		} else if strings.HasSuffix(path, ".json") {
			attacks = append(attacks, arrays(path, files[path])...)
		}
	}
	return attacks
}

// tried makes one attack, as somebody without keys or as the holder of the platform's key.
func tried(t *testing.T, o *bundletest.Opening, files map[string][]byte, a attack, signed bool) {
	t.Helper()
	changed := maps.Clone(files)
	a.do(changed)
	if same(changed, files) {
		t.Errorf("%s: changes nothing", a.name)
		return
	}
	if signed {
		if !same(without(changed, "manifest.json"), without(files, "manifest.json")) {
			resign(t, o.Platform.Signer, changed)
		} else if a.hint == "manifest.json" && !signManifest(o.Platform.Signer, changed) {
			return // a flipped byte that leaves no manifest to sign
		} else {
			a.hint = "" // a manifest that lies about a file breaks at that file
		}
	}
	found(t, a, changed, o.Trust(t))
}

// found wants the verifier to name what broke.
func found(t *testing.T, a attack, files map[string][]byte, trust *pki.Trust) {
	t.Helper()
	r := bundle.Verify(fsOf(files), trust)
	if r.OK() {
		t.Errorf("%s: passed unseen", a.name)
		return
	}
	for _, c := range r.Checks {
		var b *bundle.Broken
		if c.Err == nil {
			continue
		}
		if !errors.As(c.Err, &b) || b.Item == "" || b.Code() == "" {
			t.Errorf("%s: %s does not name what broke: %v", a.name, c.Name, c.Err)
		}
		if a.hint != "" && !strings.Contains(c.Err.Error(), a.hint) {
			t.Errorf("%s: %s names %v, not %s", a.name, c.Name, c.Err, a.hint)
		}
		return // the first is what a person reads
	}
	t.Errorf("%s: broken, and no check says why", a.name)
}

func flips(path string, size int) []attack {
	var out []attack
	for _, at := range []int{0, size / 7, size / 3, size / 2, size - size/5, size - 2, size - 1} {
		out = append(out, attack{fmt.Sprintf("flip byte %d of %s", at, path), subject(path), func(f map[string][]byte) {
			f[path] = bytes.Clone(f[path])
			f[path][at] ^= 1
		}})
	}
	return out
}

// subject is what must be named when a file is changed: the bid, else the file.
func subject(path string) string {
	if strings.HasPrefix(path, "bids/") {
		return strings.Split(path, "/")[1]
	}
	return path
}

// moved drops a file, copies it to the next free name of its kind, and swaps it with its neighbour.
func moved(files map[string][]byte, path string) []attack {
	out := []attack{{"drop " + path, "", func(f map[string][]byte) { delete(f, path) }}}
	if to := sibling(files, path); to != "" {
		out = append(out, attack{"duplicate " + path, "", func(f map[string][]byte) { f[to] = f[path] }})
	}
	dir, name, _ := strings.Cut(path, "/")
	for _, other := range slices.Sorted(maps.Keys(files)) {
		d, n, _ := strings.Cut(other, "/")
		sameKind := d == dir && n > name && (dir != "bids" || n[30:] == name[30:])
		if strings.Contains(path, "/") && sameKind {
			out = append(out, attack{"swap " + path + " and " + other, "", func(f map[string][]byte) { f[path], f[other] = f[other], f[path] }})
			break
		}
	}
	return out
}

// sibling is a free name of the same shape.
func sibling(files map[string][]byte, path string) string {
	switch {
	case strings.HasPrefix(path, "certificates/"):
		return "certificates/" + strings.Repeat("ab", 32) + ".der"
	case strings.HasPrefix(path, "bids/"):
		return "bids/" + bundletest.NewID("bd") + "/" + strings.Split(path, "/")[2]
	case strings.HasPrefix(path, "notices/") || strings.HasPrefix(path, "partials/") || strings.HasPrefix(path, "postponement-") || strings.HasPrefix(path, "erased-"):
		for n := 1; ; n++ {
			i := strings.LastIndexAny(path, "/-")
			to := fmt.Sprintf("%s%d.json", path[:i+1], n)
			if files[to] == nil {
				return to
			}
		}
	}
	return ""
}

// lines drops and doubles every line of a list and swaps every two neighbours.
func lines(path string, data []byte) []attack {
	list := bytes.SplitAfter(data, []byte("\n"))
	list = list[:len(list)-1]
	var out []attack
	add := func(what string, i int, changed [][]byte) {
		out = append(out, attack{fmt.Sprintf("%s line %d of %s", what, i+1, path), "", func(f map[string][]byte) { f[path] = bytes.Join(changed, nil) }})
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

// arrays drops, doubles and swaps the first entries of every array inside a JSON file.
func arrays(path string, data []byte) []attack {
	var out []attack
	for n := 0; ; n++ {
		any := false
		for _, how := range []string{"drop", "double", "swap"} {
			count := n
			changed, done := edit(decode(data), &count, how)
			any = any || count < 0
			if !done {
				continue
			}
			text, err := canon.Marshal(changed)
			if err != nil || bytes.Equal(text, data) {
				continue
			}
			out = append(out, attack{fmt.Sprintf("%s an entry of list %d in %s", how, n, path), "", func(f map[string][]byte) { f[path] = text }})
		}
		if !any {
			return out
		}
	}
}

// edit changes the n-th array found; done tells whether it had enough entries. n is below 0 once it was found.
func edit(v any, n *int, how string) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			changed, done := edit(v[key], n, how)
			v[key] = changed
			if *n < 0 {
				return v, done
			}
		}
	case []any:
		*n--
		if *n < 0 {
			switch {
			case how == "drop" && len(v) > 0:
				return v[1:], true
			case how == "double" && len(v) > 0:
				return append([]any{v[0]}, v...), true
			case how == "swap" && len(v) > 1:
				return append([]any{v[1], v[0]}, v[2:]...), true
			}
			return v, false
		}
		for i := range v {
			changed, done := edit(v[i], n, how)
			v[i] = changed
			if *n < 0 {
				return v, done
			}
		}
	}
	return v, false
}

func decode(data []byte) any {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	_ = d.Decode(&v) // the files are JSON
	return v
}

func load(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[path], err = fs.ReadFile(os.DirFS(dir), path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func fsOf(files map[string][]byte) fs.FS {
	out := fstest.MapFS{}
	for path, data := range files {
		out[path] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
	return out
}

func same(a, b map[string][]byte) bool { return maps.EqualFunc(a, b, bytes.Equal) }

func without(files map[string][]byte, path string) map[string][]byte {
	out := maps.Clone(files)
	delete(out, path)
	return out
}

// resign makes a manifest over the files as they are, with the platform's key.
func resign(t testing.TB, platform pki.Signer, files map[string][]byte) {
	t.Helper()
	signed, err := pki.ParseSigned[bundle.Manifest](files["manifest.json"])
	if files["manifest.json"] == nil {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	m := signed.Body
	m.Files = nil
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if path != "manifest.json" {
			m.Files = append(m.Files, bundle.File{Path: path, Size: int64(len(files[path])), SM3: canon.Sum(files[path])})
		}
	}
	files["manifest.json"] = sign(t, m, platform)
}

// signManifest signs a changed manifest as it stands; false when it is none any more, or says the same.
func signManifest(platform pki.Signer, files map[string][]byte) bool {
	var loose struct {
		Body bundle.Manifest `json:"body"`
	}
	if json.Unmarshal(files["manifest.json"], &loose) != nil {
		return false
	}
	signed, err := pki.Sign(loose.Body, platform)
	if err != nil {
		return false
	}
	files["manifest.json"], err = signed.Marshal()
	return err == nil && !sameFiles(loose.Body, files)
}

// sameFiles tells whether a manifest is true: then signing it again changed nothing but a date.
func sameFiles(m bundle.Manifest, files map[string][]byte) bool {
	if m.Type != bundle.TypeManifest && m.Type != bundle.TypeClosed || len(m.Files) != len(files)-1 || !slices.IsSortedFunc(m.Files, func(a, b bundle.File) int { return strings.Compare(a.Path, b.Path) }) {
		return false
	}
	for _, f := range m.Files {
		if data, ok := files[f.Path]; !ok || canon.Sum(data) != f.SM3 || int64(len(data)) != f.Size {
			return false
		}
	}
	return true
}

func sign[T any](t testing.TB, body T, by ...pki.Signer) []byte {
	t.Helper()
	signed, err := pki.Sign(body, by...)
	if err != nil {
		t.Fatal(err)
	}
	data, err := signed.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestPlatformCannotForge alters and re-signs, with the platform's key, what the platform alone signs.
func TestPlatformCannotForge(t *testing.T) {
	t.Parallel()
	o := bundletest.New(t, bundletest.Wanted{Bids: 5, Released: true})
	files := load(t, write(t, o))
	record := o.Contents.Record.Body
	other := int64(1)
	for _, c := range []struct {
		name, breaks string
		forge        func(f map[string][]byte)
	}{
		{"a bid left out everywhere", bundle.CheckStatements, func(f map[string][]byte) {
			gone := record.Rows[2].Bid
			delete(f, "bids/"+gone+"/statement.json")
			delete(f, "bids/"+gone+"/readout.gmtb")
			hashes := []canon.Hash{}
			for i, r := range record.Rows {
				if i != 2 {
					hashes = append(hashes, r.Statement)
				}
			}
			freeze := o.Contents.Freeze.Body
			freeze.Count, freeze.Root = len(hashes), custody.FreezeRoot(hashes)
			f["freeze.json"] = sign(t, freeze, o.Platform.Signer)
			r := record
			r.Rows = append(slices.Clone(record.Rows[:2]), record.Rows[3:]...)
			f["record.json"] = sign(t, r, o.Platform.Signer, o.Tenderer.Signer, o.Agency.Signer)
		}},
		{"another freeze record", bundle.CheckFreeze, func(f map[string][]byte) {
			freeze := o.Contents.Freeze.Body
			freeze.FrozenAt = canon.At(freeze.FrozenAt.Add(1e9))
			f["freeze.json"] = sign(t, freeze, o.Platform.Signer)
		}},
		{"another price, signed by all three", bundle.CheckRecord, func(f map[string][]byte) {
			r := record
			r.Rows = slices.Clone(record.Rows)
			readout := *r.Rows[1].Readout
			readout.PriceFen = &other
			r.Rows[1].Readout = &readout
			f["record.json"] = sign(t, r, o.Platform.Signer, o.Tenderer.Signer, o.Agency.Signer)
		}},
		{"read-outs of two bids swapped", bundle.CheckEnvelopes, func(f map[string][]byte) {
			a, b := "bids/"+record.Rows[0].Bid+"/readout.gmtb", "bids/"+record.Rows[1].Bid+"/readout.gmtb"
			f[a], f[b] = f[b], f[a]
		}},
		{"a release signed by one officer", bundle.CheckReleases, func(f map[string][]byte) {
			f["release-price.json"] = sign(t, o.Contents.Releases[0].Body, o.Officers[0].Signer)
		}},
		{"a release signed by others", bundle.CheckReleases, func(f map[string][]byte) {
			f["release-price.json"] = sign(t, o.Contents.Releases[0].Body, o.Platform.Signer, o.Tenderer.Signer)
		}},
		{"a release that rests on another record", bundle.CheckReleases, func(f map[string][]byte) {
			r := o.Contents.Releases[0].Body
			r.After = canon.Sum([]byte("another result"))
			f["release-price.json"] = sign(t, r, o.Officers[0].Signer, o.Officers[1].Signer)
		}},
		{"a release of a moment the lot has not", bundle.CheckReleases, func(f map[string][]byte) {
			r := o.Contents.Releases[0].Body
			r.Moment = "identity"
			f["release-identity.json"] = sign(t, r, o.Officers[0].Signer, o.Officers[1].Signer)
		}},
		{"a release left out", bundle.CheckReleases, func(f map[string][]byte) { delete(f, "release-price.json") }},
		{"another title", bundle.CheckTender, func(f map[string][]byte) {
			f["tender.json"] = bytes.Replace(f["tender.json"], []byte("某道路"), []byte("某桥梁"), 1)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			changed := maps.Clone(files)
			c.forge(changed)
			resign(t, o.Platform.Signer, changed)
			r := bundle.Verify(fsOf(changed), o.Trust(t))
			if check, _ := r.Find(c.breaks); check.Err == nil {
				t.Errorf("%s holds: %+v", c.breaks, r.Checks)
			}
		})
	}
}

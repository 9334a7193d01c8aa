package second_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sunbid/crypto/bundle"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/custody"
)

// result is one check as main.py tells it.
type result struct {
	Check, Status, Item, Code string
	Count                     int
}

// python runs main.py and returns what it printed; good tells whether it left with 0.
func python(t *testing.T, stdin []byte, args ...string) (printed []byte, good bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "python3", append([]string{"-B", "main.py"}, args...)...)
	var errors bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), &errors
	printed, err := cmd.Output()
	if errors.Len() > 0 || err != nil && cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("python3 main.py %v: %v\n%s", args, err, errors.Bytes())
	}
	return printed, err == nil
}

// alter asks about a folder under changes, in one process.
func alter(t *testing.T, dir, trust string, changes []map[string][]byte) [][]result {
	t.Helper()
	var in bytes.Buffer
	for _, change := range changes {
		line := struct {
			Set  map[string]string `json:"set"`
			Drop []string          `json:"drop"`
		}{map[string]string{}, []string{}}
		for path, data := range change {
			if data == nil {
				line.Drop = append(line.Drop, path)
			} else {
				line.Set[path] = base64.StdEncoding.EncodeToString(data)
			}
		}
		check(t, json.NewEncoder(&in).Encode(line))
	}
	printed, _ := python(t, in.Bytes(), "altered", dir, "--trust", trust)
	var all [][]result
	for d := json.NewDecoder(bytes.NewReader(printed)); d.More(); {
		var one []result
		check(t, d.Decode(&one))
		all = append(all, one)
	}
	if len(all) != len(changes) {
		t.Fatalf("%d answers to %d changes", len(all), len(changes))
	}
	return all
}

func TestVectors(t *testing.T) {
	t.Parallel()
	if printed, good := python(t, nil, "vectors", "../../testdata/vectors"); !good {
		t.Errorf("%s", printed)
	}
}

// TestBundle has openings of every sort read by both implementations: they count the same.
func TestBundle(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bundletest.Wanted{
		"five bids":              {Bids: 5},
		"five bids, mode B":      {Bids: 5, Mode: custody.ModeBidderKey, Unreleased: 2, Postponed: true},
		"one that is no readout": {Bids: 3, Garbled: true},
		"two envelopes":          {Bids: 3, Later: true, Released: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := bundletest.New(t, want)
			dir, trust := write(t, o)
			both(t, "as published", bundle.Verify(os.DirFS(dir), o.Trust(t)), alter(t, dir, trust, make([]map[string][]byte, 1))[0])
			if printed, good := python(t, nil, "bundle", dir, "--trust", trust); !good {
				t.Errorf("the second implementation refuses it:\n%s", printed)
			}
			both(t, "without trust", bundle.Verify(os.DirFS(dir), nil), untrusted(t, dir))
		})
	}
}

// untrusted is the outcome without a trust list.
func untrusted(t *testing.T, dir string) []result {
	t.Helper()
	printed, _ := python(t, []byte(`{"set":{},"drop":[]}`), "altered", dir)
	var one []result
	check(t, json.Unmarshal(printed, &one))
	return one
}

// both wants the two implementations to say the same of every check.
func both(t *testing.T, name string, first bundle.Report, second []result) {
	t.Helper()
	if len(first.Checks) != len(second) {
		t.Fatalf("%s: %d checks, and %d", name, len(first.Checks), len(second))
	}
	for i, one := range first.Checks {
		if got, want := second[i], told(one); got != want {
			t.Errorf("%s: the second says %+v, the first %+v", name, got, want)
		}
	}
}

// told is a check in the second one's words.
func told(c bundle.Check) result {
	r := result{Check: c.Name, Status: "ok", Count: c.Count}
	var broken *bundle.Broken
	switch {
	case c.Skipped == bundle.NotChecked:
		r.Status = c.Skipped
	case c.Skipped != "":
		r.Status, r.Item = "skipped", c.Skipped
	case asBroken(c.Err, &broken):
		r.Status, r.Item, r.Code, r.Count = "failed", broken.Item, broken.Code(), 0
	}
	return r
}

// write puts the bundle and its trust list on disk.
func write(t *testing.T, o *bundletest.Opening) (dir, trust string) {
	t.Helper()
	dir, trust = filepath.Join(t.TempDir(), "bundle"), filepath.Join(t.TempDir(), "trust.json")
	check(t, bundle.Write(dir, o.Contents, o.Platform.Signer))
	list, err := o.Trust(t).Marshal()
	check(t, err)
	check(t, os.WriteFile(trust, list, 0o600))
	return dir, trust
}

// load reads a folder.
func load(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	check(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[path], err = fs.ReadFile(os.DirFS(dir), path)
		return err
	}))
	return files
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package bundle_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sunbid/cmd/dev/goldentest"
	"sunbid/crypto/bundle"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// vector is one case of testdata/vectors/bundle.json: the bundle beside it, changed in one place.
type vector struct {
	Name string `json:"name"`
	Drop string `json:"drop,omitempty"` // a path to leave out
	Flip string `json:"flip,omitempty"` // a path whose byte At is changed in its lowest bit; At below 0 counts from the end
	At   int    `json:"at,omitempty"`
	// Check and Item are the check that must fail and what it must name; empty: everything holds.
	Check  string `json:"check,omitempty"`
	Item   string `json:"item,omitempty"`
	Expect string `json:"expect,omitempty"` // the code
}

const vectors = "../../testdata/vectors"

func TestVectors(t *testing.T) {
	t.Parallel()
	if goldentest.Asked() {
		makeVector(t)
		return
	}
	files := load(t, filepath.Join(vectors, "bundle"))
	raw, err := os.ReadFile(filepath.Join(vectors, "bundle-trust.json"))
	check(t, err)
	trust, err := pki.ParseTrust(raw)
	check(t, err)
	raw, err = os.ReadFile(filepath.Join(vectors, "bundle.json"))
	check(t, err)
	var cases []vector
	check(t, json.Unmarshal(raw, &cases))
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			changed := without(files, c.Drop)
			if c.Flip != "" {
				data := slices.Clone(changed[c.Flip])
				data[(c.At+len(data))%len(data)] ^= 1
				changed[c.Flip] = data
			}
			r := bundle.Verify(fsOf(changed), trust)
			if c.Expect == "" {
				if !r.OK() || !r.Trusted() {
					t.Errorf("%+v", r.Checks)
				}
				return
			}
			found, _ := r.Find(c.Check)
			var b *bundle.Broken
			if !errors.As(found.Err, &b) || b.Code() != c.Expect || b.Item != c.Item {
				t.Errorf("%s says %v, want %s %s", c.Check, found.Err, c.Item, c.Expect)
			}
		})
	}
}

// makeVector makes the bundle, its trust list and its cases anew.
func makeVector(t *testing.T) {
	t.Helper()
	const home = "testdata/vectors/"
	dir := filepath.Join(t.TempDir(), "bundle")
	o := bundletest.New(t, bundletest.Wanted{Bids: 3, Mode: custody.ModeBidderKey, Unreleased: 1, Postponed: true})
	check(t, bundle.Write(dir, o.Contents, o.Platform.Signer))
	for path, data := range load(t, dir) {
		goldentest.Write(t, home+"bundle/"+path, data)
	}
	list, err := o.Trust(t).Marshal()
	check(t, err)
	goldentest.Write(t, home+"bundle-trust.json", list)
	rows := o.Contents.Record.Body.Rows
	first, opened := "bids/"+rows[0].Bid+"/", "bids/"+rows[1].Bid+"/"
	log := "certificates/" + o.LogParty.Signing.Fingerprint().String() + ".der"
	cases := []vector{
		{Name: "as published"},
		{Name: "no freeze record", Drop: "freeze.json", Check: bundle.CheckManifest, Item: "freeze.json", Expect: "file-missing"},
		{Name: "a statement is missing", Drop: first + "statement.json", Check: bundle.CheckManifest, Item: first + "statement.json", Expect: "file-missing"},
		{Name: "sealed content changed", Flip: opened + "readout.gmtb", At: -1, Check: bundle.CheckEnvelopes, Item: opened + "readout.gmtb", Expect: "root-mismatch"},
		{Name: "not a sealed file", Flip: opened + "readout.gmtb", At: 0, Check: bundle.CheckEnvelopes, Item: opened + "readout.gmtb", Expect: "file-magic"},
		{Name: "digest differs", Flip: "officer-key.json", At: -20, Check: bundle.CheckFiles, Item: "officer-key.json", Expect: "file-digest"},
		{Name: "certificate under another name", Flip: log, At: -1, Check: bundle.CheckCertificates, Item: log, Expect: "certificate-name"},
		{Name: "log event changed", Flip: "events.jsonl", At: 0, Check: bundle.CheckEvents, Item: "events.jsonl:1", Expect: "canon-not-canonical"},
		{Name: "no canonical record", Flip: "binding.json", At: 0, Check: bundle.CheckBinding, Item: "binding.json", Expect: "canon-not-canonical"},
	}
	text, err := json.MarshalIndent(cases, "", "  ")
	check(t, err)
	goldentest.Write(t, home+"bundle.json", append(text, '\n'))
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

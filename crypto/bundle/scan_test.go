package bundle_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"sunbid/crypto/bundle"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/custody"
)

// TestNothingPersonal scans every file of a bundle for ID numbers, phones, accounts and what stands in bid bodies
// (个人信息保护法 art. 6; 招标投标法 art. 22).
func TestNothingPersonal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, found string }{
		{"ID number", `"11010519491231002X"`, "ID number"},
		{"ID number with a wrong check digit", `"110105194912310021"`, ""},
		{"credit code", `"` + bundletest.CreditCode(7) + `"`, ""},
		{"phone", `联系电话 13812345678。`, "phone"},
		{"landline", `020-83123456`, "phone"},
		{"account", `6222021234567890128`, "account"},
		{"digest", `"0138123456781381234567813812345678"`, ""},
	} {
		if got := bundletest.Personal([]byte(c.text)); got != c.found {
			t.Errorf("%s: the scanner says %q", c.name, got)
		}
	}
	o := bundletest.New(t, bundletest.Wanted{Bids: 5, Mode: custody.ModeBidderKey, Unreleased: 1, Postponed: true})
	for path, data := range load(t, write(t, o)) {
		if what := bundletest.Personal(data); what != "" {
			t.Errorf("%s holds a %s", path, what)
		}
		for _, body := range o.Bodies {
			if bytes.Contains(data, []byte(body)) {
				t.Errorf("%s holds a bid body", path)
			}
		}
	}
}

// TestFolderIsBounded: nothing that does not belong is read, and no link is followed.
func TestFolderIsBounded(t *testing.T) {
	t.Parallel()
	o := bundletest.New(t, bundletest.Wanted{Bids: 1})
	for _, c := range []struct {
		name, code string
		do         func(dir string) error
	}{
		{"extra file", "file-unknown", func(dir string) error { return os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("x"), 0o600) }},
		{"hidden file", "file-unknown", func(dir string) error { return os.WriteFile(filepath.Join(dir, ".x"), nil, 0o600) }},
		{"deep folder", "file-unknown", func(dir string) error { return os.MkdirAll(filepath.Join(dir, "bids", "a", "b"), 0o700) }},
		{"link out of the folder", "file-not-regular", func(dir string) error {
			return errors2(os.Remove(filepath.Join(dir, "tender.json")), os.Symlink("/etc/hostname", filepath.Join(dir, "tender.json")))
		}},
		{"linked folder", "file-not-regular", func(dir string) error { return os.Symlink("/etc", filepath.Join(dir, "notes")) }},
		{"huge certificate", "file-too-large", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "certificates", o.Platform.Signing.Fingerprint().String()+".der"), make([]byte, 1<<20), 0o600)
		}},
		{"missing file", "file-missing", func(dir string) error { return os.Remove(filepath.Join(dir, "freeze.json")) }},
		{"no folder at all", "", func(dir string) error { return os.RemoveAll(dir) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := write(t, o)
			if err := c.do(dir); err != nil {
				t.Fatal(err)
			}
			r := bundle.Verify(os.DirFS(dir), nil)
			var coded interface{ Code() string }
			if r.OK() || r.Checks[0].Err == nil {
				t.Fatalf("holds: %+v", r.Checks)
			}
			if coded, _ = r.Checks[0].Err.(interface{ Code() string }); c.code != "" && coded.Code() != c.code {
				t.Errorf("code %q, want %q: %v", coded.Code(), c.code, r.Checks[0].Err)
			}
		})
	}
}

func errors2(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

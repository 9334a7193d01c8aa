package bundle_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
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
		if got := personal([]byte(c.text)); got != c.found {
			t.Errorf("%s: the scanner says %q", c.name, got)
		}
	}
	o := bundletest.New(t, bundletest.Wanted{Bids: 5, Mode: custody.ModeBidderKey, Unreleased: 1, Postponed: true})
	for path, data := range load(t, write(t, o)) {
		if what := personal(data); what != "" {
			t.Errorf("%s holds a %s", path, what)
		}
		for _, body := range o.Bodies {
			if bytes.Contains(data, []byte(body)) {
				t.Errorf("%s holds a bid body", path)
			}
		}
	}
}

var (
	words   = regexp.MustCompile(`[0-9A-Za-z]+`)
	mobile  = regexp.MustCompile(`^(86)?1[3-9][0-9]{9}$`)
	fixed   = regexp.MustCompile(`(^|[^0-9A-Za-z-])0[0-9]{2,3}-[1-9][0-9]{6,7}($|[^0-9A-Za-z-])`)
	account = regexp.MustCompile(`^[0-9]{16,19}$`)
	idShape = regexp.MustCompile(`^[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]$`)
)

// personal names the first thing of a person in a file; empty when there is none.
func personal(data []byte) string {
	for _, w := range words.FindAll(data, -1) {
		switch {
		case idShape.Match(w) && idChecks(w):
			return "ID number"
		case mobile.Match(w):
			return "phone"
		case account.Match(w) && luhn(w):
			return "account"
		}
	}
	if fixed.Match(data) {
		return "phone"
	}
	return ""
}

// idChecks computes the check digit of GB 11643.
func idChecks(w []byte) bool {
	sum := 0
	for i := range 17 {
		sum += int(w[i]-'0') * ((1 << (17 - i)) % 11)
	}
	return "10X98765432"[sum%11] == w[17]
}

func luhn(w []byte) bool {
	sum := 0
	for i := range w {
		d := int(w[len(w)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
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

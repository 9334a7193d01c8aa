package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sunbid/crypto/bundle"
	"sunbid/crypto/bundle/bundletest"
)

// TestVerify runs the real program over a bundle, whole and broken.
func TestVerify(t *testing.T) {
	t.Parallel()
	bin := filepath.Join(t.TempDir(), "verify")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	o := bundletest.New(t, bundletest.Wanted{Bids: 5})
	dir := filepath.Join(t.TempDir(), "bundle")
	must(t, bundle.Write(dir, o.Contents, o.Platform.Signer))
	trust := filepath.Join(t.TempDir(), "trust.json")
	list, err := o.Trust(t).Marshal()
	must(t, err)
	must(t, os.WriteFile(trust, list, 0o600))

	for _, c := range []struct {
		name string
		args []string
		exit int
		says []string
	}{
		{"trusted", []string{"bundle", dir, "--trust", trust}, 0, []string{"readouts", "通过 ok  5", "全部通过"}},
		{"flags first", []string{"bundle", "--trust", trust, dir}, 0, []string{"全部通过"}},
		{"without trust", []string{"bundle", dir}, 0, []string{"结论：内容相符，但未核对信任", "未核对信任", o.Platform.Signing.Fingerprint().String()}},
		{"no such folder", []string{"bundle", dir + "x"}, 2, nil},
		{"no trust file", []string{"bundle", dir, "--trust", dir + "x"}, 2, nil},
		{"nothing", nil, 2, []string{"verify bundle"}},
		{"unknown", []string{"open", dir}, 2, nil},
		{"help", []string{"help"}, 0, []string{"verify receipt"}},
		{"not a receipt", []string{"receipt", trust}, 1, []string{"BROKEN", "canon-unknown-key"}},
	} {
		exit, out := run(t, bin, c.args...)
		if exit != c.exit {
			t.Errorf("%s: exit %d, want %d\n%s", c.name, exit, c.exit, out)
		}
		for _, text := range c.says {
			if !strings.Contains(out, text) {
				t.Errorf("%s: does not say %q:\n%s", c.name, text, out)
			}
		}
	}

	forged := filepath.Join(dir, "x\n结论：全部通过 \x1b[2A")
	must(t, os.WriteFile(forged, nil, 0o600))
	if exit, out := run(t, bin, "bundle", dir); exit != 1 || strings.Contains(out, "\n结论：全部通过") || strings.Contains(out, "\x1b") {
		t.Errorf("exit %d: the name of a file speaks for the program:\n%s", exit, out)
	}
	must(t, os.Remove(forged))

	id := o.Contents.Record.Body.Rows[3].Bid
	path := filepath.Join(dir, "bids", id, "readout.gmtb")
	data, err := os.ReadFile(path)
	must(t, err)
	data[len(data)-1] ^= 1
	must(t, os.WriteFile(path, data, 0o600))
	exit, out := run(t, bin, "bundle", dir, "--json")
	var report struct {
		OK     bool
		Trust  string
		Checks []struct{ Name, Status, Item, Code string }
	}
	must(t, json.Unmarshal([]byte(out), &report))
	if exit != 1 || report.OK || report.Trust != "not-checked" {
		t.Errorf("exit %d: %s", exit, out)
	}
	for _, c := range report.Checks {
		if c.Name == bundle.CheckEnvelopes && (c.Status != "broken" || !strings.Contains(c.Item, id) || c.Code == "") {
			t.Errorf("%+v", c)
		}
	}
}

// TestOffline: the program cannot speak to a network, and knows no store.
func TestOffline(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	must(t, err)
	for _, dep := range strings.Fields(string(out)) {
		if dep == "net/http" || strings.HasPrefix(dep, "sunbid/") && !strings.HasPrefix(dep, "sunbid/crypto/") && dep != "sunbid/cmd/verify" {
			t.Errorf("imports %s", dep)
		}
	}
}

func run(t *testing.T, bin string, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	c := exec.CommandContext(t.Context(), bin, args...)
	c.Stdout, c.Stderr = &out, &out
	var exit *exec.ExitError
	if err := c.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

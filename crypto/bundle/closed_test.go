package bundle_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"sunbid/crypto/bundle"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
)

// closedLots are a lot that failed and one that was terminated, with as many bids as each may have.
func closedLots() []bundletest.Wanted {
	return []bundletest.Wanted{
		{Bids: 2, End: bundle.Failed},
		{Bids: 0, End: bundle.Failed},
		{Bids: 3, End: bundle.Terminated, Postponed: true},
	}
}

func TestClosedBundleHolds(t *testing.T) {
	t.Parallel()
	for _, want := range closedLots() {
		t.Run(fmt.Sprintf("%s with %d", want.End, want.Bids), func(t *testing.T) {
			t.Parallel()
			o := bundletest.New(t, want)
			r := bundle.Verify(os.DirFS(write(t, o)), o.Trust(t))
			if !r.OK() || !r.Trusted() || r.End != want.End {
				t.Errorf("%+v", r)
			}
			if c, _ := r.Find(bundle.CheckErasure); c.Count != 3 {
				t.Errorf("erasure: %+v", c)
			}
			if _, there := r.Find(bundle.CheckFreeze); there {
				t.Error("a check of what is not in it is reported")
			}
		})
	}
}

// TestClosedBundleNamesNobody: who bid, and how many, stands nowhere in it (招标投标法 art. 22), and bundles of two and of no bids have
// the same files and the same events.
func TestClosedBundleNamesNobody(t *testing.T) {
	t.Parallel()
	var shapes []string
	for _, bids := range []int{0, 1, 2} {
		o := bundletest.New(t, bundletest.Wanted{Bids: bids, End: bundle.Failed})
		files := load(t, write(t, o))
		var names []string
		for path, data := range files {
			if what := bundletest.Personal(data); what != "" {
				t.Errorf("%s holds a %s", path, what)
			}
			if !strings.HasPrefix(path, "certificates/") {
				names = append(names, path)
			}
			for i := range bids {
				signed, by := o.Statement(i)
				hash, err := signed.Hash()
				check(t, err)
				for _, secret := range []string{by.Name, by.Code, by.Signing.Fingerprint().String(), hash.String(), signed.Body.Bid, `"count"`} {
					if bytes.Contains(data, []byte(secret)) || bytes.Contains([]byte(path), []byte(secret)) {
						t.Errorf("%s tells %s", path, secret)
					}
				}
			}
		}
		slices.Sort(names)
		shapes = append(shapes, fmt.Sprint(names, bytes.Count(files["events.jsonl"], []byte("\n")), len(files)))
	}
	if shapes[0] != shapes[1] || shapes[0] != shapes[2] {
		t.Errorf("bundles of 0, 1 and 2 bids differ:\n%s", strings.Join(shapes, "\n"))
	}
}

// TestNothingOfAClosedBundleChangesUnseen is TestNothingChangesUnseen for lots that were never opened.
func TestNothingOfAClosedBundleChangesUnseen(t *testing.T) {
	t.Parallel()
	for _, want := range []bundletest.Wanted{closedLots()[0], closedLots()[2]} {
		t.Run(fmt.Sprintf("%s with %d", want.End, want.Bids), func(t *testing.T) {
			t.Parallel()
			o := bundletest.New(t, want)
			files := load(t, write(t, o))
			for _, a := range attacksOn(files) {
				for _, signed := range []bool{false, true} {
					tried(t, o, files, a, signed)
				}
			}
		})
	}
}

// TestPlatformCannotForgeAnEnd signs again, with the platform's key, what would make another story of it.
func TestPlatformCannotForgeAnEnd(t *testing.T) {
	t.Parallel()
	failed, terminated := bundletest.New(t, closedLots()[0]), bundletest.New(t, closedLots()[2])
	opened := bundletest.New(t, bundletest.Wanted{Bids: 3})
	for _, c := range []struct {
		name   string
		o      *bundletest.Opening
		breaks string
		forge  func(f map[string][]byte)
	}{
		{"a termination called a failure", terminated, bundle.CheckEvents, func(f map[string][]byte) { setEnd(t, terminated, f, bundle.TypeClosed, bundle.Failed) }},
		{"a failure called a termination", failed, bundle.CheckEvents, func(f map[string][]byte) { setEnd(t, failed, f, bundle.TypeClosed, bundle.Terminated) }},
		{"an end nobody knows", failed, bundle.CheckManifest, func(f map[string][]byte) { setEnd(t, failed, f, bundle.TypeClosed, "lost") }},
		{"a failure called an opening", failed, bundle.CheckManifest, func(f map[string][]byte) { setEnd(t, failed, f, bundle.TypeManifest, "") }},
		{"an opening called a failure", opened, bundle.CheckManifest, func(f map[string][]byte) { setEnd(t, opened, f, bundle.TypeClosed, bundle.Failed) }},
		{"an order of the platform's for a termination", terminated, bundle.CheckEnding, func(f map[string][]byte) {
			f["erasure-order.json"] = sign(t, terminated.Contents.Order.Body, terminated.Platform.Signer)
		}},
		{"an order on another ground", failed, bundle.CheckEnding, func(f map[string][]byte) {
			order := failed.Contents.Order.Body
			order.Ground = canon.Sum([]byte("another freeze"))
			f["erasure-order.json"] = sign(t, order, failed.Platform.Signer)
		}},
		{"an erasure that the platform says for a keyholder", failed, bundle.CheckErasure, func(f map[string][]byte) {
			f["erased-2.json"] = sign(t, failed.Contents.Erased[1].Body, failed.Platform.Signer)
		}},
		{"an erasure said twice by one keyholder", failed, bundle.CheckErasure, func(f map[string][]byte) { f["erased-2.json"] = f["erased-1.json"] }},
		{"a keyholder that kept its share", failed, bundle.CheckErasure, func(f map[string][]byte) { delete(f, "erased-3.json") }},
		{"a fourth keyholder", failed, bundle.CheckErasure, func(f map[string][]byte) { f["erased-4.json"] = f["erased-1.json"] }},
		{"what may not be told", failed, bundle.CheckEvents, func(f map[string][]byte) { tell(t, f, failed.Hidden(t)) }},
		{"a freeze record", failed, bundle.CheckManifest, func(f map[string][]byte) {
			f["freeze.json"] = sign(t, failed.Contents.Freeze.Body, failed.Platform.Signer)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			changed := maps.Clone(load(t, write(t, c.o)))
			c.forge(changed)
			resign(t, c.o.Platform.Signer, changed)
			r := bundle.Verify(fsOf(changed), c.o.Trust(t))
			if found, _ := r.Find(c.breaks); found.Err == nil {
				t.Errorf("%s holds: %+v", c.breaks, r.Checks)
			}
		})
	}
}

func setEnd(t *testing.T, o *bundletest.Opening, files map[string][]byte, kind, end string) {
	t.Helper()
	signed, err := pki.ParseSigned[bundle.Manifest](files["manifest.json"])
	check(t, err)
	m := signed.Body
	m.Type, m.End = kind, end
	files["manifest.json"] = sign(t, m, o.Platform.Signer)
}

// tell adds events to the bundle, each in its place of the log's order.
func tell(t *testing.T, files map[string][]byte, more []tlog.Disclosed) {
	t.Helper()
	var all []tlog.Disclosed
	for line := range bytes.Lines(files["events.jsonl"]) {
		var e tlog.Disclosed
		check(t, json.Unmarshal(line, &e))
		all = append(all, e)
	}
	all = append(all, more...)
	slices.SortFunc(all, func(a, b tlog.Disclosed) int {
		if a.Proof.Round != b.Proof.Round {
			return int(a.Proof.Round - b.Proof.Round)
		}
		return a.Proof.Slot - b.Proof.Slot
	})
	var out bytes.Buffer
	for _, e := range all {
		line, err := canon.Marshal(e)
		check(t, err)
		out.Write(append(line, '\n'))
	}
	files["events.jsonl"] = out.Bytes()
}

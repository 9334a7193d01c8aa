package terminal_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/cmd/sealbid/terminal"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
	"sunbid/crypto/tlog"
)

const passphrase = "correct horse battery"

// bench is a bidder's computer without a network, and the lot it bids for.
type bench struct {
	lot  *bundletest.Opening
	home string
	file string // lot file
	now  time.Time
	env  map[string]string
}

func (b *bench) run(args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = terminal.Run(context.Background(), terminal.World{
		Args: args, Env: func(k string) string { return b.env[k] }, Now: func() time.Time { return b.now }, Out: &o, Err: &e,
	})
	return code, o.String(), e.String()
}

// newBench makes keys, has them certified and saves the lot file and the trust list.
func newBench(t *testing.T, mode string) *bench {
	t.Helper()
	return newBenchOf(t, bundletest.Wanted{Bids: 3, Mode: mode})
}

func newBenchOf(t *testing.T, want bundletest.Wanted) *bench {
	t.Helper()
	lot := bundletest.New(t, want)
	b := &bench{lot: lot, home: t.TempDir(), now: lot.OpeningAt().Add(-time.Minute)}
	b.env = map[string]string{"SUNBID_PASSPHRASE": passphrase, "SUNBID_HOME": b.home}
	if code, _, errs := b.run("keygen", "--org", "某建设有限公司", "--code", bundletest.CreditCode(77)); code != terminal.ExitDone {
		t.Fatal(errs)
	}
	home := desk.Home{Dir: b.home}
	signing, encryption := certify(t, lot, home.Identity())
	if code, _, errs := b.run("certificates", "--signing", signing, "--encryption", encryption); code != terminal.ExitDone {
		t.Fatal(errs)
	}
	trust, err := lot.Trust(t).Marshal()
	must(t, err)
	must(t, desk.WriteFile(home.Trust(), trust))
	b.file = filepath.Join(b.home, "lot.json")
	must(t, desk.SaveJSON(b.file, lotFile(lot)))
	return b
}

func lotFile(o *bundletest.Opening) desk.LotFile {
	f := desk.LotFile{Type: desk.TypeLotFile, FetchedAt: canon.At(o.OpeningAt().Add(-time.Hour)), KeyRecord: o.Contents.KeyRecord, OfficerKey: o.Contents.OfficerKey,
		Binding: o.Contents.Binding, Postponements: []pki.Signed[custody.Postponement]{}, Proofs: []tlog.Disclosed{}}
	for _, c := range o.Contents.Certificates {
		f.Certificates = append(f.Certificates, c.DER())
	}
	for _, e := range o.Contents.Events {
		if e.Envelope.Event == "lot.drafted.v1" || e.Envelope.Event == "lot.key-bound.v1" {
			f.Proofs = append(f.Proofs, e)
		}
	}
	return f
}

// certify issues both certificates as a CA does, from the requests.
func certify(t *testing.T, o *bundletest.Opening, dir string) (signing, encryption string) {
	t.Helper()
	requests, err := desk.LoadRequests(dir)
	must(t, err)
	write := func(name string, csr []byte, usage pki.Usage) string {
		c, err := o.CA.IssueCSR(csr, usage, o.OpeningAt().Add(-24*time.Hour), o.OpeningAt().AddDate(1, 0, 0))
		must(t, err)
		path := filepath.Join(t.TempDir(), name)
		must(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.DER()}), 0o600))
		return path
	}
	return write("s.pem", requests.Signing, pki.Signing), write("e.pem", requests.Encryption, pki.Encryption)
}

func TestSealOffline(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{custody.ModeKeyholders, custody.ModeBidderKey} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, mode)
			body := filepath.Join(t.TempDir(), "投标文件.pdf")
			must(t, os.WriteFile(body, bytes.Repeat([]byte("正文"), 300_000), 0o600))
			code, out, errs := b.run("seal", "--lot-file", b.file, "--lot", b.lot.Lot, "--price", "18334233.00", "--days", "365", "--extra", "项目负责人=某人", body)
			if code != terminal.ExitDone {
				t.Fatalf("%d\n%s\n%s", code, out, errs)
			}
			if strings.Contains(errs, "#") {
				t.Error("a progress bar was drawn where there is no terminal")
			}
			for _, file := range parts(t, b) {
				check(t, b, file, mode)
			}
			if code, out, _ := b.run("status", b.lot.Lot); code != terminal.ExitDone || !strings.Contains(out, "未递交") {
				t.Errorf("status: %d %s", code, out)
			}
		})
	}
}

func check(t *testing.T, b *bench, path, mode string) {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("%s has mode %v", path, info.Mode())
	}
	file, err := os.ReadFile(path)
	must(t, err)
	front, err := seal.ReadFront(bytes.NewReader(file))
	must(t, err)
	var kB *[32]byte
	if mode == custody.ModeBidderKey {
		key, err := desk.LoadKey(filepath.Join(b.home, "identity", "encryption.key.pem"), []byte(passphrase))
		must(t, err)
		k, err := seal.OpenStanzaB(front.Header, key)
		must(t, err)
		kB = &k
	}
	content := b.lot.Content(t, file, kB)
	if front.Header.Kind == seal.KindReadout {
		r, err := seal.ParseReadout(content)
		must(t, err)
		if *r.PriceFen != 1833423300 || r.Bidder.Name != "某建设有限公司" || r.Extra["项目负责人"] != "某人" {
			t.Errorf("read-out: %+v", r)
		}
		return
	}
	m, err := seal.ParseContainer(bytes.NewReader(content), func(e seal.Entry, r io.Reader) error { return nil })
	must(t, err)
	if len(m.Files) != 1 || m.Files[0].Name != "投标文件.pdf" || m.Files[0].Media != "application/pdf" || m.Files[0].Size != 1_800_000 {
		t.Errorf("manifest: %+v", m)
	}
}

func parts(t *testing.T, b *bench) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(b.home, "lots", b.lot.Lot, "*.gmtb"))
	must(t, err)
	if len(list) != 2 {
		t.Fatalf("sealed files: %v", list)
	}
	return list
}

// What is not refused but will be regretted is said when sealing: a price above the public ceiling, a required part that is not there.
func TestSealWarns(t *testing.T) {
	t.Parallel()
	b := newBench(t, custody.ModeKeyholders)
	if _, out, errs := b.run("status"); !strings.Contains(out, "还没有标段") {
		t.Errorf("status before anything: %s %s", out, errs)
	}
	ceiling := bidding.Fen(b.lot.Contents.Tender.CeilingFen)
	body := filepath.Join(t.TempDir(), "投标文件.pdf")
	must(t, os.WriteFile(body, []byte("正文"), 0o600))
	for _, c := range []struct {
		name  string
		args  []string
		warns []string
	}{
		{"above the ceiling, without a body", []string{"--price", (ceiling + 1).String(), "--days", "9"}, []string{"最高投标限价", "body"}},
		{"at the ceiling, without a body", []string{"--price", ceiling.String(), "--days", "9"}, []string{"body"}},
		{"whole", []string{"--price", ceiling.String(), "--days", "9", body}, nil},
	} {
		code, out, errs := b.run(append([]string{"seal", "--lot-file", b.file}, c.args...)...)
		if code != terminal.ExitDone || strings.Count(errs, "注意：") != len(c.warns) {
			t.Errorf("%s: %d\n%s\n%s", c.name, code, out, errs)
		}
		for _, w := range c.warns {
			if !strings.Contains(errs, w) {
				t.Errorf("%s: says nothing of %s: %s", c.name, w, errs)
			}
		}
	}
	if _, out, errs := b.run("status"); !strings.Contains(out, b.lot.Lot+"  未递交") {
		t.Errorf("status: %s %s", out, errs)
	}
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t, custody.ModeKeyholders)
	dir := t.TempDir()
	put := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, data, 0o600))
		return path
	}
	huge := filepath.Join(dir, "huge.bin")
	f, err := os.Create(huge)
	must(t, err)
	must(t, f.Truncate(20<<30)) // sparse
	must(t, f.Close())
	foreign := b.lot.Trust(t)
	foreign.Keyholders = foreign.Keyholders[1:]
	foreignTrust, err := foreign.Marshal()
	must(t, err)
	class := b.lot.Trust(t)
	class.Class = pki.Production
	classTrust, err := class.Marshal()
	must(t, err)
	noLog := lotFile(b.lot)
	noLog.Proofs = noLog.Proofs[:1]
	fewer := lotFile(b.lot)
	fewer.KeyRecord.Signatures = fewer.KeyRecord.Signatures[1:]
	unbound := lotFile(b.lot)
	unbound.Binding.Signatures = unbound.Binding.Signatures[1:]
	swapped := lotFile(b.lot)
	swapped.OfficerKey = bundletest.New(t, bundletest.Wanted{Bids: 1}).Contents.OfficerKey
	save := func(name string, f desk.LotFile) string {
		path := filepath.Join(dir, name)
		must(t, desk.SaveJSON(path, f))
		return path
	}
	good := []string{"--price", "1.00"}
	for _, c := range []struct {
		name, code string
		exit       int
		before     func(*bench)
		args       []string
	}{
		{"no lot file", "", terminal.ExitUsage, nil, good},
		{"lot file missing", "desk-file-missing", 1, nil, append([]string{"--lot-file", filepath.Join(dir, "none.json")}, good...)},
		{"lot file no lot file", "desk-lot-file", 1, nil, append([]string{"--lot-file", put("x.json", []byte("{}"))}, good...)},
		{"another lot", "desk-lot-other", 1, nil, append([]string{"--lot-file", b.file, "--lot", bundletest.NewID("lt")}, good...)},
		{"no such identifier", "identifier-malformed", 1, nil, append([]string{"--lot-file", b.file, "--lot", "lt_x"}, good...)},
		{"passphrase wrong", "desk-passphrase", 1, func(b *bench) { b.env["SUNBID_PASSPHRASE"] = "something else" }, append([]string{"--lot-file", b.file}, good...)},
		{"passphrase not given", "", terminal.ExitUsage, func(b *bench) { delete(b.env, "SUNBID_PASSPHRASE") }, append([]string{"--lot-file", b.file}, good...)},
		{"deadline passed", "desk-lot-closed", 1, func(b *bench) { b.now = b.lot.OpeningAt().Time }, append([]string{"--lot-file", b.file}, good...)},
		{"keyholder not trusted", "desk-lot-keyholders", 1, nil, append([]string{"--lot-file", b.file, "--trust", put("t1.json", foreignTrust)}, good...)},
		{"other class", "desk-lot-class", 1, nil, append([]string{"--lot-file", b.file, "--trust", put("t2.json", classTrust)}, good...)},
		{"no trust list", "desk-no-trust", 1, nil, append([]string{"--lot-file", b.file, "--trust", filepath.Join(dir, "none")}, good...)},
		{"not in the log", "desk-lot-log", 1, nil, append([]string{"--lot-file", save("l1.json", noLog)}, good...)},
		{"one keyholder did not sign the key", "desk-lot-key-record", 1, nil, append([]string{"--lot-file", save("l2.json", fewer)}, good...)},
		{"one keyholder did not sign the binding", "desk-lot-binding", 1, nil, append([]string{"--lot-file", save("l3.json", unbound)}, good...)},
		{"officers' key of another lot", "desk-lot-officer-key", 1, nil, append([]string{"--lot-file", save("l4.json", swapped)}, good...)},
		{"nothing to seal", "", terminal.ExitUsage, nil, []string{"--lot-file", b.file}},
		{"bad price", "amount-malformed", 1, nil, []string{"--lot-file", b.file, "--price", "1,000"}},
		{"body missing", "desk-file-missing", 1, nil, []string{"--lot-file", b.file, filepath.Join(dir, "none.pdf")}},
		{"body empty", "desk-file-empty", 1, nil, []string{"--lot-file", b.file, put("empty.pdf", nil)}},
		{"body too large", "desk-file-too-large", 1, nil, []string{"--lot-file", b.file, huge}},
		{"read-out too large", "desk-file-too-large", 1, nil, []string{"--lot-file", b.file, "--readout", put("r.json", make([]byte, 20<<10))}},
		{"read-out malformed", "canon-not-canonical", 1, nil, []string{"--lot-file", b.file, "--readout", put("r2.json", []byte(`{"type": 1}`))}},
		{"kind the lot does not take", "desk-kind", 1, nil, []string{"--lot-file", b.file, "--technical", put("t.pdf", []byte("x"))}},
		{"unknown flag", "", terminal.ExitUsage, nil, []string{"--passphrase", "x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			own := &bench{lot: b.lot, home: b.home, now: b.now, env: map[string]string{}}
			for k, v := range b.env {
				own.env[k] = v
			}
			if c.before != nil {
				c.before(own)
			}
			exit, _, errs := own.run(append([]string{"seal"}, c.args...)...)
			if exit != c.exit || !strings.Contains(errs, c.code) {
				t.Errorf("exit %d, want %d %s:\n%s", exit, c.exit, c.code, errs)
			}
		})
	}
	if list, _ := filepath.Glob(filepath.Join(b.home, "lots", "*", "*.gmtb")); len(list) != 0 {
		t.Errorf("sealed in spite of a refusal: %v", list)
	}
}

// TestTamperedLotFile changes every value of a lot file in turn: none is sealed to, unless the value decides nothing.
func TestTamperedLotFile(t *testing.T) {
	t.Parallel()
	lot := bundletest.New(t, bundletest.Wanted{Bids: 1})
	data, err := canon.Marshal(lotFile(lot))
	must(t, err)
	trust := lot.Trust(t)
	tried := 0
	for at := 0; at < len(data); at += 97 {
		changed := bytes.Clone(data)
		changed[at] ^= 1
		path := filepath.Join(t.TempDir(), "lot.json")
		must(t, os.WriteFile(path, changed, 0o600))
		f, err := desk.ReadLotFile(path)
		if err != nil {
			continue
		}
		tried++
		good, err := lotFile(lot).Check(trust)
		must(t, err)
		l, err := f.Check(trust)
		if err != nil {
			continue
		}
		a, _ := json.Marshal(good)
		b, _ := json.Marshal(l)
		if !bytes.Equal(a, b) {
			t.Errorf("byte %d: another lot is accepted", at)
		}
	}
	if tried == 0 {
		t.Error("no change was readable: the test tries nothing")
	}
}

func TestKeygen(t *testing.T) {
	t.Parallel()
	b := &bench{home: t.TempDir(), now: time.Now(), env: map[string]string{}}
	b.env["SUNBID_HOME"] = b.home
	code := bundletest.CreditCode(5)
	for _, c := range []struct {
		name, pass string
		args       []string
		exit       int
		says       string
	}{
		{"short passphrase", "short", []string{"--org", "甲", "--code", code}, terminal.ExitUsage, "passphrase"},
		{"no passphrase", "", []string{"--org", "甲", "--code", code}, terminal.ExitUsage, "SUNBID_PASSPHRASE"},
		{"no code", passphrase, []string{"--org", "甲"}, terminal.ExitUsage, "--code"},
		{"a wrong checksum", passphrase, []string{"--org", "甲", "--code", code[:17] + "-"}, terminal.ExitRefused, "credit-code-invalid"},
		{"a wrong checksum, before any passphrase", "", []string{"--org", "甲", "--code", code[1:] + code[:1]}, terminal.ExitRefused, "credit-code-invalid"},
		{"an ID number for an organisation", passphrase, []string{"--org", "甲", "--code", "11010519491231002X"}, terminal.ExitRefused, "credit-code-invalid"},
		{"an ID number", passphrase, []string{"--name", "甲", "--code", "11010519491231002X"}, terminal.ExitRefused, "certificate-subject"},
		{"good", passphrase, []string{"--org", "甲", "--code", code}, terminal.ExitDone, ""},
		{"a second time", passphrase, []string{"--org", "甲", "--code", code}, terminal.ExitRefused, "desk-file-exists"},
	} {
		b.env["SUNBID_PASSPHRASE"] = c.pass
		exit, _, errs := b.run(append([]string{"keygen"}, c.args...)...)
		if exit != c.exit || !strings.Contains(errs, c.says) {
			t.Errorf("%s: exit %d, want %d: %s", c.name, exit, c.exit, errs)
		}
	}
	for _, name := range []string{"signing.key.pem", "encryption.key.pem"} {
		path := filepath.Join(b.home, "identity", name)
		info, err := os.Stat(path)
		must(t, err)
		text, err := os.ReadFile(path)
		must(t, err)
		if info.Mode().Perm() != 0o600 || !strings.Contains(string(text), "ENCRYPTED PRIVATE KEY") {
			t.Errorf("%s: %v\n%s", name, info.Mode(), text)
		}
	}
	file := filepath.Join(t.TempDir(), "pass")
	must(t, os.WriteFile(file, []byte(passphrase+"\n"), 0o600))
	other := &bench{home: t.TempDir(), now: time.Now(), env: map[string]string{}}
	if exit, _, errs := other.run("keygen", "--home", other.home, "--passphrase-file", file, "--org", "乙", "--code", code); exit != terminal.ExitDone {
		t.Errorf("passphrase file: %d %s", exit, errs)
	}
	if _, err := desk.LoadKey(filepath.Join(other.home, "identity", "signing.key.pem"), []byte(passphrase)); err != nil {
		t.Error(err)
	}
}

func TestCertificatesOfOtherKeys(t *testing.T) {
	t.Parallel()
	b := newBench(t, custody.ModeKeyholders)
	key, err := sm.GenerateKey(rand.Reader)
	must(t, err)
	c, err := b.lot.CA.Issue(key.Public(), pki.Subject{Name: "别人", Code: "x"}, pki.Signing, b.now, b.now.AddDate(1, 0, 0))
	must(t, err)
	path := filepath.Join(t.TempDir(), "c.der")
	must(t, os.WriteFile(path, c.DER(), 0o600))
	if exit, _, errs := b.run("certificates", "--signing", path, "--encryption", path); exit != terminal.ExitRefused || !strings.Contains(errs, "desk-other-key") {
		t.Errorf("%d %s", exit, errs)
	}
}

func TestDealOffline(t *testing.T) {
	t.Parallel()
	b := newBench(t, custody.ModeKeyholders)
	dir := t.TempDir()
	args := []string{"officer", "deal", "--class", "rehearsal", "--tender", b.lot.Tender, "--lot", b.lot.Lot, "--threshold", "2", "--out", filepath.Join(dir, "key.json")}
	for _, o := range b.lot.Officers {
		s, e := filepath.Join(dir, o.Name+".s"), filepath.Join(dir, o.Name+".e")
		must(t, os.WriteFile(s, o.Signing.DER(), 0o600))
		must(t, os.WriteFile(e, o.Encryption.DER(), 0o600))
		args = append(args, "--officer", o.Name+","+s+","+e)
	}
	if exit, _, errs := b.run(args...); exit != terminal.ExitDone {
		t.Fatal(errs)
	}
	data, err := os.ReadFile(filepath.Join(dir, "key.json"))
	must(t, err)
	signed, err := pki.ParseSigned[custody.OfficerKey](data)
	must(t, err)
	dealer, _, err := desk.LoadCertificates(filepath.Join(b.home, "identity"))
	must(t, err)
	_, err = custody.VerifyOfficerKey(signed, dealer)
	must(t, err)
	for _, o := range b.lot.Officers {
		if _, err := custody.OpenOfficerShare(signed.Body, o.Signing.Fingerprint(), o.Decryption); err != nil {
			t.Errorf("%s: %v", o.Name, err)
		}
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	b := &bench{env: map[string]string{}}
	if code, out, _ := b.run("help"); code != terminal.ExitDone || !strings.Contains(out, "officer release") || !strings.Contains(out, "离线加密") {
		t.Errorf("%d %s", code, out)
	}
	if code, _, _ := b.run(); code != terminal.ExitUsage {
		t.Error(code)
	}
	if code, _, errs := b.run("open"); code != terminal.ExitUsage || !strings.Contains(errs, "unknown command") {
		t.Errorf("%d %s", code, errs)
	}
	if code, out, _ := b.run("seal", "-h"); code != terminal.ExitDone || !strings.Contains(out, "-lot-file") {
		t.Errorf("%d %s", code, out)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package main_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// TestScripts walks a transaction in words through the real programs: testdata/script/open_tender.txt.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireUniqueNames: true, Cmds: words(),
		Setup: func(e *testscript.Env) error {
			e.Values[stageKey{}] = &stage{dir: filepath.Join(e.WorkDir, "sunbid"), homes: filepath.Join(e.WorkDir, "desks")}
			return nil
		}})
}

type command = func(ts *testscript.TestScript, neg bool, args []string)

// words are the commands of the scripts: persons, and the programs that anyone runs.
func words() map[string]command {
	w := map[string]command{
		"platform": on((*stage).platform), "tenderer": on((*stage).tenderer), "everybody": on((*stage).everybody),
		"offline": func(ts *testscript.TestScript, neg bool, args []string) {
			here(ts).sealbid(ts, neg, args[0], "http://127.0.0.1:1", args[1:])
		},
		"sunbid": program(func(b stack.Binaries) string { return b.Sunbid }), "verify": program(func(b stack.Binaries) string { return b.Verify }),
	}
	for _, who := range []string{"officer1", "officer2", "officer3", "bidder1", "bidder2", "bidder3", "bidder4", "bidder5"} {
		w[who] = func(ts *testscript.TestScript, neg bool, args []string) { here(ts).person(ts, neg, who, args) }
	}
	return w
}

func on(do func(*stage, *testscript.TestScript, []string)) command {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) == 0 {
			ts.Fatalf("say what they do; they cannot fail")
		}
		do(here(ts), ts, args)
	}
}

func here(ts *testscript.TestScript) *stage { return ts.Value(stageKey{}).(*stage) }

// stage is one script's platform with its tenderer and agency.
type stage struct {
	dir, homes string
	*stack.Stack
	hosts cast.Hosts
	lot   cast.Announced
}

// stageKey finds a script's stage.
type stageKey struct{}

const passphrase = "rehearsal only"

// platform starts a stack of real processes, which ends with the script. Tenderer and agency enrol.
func (s *stage) platform(ts *testscript.TestScript, _ []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var err error
	s.Stack, err = stack.Up(ctx, stack.Options{Dir: s.dir, Objects: "disk"})
	ts.Check(err)
	ts.Defer(func() { ts.Check(s.Down()) })
	ts.Check(os.MkdirAll(s.homes, 0o700))
	ts.Check(os.WriteFile(s.passphraseFile(), []byte(passphrase), 0o600))
	c := cast.NewStage(s.URL, time.Now)
	s.hosts.Tenderer, err = c.Join(ctx, "演练建设投资有限公司", cast.Code(9_000_000), "招标人经办", bidding.Tenderer)
	ts.Check(err)
	s.hosts.Agency, err = c.Join(ctx, "演练招标代理有限公司", cast.Code(9_000_001), "代理经办", bidding.Agency)
	ts.Check(err)
	ts.Setenv("TRUST", s.Trust)
	ts.Setenv("CONFIG", s.ConfigFile())
}

func (s *stage) passphraseFile() string { return filepath.Join(s.homes, "passphrase") }

func (s *stage) desk(who string) desk.Home { return desk.Home{Dir: filepath.Join(s.homes, who)} }

// tenderer announces (a lot that opens after a while), reads (the published prices) or signs (the record, with the agency).
func (s *stage) tenderer(ts *testscript.TestScript, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	switch args[0] {
	case "announces":
		ahead, err := time.ParseDuration(args[1])
		ts.Check(err)
		for _, who := range []string{"officer1", "officer2", "officer3"} {
			id, err := desk.LoadIdentity(s.desk(who).Identity(), []byte(passphrase))
			ts.Check(err)
			s.hosts.Officers = append(s.hosts.Officers, &cast.Person{Who: id, Name: id.Signing.Subject().Organisation})
		}
		s.lot, err = s.hosts.Announce(ctx, cast.Plan{Number: "S-1", Title: "演练工程", Region: "350525", Lot: "一标段", OpeningAt: time.Now().Add(ahead)}, time.Now)
		ts.Check(err)
		trust, err := desk.ReadTrust(s.Trust)
		ts.Check(err)
		_, _, err = s.lot.Keys(ctx, s.hosts.Tenderer, trust, time.Now)
		ts.Check(err)
		ts.Setenv("LOT", s.lot.Lot.String())
	case "reads":
		rows, err := s.lot.Await(ctx, s.hosts.Tenderer)
		ts.Check(err)
		for _, r := range rows {
			if r.Readout == nil || r.Readout.PriceFen == nil {
				fmt.Fprintln(ts.Stdout(), r.Bidder.Name, r.Reason)
				continue
			}
			fmt.Fprintln(ts.Stdout(), r.Bidder.Name, bidding.Fen(*r.Readout.PriceFen).String())
		}
	case "signs":
		ts.Check(s.sign(ctx))
	default:
		ts.Fatalf("the tenderer does not %s", args[0])
	}
}

func (s *stage) sign(ctx context.Context) error {
	raw, err := s.hosts.Tenderer.Client.OpeningRecord(ctx, s.lot.Lot)
	if err != nil {
		return err
	}
	record, err := pki.ParseSigned[custody.OpeningRecord](raw)
	if err != nil {
		return err
	}
	for _, p := range []*cast.Person{s.hosts.Tenderer, s.hosts.Agency} {
		signed, err := pki.Sign(record.Body, p.Who.Signer)
		if err != nil {
			return err
		}
		if err := p.Client.SignRecord(ctx, s.lot.Lot, signed.Signatures[0]); err != nil {
			return err
		}
	}
	return nil
}

// everybody waits until the opening time.
func (s *stage) everybody(_ *testscript.TestScript, _ []string) {
	time.Sleep(time.Until(s.lot.State.OpeningAt.Time))
}

// person runs sealbid, waits (an officer's release, in the background), or prepares a bid as the first bidder did step by step.
func (s *stage) person(ts *testscript.TestScript, neg bool, who string, args []string) {
	switch args[0] {
	case "runs":
		s.sealbid(ts, neg, who, s.URL, args[1:])
	case "waits":
		o := stack.NewProcess(who, filepath.Join(s.dir, "log"), s.Binaries.Sealbid, s.flags(who, s.URL, "officer", "release", s.lot.Lot.String())...)
		ts.Check(o.Start())
		s.Officers = append(s.Officers, o)
	case "prepares":
		file := ts.MkAbs(who + ".json")
		for _, step := range [][]string{{"keygen", "--org", args[1], "--code", args[2]}, {"enrol"}, {"fetch", s.lot.Lot.String(), "--out", file},
			{"seal", "--lot-file", file, "--price", args[3], "--days", "90", "--security", "保函", "--body", ts.MkAbs("tender.txt")}} {
			s.sealbid(ts, neg, who, s.URL, step)
		}
	default:
		ts.Fatalf("%s does not %s", who, args[0])
	}
}

// sealbid runs that person's program and remembers the receipt it names.
func (s *stage) sealbid(ts *testscript.TestScript, neg bool, who, server string, args []string) {
	out := execute(ts, neg, s.Binaries.Sealbid, s.flags(who, server, args...))
	for line := range strings.Lines(out) {
		if path, ok := strings.CutPrefix(line, "回执 receipt: "); ok {
			ts.Setenv(who+"_receipt", strings.TrimSpace(path))
		}
	}
}

func (s *stage) flags(who, server string, args ...string) []string {
	return append(slices.Clone(args), "--home", s.desk(who).Dir, "--server", server, "--trust", s.Trust, "--passphrase-file", s.passphraseFile())
}

func program(which func(stack.Binaries) string) command {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		execute(ts, neg, which(here(ts).Binaries), args)
	}
}

// execute runs a program in the script's folder and returns its standard output. It must succeed, or fail where the script says so.
func execute(ts *testscript.TestScript, neg bool, path string, args []string) string {
	cmd := exec.Command(path, args...)
	cmd.Dir = ts.MkAbs(".")
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, ts.Stderr()
	err := cmd.Run()
	fmt.Fprint(ts.Stdout(), out.String())
	var exit *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &exit):
		ts.Fatalf("%s: %v", path, err)
	case err != nil && !neg:
		ts.Logf("%s", out.String())
		ts.Fatalf("%s %v: %v", filepath.Base(path), args[0], err)
	case err == nil && neg:
		ts.Fatalf("%s %v succeeded", filepath.Base(path), args[0])
	}
	return out.String()
}

package bidding_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/law"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/party"
	"sunbid/bidding/privacy"
	"sunbid/bidding/tender"
)

func everyRefusal() []*bidding.Refusal {
	var all []*bidding.Refusal
	for _, list := range [][]*bidding.Refusal{bidding.Refusals(), law.Refusals(), privacy.Refusals(), party.Refusals(), notice.Refusals(), tender.Refusals(), bid.Refusals(), opening.Refusals()} {
		all = append(all, list...)
	}
	return all
}

func TestRefusalsAreUniqueAndSpeak(t *testing.T) {
	t.Parallel()
	code := regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, r := range everyRefusal() {
		if seen[r.Code] {
			t.Errorf("%s: twice", r.Code)
		}
		seen[r.Code] = true
		if !code.MatchString(r.Code) {
			t.Errorf("%s: not a code", r.Code)
		}
		if !strings.ContainsFunc(r.Say, func(c rune) bool { return unicode.Is(unicode.Han, c) }) || !strings.HasSuffix(r.Say, "。") {
			t.Errorf("%s: no Chinese sentence: %q", r.Code, r.Say)
		}
		if r.English == "" || r.Class < bidding.Invalid || r.Class > bidding.Unready {
			t.Errorf("%s: English or class missing", r.Code)
		}
		if r.Article != "" {
			if _, ok := law.Lookup(r.Article); !ok {
				t.Errorf("%s: article %s is not spelt out in package law", r.Code, r.Article)
			}
		}
	}
}

// Every sentinel written down anywhere below this folder is in its package's list.
func TestNoRefusalIsForgotten(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, r := range everyRefusal() {
		listed[r.Code] = true
	}
	made := regexp.MustCompile(`\bRefuse\("([a-z0-9-]+)"`)
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range made.FindAllStringSubmatch(string(source), -1) {
			if !listed[m[1]] {
				t.Errorf("%s: %s is in no list", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

type coded string

func (c coded) Error() string { return "crypto says " + string(c) }
func (c coded) Code() string  { return string(c) }

func TestFromCode(t *testing.T) {
	t.Parallel()
	var r *bidding.Refusal
	if err := bidding.FromCode(fmt.Errorf("wrapped: %w", coded("stanza-proof"))); !errors.As(err, &r) || r.Code != "stanza-proof" || r.Article != law.E20A26 {
		t.Errorf("stanza-proof became %v", err)
	}
	if err := bidding.FromCode(coded("class-mismatch")); !errors.Is(err, bidding.ErrClass) {
		t.Errorf("class-mismatch became %v", err)
	}
	if err := bidding.FromCode(coded("no-such-code")); errors.As(err, &r) && r.Code == "no-such-code" {
		t.Error("an unknown code became a refusal")
	}
	if bidding.FromCode(nil) != nil {
		t.Error("nil became an error")
	}
	if err := bidding.FromCode(bid.ErrVersion); !errors.Is(err, bid.ErrVersion) {
		t.Error("a refusal was changed")
	}
}

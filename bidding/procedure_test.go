package bidding_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// PROCEDURE.md names every event of the domain and no other, and its refusals are codes that exist.
func TestProcedureNamesEveryEvent(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("PROCEDURE.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, e := range regexp.MustCompile(`\b[a-z]+\.[a-z-]+\.v\d+\b`).FindAllString(string(page), -1) {
		named[e] = true
	}
	defined := map[string]bool{}
	made := regexp.MustCompile(`\bEventType\(\) string\s*\{ return "([a-z0-9.-]+)" \}`)
	err = fs.WalkDir(os.DirFS("."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range made.FindAllStringSubmatch(string(source), -1) {
			defined[m[1]] = true
			if !named[m[1]] {
				t.Errorf("%s: PROCEDURE.md does not name %s", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(defined) < 30 {
		t.Errorf("only %d events were found", len(defined))
	}
	for e := range named {
		if !defined[e] {
			t.Errorf("PROCEDURE.md names %s, which no package records", e)
		}
	}
}

func TestProcedureNamesRefusalsThatExist(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("PROCEDURE.md")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, r := range everyRefusal() {
		codes[r.Code] = true
	}
	rows, found := 0, 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) != 8 || strings.HasPrefix(cells[1], "---") || strings.Contains(line, "main refusals") {
			continue
		}
		rows++
		for item := range strings.SplitSeq(cells[5], ",") {
			item, _, _ = strings.Cut(strings.Trim(item, " *"), " ")
			if item == "" {
				continue
			}
			first, rest, _ := strings.Cut(item, "/") // certificate-foreign/-expired: one beginning, several ends
			all, stem := []string{first}, first[:strings.LastIndex(first, "-")]
			for end := range strings.SplitSeq(rest, "/") {
				if end != "" {
					all = append(all, stem+end)
				}
			}
			for _, code := range all {
				found++
				if !codes[code] {
					t.Errorf("PROCEDURE.md names %s, which is no refusal", code)
				}
			}
		}
	}
	if rows < 20 || found < 60 {
		t.Errorf("%d rows, %d refusals were found", rows, found)
	}
}

package house

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
)

// Package is what `go list -deps -json` tells of one package.
type Package struct {
	ImportPath     string
	Dir            string
	Standard       bool
	GoFiles        []string // without tests
	IgnoredGoFiles []string // of other systems
	Imports        []string
	Deps           []string // everything reached
}

// Load lists the packages of the module in dir and everything they reach. Packages that do not compile are listed too.
func Load(dir string) ([]Package, error) {
	list := exec.Command("go", "list", "-e", "-deps", "-json=ImportPath,Dir,Standard,GoFiles,IgnoredGoFiles,Imports,Deps", "./...")
	list.Dir = dir
	var complaint strings.Builder
	list.Stderr = &complaint
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, complaint.String())
	}
	var packages []Package
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p Package
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		packages = append(packages, p)
	}
}

// Imports returns a sentence for every import that the rules forbid, for every package of ours without a rule, and for test
// code in a program: only packages for tests import "testing", and only they import each other.
func Imports(module string, packages []Package, rules []Rule) []string {
	standard := map[string]bool{"C": true, "unsafe": true}
	for _, p := range packages {
		standard[p.ImportPath] = standard[p.ImportPath] || p.Standard
	}
	var found []string
	for _, p := range packages {
		name, ours := below(module, p.ImportPath)
		if !ours || len(p.GoFiles) == 0 {
			continue
		}
		rule, ok := ruleFor(rules, name)
		if !ok {
			found = append(found, fmt.Sprintf("%s has no rule: give it a row in cmd/dev/house/rules.go", name))
			continue
		}
		for _, imported := range p.Imports {
			if why := rule.forbids(module, imported, standard[imported]); why != "" {
				found = append(found, fmt.Sprintf("%s imports %s: %s", name, imported, why))
			}
		}
		for _, imported := range p.Imports {
			if strange, ours := below(module, imported); !forTests(name) && (imported == "testing" || ours && forTests(strange)) {
				found = append(found, fmt.Sprintf("%s imports %s: that is for tests", name, imported))
			}
		}
		for _, reached := range p.Deps {
			if why := rule.mustNotSee(module, reached); why != "" {
				found = append(found, fmt.Sprintf("%s reaches %s: %s", name, reached, why))
			}
		}
	}
	slices.Sort(found)
	return found
}

func ruleFor(rules []Rule, name string) (Rule, bool) {
	for _, r := range rules {
		if matches(r.Packages, name) {
			return r, true
		}
	}
	return Rule{}, false
}

// forTests reports whether a package of ours exists for tests only: its name, or that of a folder above it, ends in "test".
func forTests(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool { return strings.HasSuffix(part, "test") })
}

func (r Rule) forbids(module, imported string, standard bool) string {
	if name, ours := below(module, imported); ours {
		switch {
		case matches(r.NotOurs, name):
			return "the rule excepts it"
		case !matches(r.Ours, name):
			return "the rule does not allow it"
		}
		return ""
	}
	if standard {
		if slices.Contains(r.NeverStd, imported) {
			return "it would reach outside"
		}
		return ""
	}
	if !withinAny(r.Others, imported) {
		return "this third-party package belongs to other packages"
	}
	return ""
}

func (r Rule) mustNotSee(module, reached string) string {
	name, ours := below(module, reached)
	if ours && matches(r.NeverSee, name) || !ours && withinAny(r.NeverSee, reached) {
		return "not even through others"
	}
	return ""
}

// below returns a path's part below the module.
func below(module, path string) (name string, ours bool) {
	if path == module {
		return "", true
	}
	return strings.CutPrefix(path, module+"/")
}

// matches is for patterns of our own packages.
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		folder, all := strings.CutSuffix(p, "/...")
		return name == folder || all && strings.HasPrefix(name, folder+"/")
	})
}

// withinAny is for third-party paths: the path itself or anything below.
func withinAny(prefixes []string, path string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") })
}

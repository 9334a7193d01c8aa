package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
)

// Source returns a sentence for every init function, every assignment to a package-level variable after the start of the
// program, and every reading of the wall clock outside cmd, in the non-test files of our packages.
func Source(module string, packages []Package) ([]string, error) {
	var found []string
	for _, p := range packages {
		name, ours := below(module, p.ImportPath)
		if !ours {
			continue
		}
		fset := token.NewFileSet()
		// Files of other systems are checked on their own: together they would declare things twice.
		sets := [][]string{p.GoFiles}
		for _, f := range p.IgnoredGoFiles {
			if !strings.HasSuffix(f, "_test.go") {
				sets = append(sets, []string{f})
			}
		}
		for _, set := range sets {
			var files []*ast.File
			for _, f := range set {
				file, err := parser.ParseFile(fset, filepath.Join(p.Dir, f), nil, parser.SkipObjectResolution)
				if err != nil {
					return nil, fmt.Errorf("parse: %w", err)
				}
				files = append(files, file)
			}
			found = append(found, sourceOf(fset, name, files)...)
		}
	}
	slices.Sort(found)
	return found, nil
}

// sourceOf checks the files of one package. name is its path below the module.
func sourceOf(fset *token.FileSet, name string, files []*ast.File) []string {
	s := &source{fset: fset, name: name, uses: map[*ast.Ident]types.Object{}}
	// The imports need not be known to tell a package's own variables from local ones, so each counts as empty and the
	// errors about that are dropped.
	config := types.Config{Importer: strangers{}, Error: func(error) {}}
	s.pkg, _ = config.Check(name, fset, files, &types.Info{Uses: s.uses})
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, is := d.(*ast.FuncDecl); is && fn.Recv == nil && fn.Name.Name == "init" {
				s.say(fn.Pos(), "an init function: do it in a constructor")
			}
		}
		ast.Inspect(f, s.visit)
	}
	return s.found
}

type source struct {
	fset  *token.FileSet
	name  string
	pkg   *types.Package
	uses  map[*ast.Ident]types.Object
	found []string
}

func (s *source) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for _, target := range n.Lhs {
			s.written(target)
		}
	case *ast.IncDecStmt:
		s.written(n.X)
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			s.written(n.Key)
			s.written(n.Value)
		}
	case *ast.CallExpr:
		s.called(n)
	case *ast.SelectorExpr:
		s.clock(n)
	}
	return true
}

// called looks at what a call may write: delete and clear their argument, and a function of another package what it gets
// the address of. Our own functions are trusted with addresses: field elements and tables are passed so to be read.
func (s *source) called(call *ast.CallExpr) {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		if (f.Name == "delete" || f.Name == "clear") && len(call.Args) > 0 {
			s.written(call.Args[0])
		}
	case *ast.SelectorExpr:
		root, is := f.X.(*ast.Ident)
		if !is {
			return
		}
		if _, is := s.uses[root].(*types.PkgName); !is {
			return
		}
		for _, arg := range call.Args {
			if address, is := arg.(*ast.UnaryExpr); is && address.Op == token.AND {
				s.written(address.X)
			}
		}
	}
}

// written looks at the variable at the root of x, a[i].b of x included.
func (s *source) written(x ast.Expr) {
	switch x := x.(type) {
	case *ast.Ident:
		if v, is := s.uses[x].(*types.Var); is && s.pkg != nil && v.Parent() == s.pkg.Scope() {
			s.say(x.Pos(), "%s, a variable of the package, is written: make it a field of something that has an owner", x.Name)
		}
	case *ast.SelectorExpr:
		if root, is := x.X.(*ast.Ident); is {
			if _, is := s.uses[root].(*types.PkgName); is {
				s.say(x.Pos(), "%s.%s, a variable of another package, is written", root.Name, x.Sel.Name)
				return
			}
		}
		s.written(x.X)
	case *ast.IndexExpr:
		s.written(x.X)
	case *ast.ParenExpr:
		s.written(x.X)
	case *ast.StarExpr:
		s.written(x.X)
	}
}

func (s *source) clock(x *ast.SelectorExpr) {
	root, is := x.X.(*ast.Ident)
	if !is || s.mayReadTheClock() {
		return
	}
	from, is := s.uses[root].(*types.PkgName)
	if is && from.Imported().Path() == "time" && slices.Contains([]string{"Now", "Since", "Until"}, x.Sel.Name) {
		s.say(x.Pos(), "time.%s: time comes in through a clock", x.Sel.Name)
	}
}

// mayReadTheClock: programs may, and packages that are only there for tests (storetest, pgtest and below).
func (s *source) mayReadTheClock() bool {
	return strings.HasPrefix(s.name, "cmd/") || strings.Contains(s.name+"/", "test/")
}

func (s *source) say(at token.Pos, format string, args ...any) {
	p := s.fset.Position(at)
	s.found = append(s.found, fmt.Sprintf("%s/%s:%d: ", s.name, filepath.Base(p.Filename), p.Line)+fmt.Sprintf(format, args...))
}

// strangers imports every package as an empty one.
type strangers struct{}

func (strangers) Import(path string) (*types.Package, error) {
	p := types.NewPackage(path, guessName(path))
	p.MarkComplete()
	return p, nil
}

// guessName is the last element of a path that is no version.
func guessName(path string) string {
	parts := strings.Split(path, "/")
	last := parts[len(parts)-1]
	if len(parts) > 1 && len(last) > 1 && last[0] == 'v' && strings.Trim(last[1:], "0123456789") == "" {
		return parts[len(parts)-2]
	}
	return last
}

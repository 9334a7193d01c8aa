package bundle

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"sort"
	"strings"

	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
)

// Bounds of a bundle. They are far above any real lot, and keep a hostile folder from using up a doubter's machine.
const (
	maxFiles       = 400_000
	maxSmall       = 4 << 20  // records: a key record, a freeze, a statement
	maxRecord      = 64 << 20 // the opening record, a batch of 4096 partials, the manifest
	maxCertificate = 16 << 10
	maxLine        = 256 << 10 // one disclosed event
	maxLines       = 1 << 20
	maxReadout     = int64(seal.FrontMax + seal.ReadoutSize + seal.Overhead)
)

// shapes of the paths a bundle may hold; the first group, where there is one, is the entry's name.
type shape struct {
	re       *regexp.Regexp
	max      int64
	required bool
	of       which
}

// which bundles have a file of some shape: those of opened lots, those of closed ones, or both.
type which int

const (
	ofBoth which = iota
	ofOpened
	ofClosed
)

func (w which) fits(closed bool) bool { return w == ofBoth || (w == ofClosed) == closed }

const idTail = `[0-9a-hjkmnp-tv-z]{26}`

func shapes() []shape {
	one := func(name string, max int64, required bool, of which) shape {
		return shape{regexp.MustCompile(`^` + regexp.QuoteMeta(name) + `$`), max, required, of}
	}
	many := func(re string, max int64, of which) shape {
		return shape{regexp.MustCompile(`^` + re + `$`), max, false, of}
	}
	return []shape{
		one("manifest.json", maxRecord, true, ofBoth),
		one("tender.json", maxSmall, true, ofBoth),
		one("key-record.json", maxSmall, true, ofBoth),
		one("officer-key.json", maxSmall, true, ofBoth),
		one("binding.json", maxSmall, true, ofBoth),
		one("events.jsonl", maxLine*maxLines, true, ofBoth),
		one("checkpoint.json", maxSmall, true, ofBoth),
		one("freeze.json", maxSmall, true, ofOpened),
		one("record.json", maxRecord, true, ofOpened),
		one("causes.jsonl", maxLine*maxLines, false, ofOpened),
		one("erasure-order.json", maxSmall, true, ofClosed),
		many(`erased-[1-9][0-9]?\.json`, maxSmall, ofClosed),
		many(`certificates/[0-9a-f]{64}\.der`, maxCertificate, ofBoth),
		many(`notices/[1-9][0-9]{0,4}\.json`, maxSmall, ofBoth),
		many(`postponement-[1-9][0-9]{0,4}\.json`, maxSmall, ofBoth),
		many(`release-[a-z][a-z0-9-]{0,31}\.json`, maxSmall, ofOpened),
		many(`bids/bd_`+idTail+`/statement\.json`, maxSmall, ofOpened),
		many(`bids/bd_`+idTail+`/readout\.gmtb`, maxReadout, ofOpened),
		many(`bids/bd_`+idTail+`/key-release\.json`, maxSmall, ofOpened),
		many(`partials/[TC]-[1-9][0-9]{0,2}-[1-9][0-9]{0,5}\.json`, maxRecord, ofOpened),
	}
}

// folder is a bundle's tree after a first look: only regular files of known shapes, each within its bound.
type folder struct {
	fsys  fs.FS
	sizes map[string]int64
	limit map[string]int64
	paths []string // ascending
}

// survey walks the tree. The error names the first thing that does not belong: an unknown file, a link, a device, too large a file.
func survey(fsys fs.FS) (*folder, error) {
	f := &folder{fsys: fsys, sizes: map[string]int64{}, limit: map[string]int64{}}
	known := shapes()
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return broken(path, "file-unreadable", err)
		case d.IsDir():
			if path != "." && strings.Count(path, "/") > 1 {
				return broken(path, "file-unknown", nil)
			}
			return nil
		case !d.Type().IsRegular():
			return broken(path, "file-not-regular", nil)
		case len(f.paths) >= maxFiles:
			return broken(path, "files-too-many", nil)
		}
		i := matching(known, path)
		if i < 0 {
			return broken(path, "file-unknown", nil)
		}
		info, err := d.Info()
		if err != nil {
			return broken(path, "file-unreadable", err)
		}
		if info.Size() > known[i].max {
			return broken(path, "file-too-large", fmt.Errorf("%d bytes, at most %d", info.Size(), known[i].max))
		}
		f.sizes[path], f.limit[path] = info.Size(), known[i].max
		f.paths = append(f.paths, path)
		return nil
	})
	sort.Strings(f.paths)
	if err != nil {
		return f, err
	}
	if !f.has("manifest.json") {
		return f, broken("manifest.json", "file-missing", nil)
	}
	return f, nil
}

// belongs holds the folder to its kind of bundle: nothing of the other kind, and everything that this kind must have.
func (f *folder) belongs(closed bool) error {
	known := shapes()
	for _, path := range f.paths {
		if i := matching(known, path); i < 0 || !known[i].of.fits(closed) {
			return broken(path, "file-unknown", nil)
		}
	}
	for _, s := range known {
		if !s.required || !s.of.fits(closed) {
			continue
		}
		name := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(s.re.String(), "^"), "$"), `\`, "")
		if !f.has(name) {
			return broken(name, "file-missing", nil)
		}
	}
	return nil
}

func matching(known []shape, path string) int {
	for i, s := range known {
		if s.re.MatchString(path) {
			return i
		}
	}
	return -1
}

// read returns a whole file, never more than its bound, whatever its directory entry said.
func (f *folder) read(path string) ([]byte, error) {
	limit, ok := f.limit[path]
	if !ok {
		return nil, broken(path, "file-missing", nil)
	}
	file, err := f.fsys.Open(path)
	if err != nil {
		return nil, broken(path, "file-unreadable", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, broken(path, "file-unreadable", err)
	}
	if int64(len(data)) > limit {
		return nil, broken(path, "file-too-large", nil)
	}
	return data, nil
}

// digest is SM3 of a file, read in a stream.
func (f *folder) digest(path string) (canon.Hash, error) {
	file, err := f.fsys.Open(path)
	if err != nil {
		return canon.Hash{}, broken(path, "file-unreadable", err)
	}
	defer file.Close()
	h := sm.NewHash()
	if _, err := io.Copy(h, io.LimitReader(file, f.limit[path])); err != nil {
		return canon.Hash{}, broken(path, "file-unreadable", err)
	}
	return canon.Hash(h.Sum(nil)), nil
}

// lines calls fn with every line of a JSON-lines file, numbered from 1. Every line ends with a newline; there are no empty lines.
func (f *folder) lines(path string, fn func(n int, line []byte) error) error {
	file, err := f.fsys.Open(path)
	if err != nil {
		return broken(path, "file-unreadable", err)
	}
	defer file.Close()
	return eachLine(file, path, fn)
}

var errLineEnd = errors.New("the last line does not end with a newline")

// has reports whether the folder holds the path.
func (f *folder) has(path string) bool { _, ok := f.sizes[path]; return ok }

// under lists the paths that begin with a prefix, ascending.
func (f *folder) under(prefix string) []string {
	i := sort.SearchStrings(f.paths, prefix)
	j := i
	for j < len(f.paths) && strings.HasPrefix(f.paths[j], prefix) {
		j++
	}
	return f.paths[i:j]
}

// bids lists the bids that have a folder, ascending.
func (f *folder) bids() []string {
	var out []string
	for _, p := range f.under("bids/") {
		bid := strings.SplitN(p, "/", 3)[1]
		if len(out) == 0 || out[len(out)-1] != bid {
			out = append(out, bid)
		}
	}
	return out
}

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
}

const idTail = `[0-9a-hjkmnp-tv-z]{26}`

func shapes() []shape {
	one := func(name string, max int64, required bool) shape {
		return shape{regexp.MustCompile(`^` + regexp.QuoteMeta(name) + `$`), max, required}
	}
	many := func(re string, max int64) shape { return shape{regexp.MustCompile(`^` + re + `$`), max, false} }
	return []shape{
		one("manifest.json", maxRecord, true),
		one("tender.json", maxSmall, true),
		one("key-record.json", maxSmall, true),
		one("officer-key.json", maxSmall, true),
		one("binding.json", maxSmall, true),
		one("events.jsonl", maxLine*maxLines, true),
		one("checkpoint.json", maxSmall, true),
		one("freeze.json", maxSmall, true),
		one("record.json", maxRecord, true),
		one("causes.jsonl", maxLine*maxLines, false),
		many(`certificates/[0-9a-f]{64}\.der`, maxCertificate),
		many(`notices/[1-9][0-9]{0,4}\.json`, maxSmall),
		many(`postponement-[1-9][0-9]{0,4}\.json`, maxSmall),
		many(`release-[a-z][a-z0-9-]{0,31}\.json`, maxSmall),
		many(`bids/bd_`+idTail+`/statement\.json`, maxSmall),
		many(`bids/bd_`+idTail+`/readout\.gmtb`, maxReadout),
		many(`bids/bd_`+idTail+`/key-release\.json`, maxSmall),
		many(`partials/[TC]-[1-9][0-9]{0,2}-[1-9][0-9]{0,5}\.json`, maxRecord),
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
	for _, s := range known {
		if name := strings.TrimSuffix(strings.TrimPrefix(s.re.String(), "^"), "$"); s.required {
			name = strings.ReplaceAll(name, `\`, "")
			if _, ok := f.sizes[name]; !ok {
				return f, broken(name, "file-missing", nil)
			}
		}
	}
	return f, nil
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

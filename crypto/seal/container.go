package seal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"unicode/utf8"

	"sunbid/crypto/canon"
	"sunbid/crypto/sm"
)

// ManifestType is the type of the manifest of every part but a read-out.
const ManifestType = "sunbid/manifest/v1"

// The bounds of a container.
const (
	MaxManifest = 2 << 20 // bytes
	MaxFiles    = 4096

	maxFileName = 255 // bytes
	maxMedia    = 127 // bytes, RFC 6838
)

// Manifest lists the files of a part in their order.
type Manifest struct {
	Type  string  `json:"type"`
	Files []Entry `json:"files"`
}

// Entry is one file of a part.
type Entry struct {
	Name  string     `json:"name"`
	Media string     `json:"media"` // media type, such as application/pdf
	Size  int64      `json:"size"`
	SM3   canon.Hash `json:"sm3"`
}

// RecordType is ManifestType.
func (Manifest) RecordType() string { return ManifestType }

// Check is ErrManifest unless there is at least one file and every entry is well formed, with a name of its own.
func (m Manifest) Check() error {
	if m.Type != ManifestType || len(m.Files) < 1 || len(m.Files) > MaxFiles {
		return because(ErrManifest, "type or number of files")
	}
	seen := make(map[string]bool, len(m.Files))
	for _, f := range m.Files {
		switch {
		case !validName(f.Name):
			return because(ErrManifest, "file name")
		case seen[f.Name]:
			return because(ErrManifest, "one name twice")
		case !validMedia(f.Media):
			return because(ErrManifest, "media type")
		case f.Size < 0 || f.Size > MaxContent:
			return because(ErrManifest, "size")
		}
		seen[f.Name] = true
	}
	return nil
}

func validName(s string) bool {
	return plainText(s, 1, maxFileName) && utf8.ValidString(s) && s != "." && s != ".." && !bytes.ContainsAny([]byte(s), `/\`)
}

func validMedia(s string) bool {
	slash := 0
	for _, c := range []byte(s) {
		switch {
		case c == '/':
			slash++
		case c <= ' ' || c > '~':
			return false
		}
	}
	return len(s) <= maxMedia && slash == 1 && s[0] != '/' && s[len(s)-1] != '/'
}

// File is one file to put into a container. Content must stay as it is until the part is sealed.
type File struct {
	Name, Media string
	Size        int64
	Content     io.ReaderAt
}

// Container is the content of a part made of files: u32(len manifest) || manifest || files. It reads through to them.
type Container struct {
	Manifest Manifest
	head     []byte
	files    []File
	size     int64
}

// NewContainer reads every file once for its digest, on all cores. Errors: ErrManifest, ErrContent (a file that ends
// early), and those of reading.
func NewContainer(files []File) (*Container, error) {
	m := Manifest{Type: ManifestType, Files: make([]Entry, len(files))}
	for i, f := range files {
		m.Files[i] = Entry{Name: f.Name, Media: f.Media, Size: f.Size}
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	err := inOrder(len(files), 0, 0,
		func(int, []byte) ([]byte, error) { return nil, nil },
		func(i int, _, _ []byte) ([]byte, error) {
			h := sm.NewHash()
			n, err := io.Copy(h, io.NewSectionReader(files[i].Content, 0, files[i].Size))
			if err == nil && n != files[i].Size {
				err = because(ErrContent, "ends early")
			}
			return h.Sum(nil), err
		},
		func(i int, sum []byte, _ canon.Hash) error { m.Files[i].SM3 = canon.Hash(sum); return nil }, false)
	if err != nil {
		return nil, err
	}
	encoded, err := canon.Marshal(m)
	if err != nil {
		return nil, err
	}
	if len(encoded) > MaxManifest {
		return nil, because(ErrManifest, "longer than 2 MiB")
	}
	c := &Container{Manifest: m, head: appendLong(nil, encoded), files: slices.Clone(files)}
	c.size = int64(len(c.head))
	for _, f := range files {
		c.size += f.Size
	}
	if c.size > MaxContent {
		return nil, ErrLength
	}
	return c, nil
}

// Size is the length of the content.
func (c *Container) Size() int64 { return c.size }

// ReadAt reads the content as io.ReaderAt promises; a file that has become shorter is ErrContent.
func (c *Container) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("seal: negative offset")
	}
	n := 0
	if off < int64(len(c.head)) {
		n = copy(p, c.head[off:])
	}
	start := int64(len(c.head))
	for _, f := range c.files {
		if n == len(p) {
			return n, nil
		}
		if at := off + int64(n) - start; at < f.Size {
			want := min(int64(len(p)-n), f.Size-at)
			got, err := f.Content.ReadAt(p[n:n+int(want)], at)
			n += got
			if int64(got) < want {
				if err == nil || errors.Is(err, io.EOF) {
					err = because(ErrContent, "ends early")
				}
				return n, err
			}
		}
		start += f.Size
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// ParseContainer reads the content of a part and calls each for every file in order, with a reader of its content. What
// each leaves unread is read for it. Errors: ErrManifest, ErrContent (a file cut off, not of its digest, or bytes
// behind the last), canon's, each's and r's. A file's digest is known only when it has been read: what each has done
// with it holds only if ParseContainer returns nil.
func ParseContainer(r io.Reader, each func(e Entry, content io.Reader) error) (Manifest, error) {
	var size [4]byte
	if err := readFull(r, size[:]); err != nil {
		return Manifest{}, because(ErrManifest, err.Error())
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > MaxManifest {
		return Manifest{}, because(ErrManifest, "longer than 2 MiB")
	}
	encoded, err := io.ReadAll(io.LimitReader(r, int64(n))) // grows with what is really there
	if err != nil {
		return Manifest{}, err
	}
	if len(encoded) != int(n) {
		return Manifest{}, because(ErrManifest, "cut off")
	}
	var m Manifest
	if err := canon.Unmarshal(encoded, &m); err != nil {
		return Manifest{}, err
	}
	if err := m.Check(); err != nil {
		return Manifest{}, err
	}
	for _, e := range m.Files {
		h := sm.NewHash()
		limited := &io.LimitedReader{R: r, N: e.Size}
		content := io.TeeReader(limited, h)
		if err := each(e, content); err != nil {
			return Manifest{}, err
		}
		if _, err := io.Copy(io.Discard, content); err != nil {
			return Manifest{}, err
		}
		if limited.N > 0 || canon.Hash(h.Sum(nil)) != e.SM3 {
			return Manifest{}, because(ErrContent, "cut off or changed")
		}
	}
	if n, err := io.ReadFull(r, size[:1]); n > 0 {
		return Manifest{}, because(ErrContent, "bytes behind the last file")
	} else if !errors.Is(err, io.EOF) {
		return Manifest{}, err
	}
	return m, nil
}

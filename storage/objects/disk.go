package objects

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Disk keeps objects in a folder. It is the store of the embedded default; several processes may read it, and write it,
// at the same time.
//
//	DIR/objects/=ab/abcdef…        an object: its bytes, then a trailer with its version
//	DIR/objects/=ab/abcdef…=retain its retention, once it has one
//	DIR/objects/log/=00/0000…      an object named log/0000…
//	DIR/tmp/…/                     writes in progress, one folder for each opener
//
// '=' is not a byte of names, so none of our own marks can collide with one.
type Disk struct {
	root  string
	clock func() time.Time

	mu    sync.Mutex      // guards known, and one retention change at a time
	known map[string]bool // folders that are durable on the disk
	lock  *os.File        // the same among processes
	alive *os.File        // locked while this opener lives; its folder holds our temporary files
}

// OpenDisk opens the store in dir, making it when missing, and removes what writers that died left in tmp. clock decides
// when a retention has ended.
func OpenDisk(dir string, clock func() time.Time) (*Disk, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open object store: %w", err)
	}
	for _, sub := range []string{"objects", "tmp"} {
		if err := os.MkdirAll(filepath.Join(root, sub), 0o700); err != nil {
			return nil, fmt.Errorf("open object store: %w", err)
		}
	}
	if err := syncFolder(root); err != nil {
		return nil, fmt.Errorf("open object store: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(root, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open object store: %w", err)
	}
	d := &Disk{root: root, clock: clock, known: map[string]bool{}, lock: lock}
	if err := d.alone(d.moveIn); err != nil {
		return nil, errors.Join(fmt.Errorf("open object store: %w", err), lock.Close())
	}
	return d, nil
}

// Close releases the store. The caller has no operation under way.
func (d *Disk) Close() error {
	return errors.Join(d.lock.Close(), d.alive.Close(), os.RemoveAll(filepath.Dir(d.alive.Name())))
}

// path returns the folder and the file name of an object.
func (d *Disk) path(n Name) (folder, file string) {
	parent, segment := "", string(n)
	if i := strings.LastIndexByte(segment, '/'); i >= 0 {
		parent, segment = segment[:i], segment[i+1:]
	}
	return filepath.Join(d.root, "objects", filepath.FromSlash(parent), "="+segment[:min(2, len(segment))]), segment
}

// Put implements Store: temporary file → fsync → link under the name → fsync of the folder. The link, unlike a rename,
// fails when the name is taken, also when another process took it in between.
func (d *Disk) Put(ctx context.Context, name Name, r io.Reader, size int64) (Ref, error) {
	ref, err := d.put(ctx, name, r, size)
	if err != nil {
		return Ref{}, fmt.Errorf("put object %s: %w", name, noRoom(err))
	}
	return ref, nil
}

func (d *Disk) put(ctx context.Context, name Name, r io.Reader, size int64) (_ Ref, err error) {
	if err := name.Check(); err != nil {
		return Ref{}, err
	}
	if size < 0 {
		return Ref{}, fmt.Errorf("%w: %d announced", ErrSize, size)
	}
	folder, file := d.path(name)
	if _, err := os.Lstat(filepath.Join(folder, file)); err == nil {
		return Ref{}, ErrExists // before the bytes are read; the link below decides
	}
	version := newVersion()
	tmp, err := d.temporary()
	if err != nil {
		return Ref{}, err
	}
	defer func() { err = errors.Join(err, tmp.discard()) }()
	if _, err := io.Copy(tmp, &cancellable{ctx: ctx, r: exactly(r, size)}); err != nil {
		return Ref{}, err
	}
	if _, err := tmp.WriteString(trailer(version)); err != nil {
		return Ref{}, err
	}
	if err := tmp.Chmod(0o400); err != nil {
		return Ref{}, err
	}
	if err := tmp.Sync(); err != nil {
		return Ref{}, err
	}
	if err := d.ensureFolder(folder); err != nil {
		return Ref{}, err
	}
	if err := os.Link(tmp.Name(), filepath.Join(folder, file)); errors.Is(err, fs.ErrExist) {
		return Ref{}, ErrExists
	} else if err != nil {
		return Ref{}, err
	}
	// The object exists now; after the next line it also survives a power cut.
	if err := syncFolder(folder); err != nil {
		return Ref{}, err
	}
	return Ref{Name: name, Version: version}, nil
}

// Get implements Store.
func (d *Disk) Get(_ context.Context, ref Ref, offset, length int64) (io.ReadCloser, error) {
	f, info, err := d.open(ref)
	if err != nil {
		return nil, fmt.Errorf("get object %s: %w", ref.Name, err)
	}
	if length < 0 {
		length = info.Size - offset
	}
	if offset < 0 || offset > info.Size || length > info.Size-offset || length < 0 {
		f.Close()
		return nil, fmt.Errorf("get object %s: %w", ref.Name, ErrRange)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, offset, length), f}, nil
}

// Stat implements Store.
func (d *Disk) Stat(_ context.Context, ref Ref) (Info, error) {
	f, info, err := d.open(ref)
	if err != nil {
		return Info{}, fmt.Errorf("stat object %s: %w", ref.Name, err)
	}
	f.Close()
	if info.RetainUntil, err = d.retention(ref.Name, info.Version); err != nil {
		return Info{}, fmt.Errorf("stat object %s: %w", ref.Name, err)
	}
	return info, nil
}

// open opens the file and checks its trailer; RetainUntil is left to the caller.
func (d *Disk) open(ref Ref) (*os.File, Info, error) {
	if err := ref.Name.Check(); err != nil {
		return nil, Info{}, err
	}
	folder, file := d.path(ref.Name)
	f, err := os.Open(filepath.Join(folder, file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Info{}, ErrNotFound
	} else if err != nil {
		return nil, Info{}, err
	}
	info, err := readTrailer(f)
	if err == nil && ref.Version != "" && ref.Version != info.Version {
		err = ErrNotFound
	}
	if err != nil {
		f.Close()
		return nil, Info{}, err
	}
	return f, info, nil
}

const trailerMark = "\nsunbid-object1 " // 16 bytes, then the version in 32

func newVersion() string {
	var bits [16]byte
	rand.Read(bits[:])
	return hex.EncodeToString(bits[:])
}

func trailer(version string) string { return trailerMark + version }

func readTrailer(f *os.File) (Info, error) {
	st, err := f.Stat()
	if err != nil {
		return Info{}, err
	}
	const length = int64(len(trailerMark) + 32)
	var end [length]byte
	if st.Size() < length {
		return Info{}, ErrDamaged
	}
	if _, err := f.ReadAt(end[:], st.Size()-length); err != nil {
		return Info{}, err
	}
	version, found := strings.CutPrefix(string(end[:]), trailerMark)
	if !found {
		return Info{}, ErrDamaged
	}
	return Info{Version: version, Size: st.Size() - length}, nil
}

// cancellable ends a copy when its context ends.
type cancellable struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancellable) Read(p []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

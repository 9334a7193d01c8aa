// Package objects keeps sealed files: bytes that are written once, never changed, and deleted only when the law lets them go.
// Everything stored is already encrypted or public, so the port is small, and it has two adapters that one conformance
// suite (storetest.Objects) holds to the same behaviour: MinIO with object lock, and a folder on the local disk.
package objects

import (
	"context"
	"errors"
	"io"
	"time"
)

// Ref names one stored version. A store that keeps a single version per name still gives it a random version, so a Ref
// from a receipt never silently means other bytes that came to stand under the same name.
type Ref struct {
	Name    Name
	Version string
}

// Info is what a store knows of a version without reading it.
type Info struct {
	Version     string
	Size        int64     // bytes
	RetainUntil time.Time // whole seconds, UTC; zero when nothing protects the version
}

// Entry is a listed version.
type Entry struct {
	Ref
	Size int64
}

// Store is the port. Every method may be called from many goroutines.
type Store interface {
	// Put stores exactly size bytes of r under a new name and returns its version once it is durable. A name that exists
	// gives ErrExists; an r with fewer or more bytes ErrSize, a store without room ErrFull. On an error the object may or
	// may not exist, and after a lost answer the adapter's own second try may meet the first: Stat tells.
	Put(ctx context.Context, name Name, r io.Reader, size int64) (Ref, error)

	// Get opens the bytes [offset, offset+length) of the version; length < 0 means to the end. A range that is not wholly
	// inside the object gives ErrRange. An empty Version means whatever stands under the name: enough for the public log,
	// never for a bid, whose receipt names the version. ErrNotFound when there is no such version.
	Get(ctx context.Context, ref Ref, offset, length int64) (io.ReadCloser, error)

	// Stat describes the version; an empty Version as in Get. ErrNotFound when there is none.
	Stat(ctx context.Context, ref Ref) (Info, error)

	// Retain forbids everybody, administrators included, to delete or replace the version before until (COMPLIANCE mode),
	// which is rounded up to a whole second. Retention only ever grows: asked to shorten it, the store answers
	// ErrRetained; asked again for the same, it agrees. ErrPast when until is not in the future.
	Retain(ctx context.Context, ref Ref, until time.Time) error

	// Delete removes an unretained version for good; ErrRetained otherwise, ErrNotFound when it is not there. It is for
	// uploads that expired, and Ref must name a version.
	Delete(ctx context.Context, ref Ref) error

	// List returns up to limit versions whose names begin with prefix and follow after, in byte order of their names.
	// The next page starts after the last name; an empty page is the end. It is for fsck and backup.
	List(ctx context.Context, prefix string, after Name, limit int) ([]Entry, error)
}

// What a store says when it is the request, not the world, that cannot be satisfied.
var (
	ErrExists   = errors.New("an object of this name exists")
	ErrNotFound = errors.New("no such object")
	ErrName     = errors.New("not an object name")
	ErrSize     = errors.New("the bytes given are not as many as announced")
	ErrRange    = errors.New("the range is not inside the object")
	ErrRetained = errors.New("the object is under retention")
	ErrPast     = errors.New("retention must end in the future")
	ErrFull     = errors.New("the object store is full")
	ErrDamaged  = errors.New("the stored object is damaged")
)

// wholeSecond rounds up, so that nothing is kept shorter than asked.
func wholeSecond(t time.Time) time.Time {
	whole := t.UTC().Truncate(time.Second)
	if whole.Before(t) {
		whole = whole.Add(time.Second)
	}
	return whole
}

package faulty

import (
	"context"
	"io"
	"time"

	"sunbid/storage/objects"
)

// Store breaks a write to the store beneath it.
type Store struct {
	objects.Store
	Fault *Fault
}

// Put implements objects.Store.
func (s Store) Put(ctx context.Context, name objects.Name, r io.Reader, size int64) (objects.Ref, error) {
	if !s.Fault.strikes() {
		return s.Store.Put(ctx, name, r, size)
	}
	if s.Fault.Persisted {
		s.Store.Put(ctx, name, r, size)
	}
	return objects.Ref{}, ErrStruck
}

// Retain implements objects.Store.
func (s Store) Retain(ctx context.Context, ref objects.Ref, until time.Time) error {
	if !s.Fault.strikes() {
		return s.Store.Retain(ctx, ref, until)
	}
	if s.Fault.Persisted {
		s.Store.Retain(ctx, ref, until)
	}
	return ErrStruck
}

// Delete implements objects.Store.
func (s Store) Delete(ctx context.Context, ref objects.Ref) error {
	if !s.Fault.strikes() {
		return s.Store.Delete(ctx, ref)
	}
	if s.Fault.Persisted {
		s.Store.Delete(ctx, ref)
	}
	return ErrStruck
}

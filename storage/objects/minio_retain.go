package objects

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/minio/minio-go/v7"
)

// Retain implements Store.
func (m *Minio) Retain(ctx context.Context, ref Ref, until time.Time) error {
	if err := m.retain(ctx, ref, wholeSecond(until)); err != nil {
		return fmt.Errorf("retain object %s: %w", ref.Name, translated(err))
	}
	return nil
}

func (m *Minio) retain(ctx context.Context, ref Ref, until time.Time) error {
	now, err := m.Stat(ctx, ref)
	switch {
	case err != nil:
		return err
	case until.Before(now.RetainUntil):
		return ErrRetained
	case until.Equal(now.RetainUntil):
		return nil
	}
	mode := minio.Compliance
	err = m.client.PutObjectRetention(ctx, m.bucket, string(ref.Name), minio.PutObjectRetentionOptions{
		Mode: &mode, RetainUntilDate: &until, VersionID: now.Version,
	})
	// Servers have several codes, malformed XML among them, for a date in the past and for a retention that somebody else
	// extended meanwhile; nothing else can be wrong with this request.
	if c := code(err); c == "MalformedXML" || c == "InvalidRequest" || c == "InvalidRetentionDate" {
		if now, statErr := m.Stat(ctx, ref); statErr == nil && until.Before(now.RetainUntil) {
			return errors.Join(ErrRetained, err)
		}
		return errors.Join(ErrPast, err)
	}
	return err
}

// Delete implements Store.
func (m *Minio) Delete(ctx context.Context, ref Ref) error {
	if err := m.delete(ctx, ref); err != nil {
		return fmt.Errorf("delete object %s: %w", ref.Name, translated(err))
	}
	return nil
}

func (m *Minio) delete(ctx context.Context, ref Ref) error {
	if ref.Version == "" {
		return ErrNotFound // without a version the server would only hide the object behind a marker
	}
	if _, err := m.Stat(ctx, ref); err != nil {
		return err // the server deletes what is not there without a word
	}
	err := m.client.RemoveObject(ctx, m.bucket, string(ref.Name), minio.RemoveObjectOptions{VersionID: ref.Version})
	if c := code(err); c == "InvalidRequest" || c == "ObjectLocked" || c == "AccessDenied" { // servers differ
		if info, statErr := m.Stat(ctx, ref); statErr == nil && !info.RetainUntil.IsZero() {
			return errors.Join(ErrRetained, err)
		}
	}
	return err
}

// List implements Store. Two versions of one name, which only another program can have made, are both listed, on one page.
func (m *Minio) List(ctx context.Context, prefix string, after Name, limit int) ([]Entry, error) {
	if err := checkList(prefix, limit); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var page []Entry
	for found := range m.client.ListObjectsIter(ctx, m.bucket, minio.ListObjectsOptions{
		Prefix: prefix, StartAfter: string(after), WithVersions: true, Recursive: true, MaxKeys: min(limit+1, 1000),
	}) {
		if found.Err != nil {
			return nil, fmt.Errorf("list objects: %w", found.Err)
		}
		if found.IsDeleteMarker {
			continue
		}
		if len(page) >= limit && Name(found.Key) != page[len(page)-1].Name {
			break
		}
		page = append(page, Entry{Ref: Ref{Name: Name(found.Key), Version: found.VersionID}, Size: found.Size})
	}
	return page, nil
}

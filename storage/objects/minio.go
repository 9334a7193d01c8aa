package objects

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// MinioConfig says where the bucket is. It prints without its secrets.
type MinioConfig struct {
	Endpoint  string // host:port
	AccessKey string
	SecretKey string
	Bucket    string
	Secure    bool // TLS; only a loopback server may do without
}

func (c MinioConfig) String() string {
	return fmt.Sprintf("MinIO bucket %s at %s", c.Bucket, c.Endpoint)
}

// GoString is for %#v, LogValue for slog; neither shows the keys.
func (c MinioConfig) GoString() string     { return c.String() }
func (c MinioConfig) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Minio keeps objects in a bucket with object lock: versions, and retention in COMPLIANCE mode, which not even the
// server's root user can shorten.
type Minio struct {
	client *minio.Client
	bucket string
}

// A part is kept in memory while it is hashed, so this is the memory one upload takes.
const partSize = 8 << 20

// OpenMinio connects, and makes the bucket with object lock when it is missing. A bucket without object lock is refused:
// it could not protect a bid.
func OpenMinio(ctx context.Context, c MinioConfig) (*Minio, error) {
	client, err := minio.New(c.Endpoint, &minio.Options{
		Creds:  credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""),
		Secure: c.Secure,
	})
	if err != nil {
		return nil, fmt.Errorf("open %v: %w", c, err)
	}
	m := &Minio{client: client, bucket: c.Bucket}
	if err := m.ensureBucket(ctx); err != nil {
		return nil, fmt.Errorf("open %v: %w", c, err)
	}
	return m, nil
}

func (m *Minio) ensureBucket(ctx context.Context) error {
	err := m.client.MakeBucket(ctx, m.bucket, minio.MakeBucketOptions{ObjectLocking: true})
	switch code(err) {
	case "", "BucketAlreadyOwnedByYou", "BucketAlreadyExists":
	default:
		return err
	}
	lock, _, _, _, err := m.client.GetObjectLockConfig(ctx, m.bucket)
	if code(err) == "ObjectLockConfigurationNotFoundError" || err == nil && lock != "Enabled" {
		return errors.New("the bucket has no object lock; make a new one, it cannot be switched on later")
	}
	return err
}

// Put implements Store.
func (m *Minio) Put(ctx context.Context, name Name, r io.Reader, size int64) (Ref, error) {
	version, err := m.put(ctx, name, r, size)
	if err != nil {
		return Ref{}, fmt.Errorf("put object %s: %w", name, translated(err))
	}
	return Ref{Name: name, Version: version}, nil
}

func (m *Minio) put(ctx context.Context, name Name, r io.Reader, size int64) (version string, err error) {
	if err := name.Check(); err != nil {
		return "", err
	}
	if size < 0 {
		return "", fmt.Errorf("%w: %d announced", ErrSize, size)
	}
	// The server compares names only when it finishes a multipart upload; ask before sending many bytes.
	if size > partSize {
		if _, err := m.Stat(ctx, Ref{Name: name}); err == nil {
			return "", ErrExists
		} else if !errors.Is(err, ErrNotFound) {
			return "", err
		}
	}
	exact := exactly(r, size)
	if size == 0 { // the client would not read at all
		if _, err := exact.Read(nil); err != io.EOF {
			return "", err
		}
	}
	// Object lock wants a checksum with every part: SendContentMd5.
	opts := minio.PutObjectOptions{SendContentMd5: true, PartSize: partSize, ContentType: "application/octet-stream"}
	opts.SetMatchETagExcept("*") // If-None-Match: the name must be new
	info, err := m.client.PutObject(ctx, m.bucket, string(name), exact, size, opts)
	if err != nil {
		return "", err
	}
	if info.VersionID == "" {
		return "", errors.New("the server gave no version; is versioning suspended?")
	}
	return info.VersionID, nil
}

// Get implements Store.
func (m *Minio) Get(ctx context.Context, ref Ref, offset, length int64) (io.ReadCloser, error) {
	body, err := m.get(ctx, ref, offset, length)
	if err != nil {
		return nil, fmt.Errorf("get object %s: %w", ref.Name, translated(err))
	}
	return body, nil
}

func (m *Minio) get(ctx context.Context, ref Ref, offset, length int64) (io.ReadCloser, error) {
	if err := ref.Name.Check(); err != nil {
		return nil, err
	}
	if offset < 0 {
		return nil, ErrRange
	}
	opts := minio.GetObjectOptions{VersionID: ref.Version}
	switch {
	case length == 0:
		return m.emptyAt(ctx, ref, offset)
	case length > 0:
		if err := opts.SetRange(offset, offset+length-1); err != nil {
			return nil, ErrRange
		}
	case offset > 0:
		if err := opts.SetRange(offset, 0); err != nil {
			return nil, ErrRange
		}
	}
	body, info, _, err := minio.Core{Client: m.client}.GetObject(ctx, m.bucket, string(ref.Name), opts)
	if code(err) == "InvalidRange" {
		if length < 0 {
			return m.emptyAt(ctx, ref, offset)
		}
		return nil, ErrRange
	}
	if err != nil {
		return nil, missing(ref, err)
	}
	if length > 0 && info.Size != length { // the server cuts a range at the end of the object
		return nil, errors.Join(ErrRange, body.Close())
	}
	return body, nil
}

// emptyAt is the empty range at offset, which HTTP cannot ask for.
func (m *Minio) emptyAt(ctx context.Context, ref Ref, offset int64) (io.ReadCloser, error) {
	info, err := m.Stat(ctx, ref)
	if err != nil {
		return nil, err
	}
	if offset > info.Size {
		return nil, ErrRange
	}
	return io.NopCloser(bytes.NewReader(nil)), nil
}

// Stat implements Store.
func (m *Minio) Stat(ctx context.Context, ref Ref) (Info, error) {
	info, err := m.stat(ctx, ref)
	if err != nil {
		return Info{}, fmt.Errorf("stat object %s: %w", ref.Name, translated(err))
	}
	return info, nil
}

func (m *Minio) stat(ctx context.Context, ref Ref) (Info, error) {
	if err := ref.Name.Check(); err != nil {
		return Info{}, err
	}
	found, err := m.client.StatObject(ctx, m.bucket, string(ref.Name), minio.StatObjectOptions{VersionID: ref.Version})
	if err != nil {
		return Info{}, missing(ref, err)
	}
	info := Info{Version: found.VersionID, Size: found.Size}
	if until := found.Metadata.Get("X-Amz-Object-Lock-Retain-Until-Date"); until != "" {
		t, err := time.Parse(time.RFC3339, until)
		if err != nil {
			return Info{}, fmt.Errorf("%w: its retention: %w", ErrDamaged, err)
		}
		info.RetainUntil = t.UTC()
	}
	return info, nil
}

// missing: a version id that the server could never have given is one it does not have.
func missing(ref Ref, err error) error {
	if ref.Version != "" && code(err) == "InvalidArgument" {
		return errors.Join(ErrNotFound, err)
	}
	return err
}

// code is the S3 error code of err; "" for nil.
func code(err error) string {
	if err == nil {
		return ""
	}
	return minio.ToErrorResponse(err).Code
}

// translated gives the server's answers the port's words. The server's own text stays in the error: it names codes and
// object names, never keys.
func translated(err error) error {
	answer := minio.ToErrorResponse(err)
	var meaning error
	switch answer.Code {
	case "NoSuchKey", "NoSuchVersion":
		meaning = ErrNotFound
	case "PreconditionFailed":
		meaning = ErrExists
	case "XMinioStorageFull":
		meaning = ErrFull
	case "InvalidRange":
		meaning = ErrRange
	default:
		// A HEAD has no body to carry a code; 405 is a delete marker.
		if answer.StatusCode != http.StatusNotFound && answer.StatusCode != http.StatusMethodNotAllowed {
			return err
		}
		meaning = ErrNotFound
	}
	if errors.Is(err, meaning) {
		return err
	}
	return fmt.Errorf("%w: %w", meaning, err)
}

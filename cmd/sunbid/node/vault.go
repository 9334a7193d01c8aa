package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"sunbid/bidding/bid"
	"sunbid/storage/objects"
)

// vault is the object store as the stages need it. Names are random: they tell neither lot nor order.
type vault struct{ store objects.Store }

var _ bid.Vault = vault{}

// Put implements bid.Vault.
func (v vault) Put(ctx context.Context, r io.Reader, size int64) (bid.Object, error) {
	ref, err := v.store.Put(ctx, objects.NewName(), r, size)
	if errors.Is(err, objects.ErrFull) {
		return bid.Object{}, fmt.Errorf("%w: %w", bid.ErrStoreFull, err)
	}
	if err != nil {
		return bid.Object{}, fmt.Errorf("store object: %w", err)
	}
	return bid.Object{Name: string(ref.Name), Version: ref.Version, Size: size}, nil
}

// Get implements bid.Vault.
func (v vault) Get(ctx context.Context, o bid.Object) (io.ReadCloser, error) {
	return v.store.Get(ctx, ref(o), 0, -1)
}

// retainers is how many versions are locked at once: a 500 MB body has 63.
const retainers = 8

// Retain implements bid.Vault.
func (v vault) Retain(ctx context.Context, list []bid.Object, until time.Time) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(retainers)
	for _, o := range list {
		g.Go(func() error { return v.store.Retain(ctx, ref(o), until) })
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("retain objects: %w", err)
	}
	return nil
}

// Delete implements bid.Vault; what is gone already is no error.
func (v vault) Delete(ctx context.Context, list []bid.Object) error {
	for _, o := range list {
		if err := v.store.Delete(ctx, ref(o)); err != nil && !errors.Is(err, objects.ErrNotFound) {
			return fmt.Errorf("delete object: %w", err)
		}
	}
	return nil
}

func ref(o bid.Object) objects.Ref {
	return objects.Ref{Name: objects.Name(o.Name), Version: o.Version}
}

// chunks streams a part's objects one after another.
func (v vault) Chunks(ctx context.Context, p bid.SealedPart) (io.ReadCloser, error) {
	return &sequence{ctx: ctx, vault: v, left: p.Objects}, nil
}

// sequence opens each object when the one before is read.
type sequence struct {
	ctx   context.Context
	vault vault
	left  []bid.Object
	open  io.ReadCloser
}

func (s *sequence) Read(p []byte) (int, error) {
	for {
		if s.open == nil {
			if len(s.left) == 0 {
				return 0, io.EOF
			}
			var err error
			if s.open, err = s.vault.Get(s.ctx, s.left[0]); err != nil {
				return 0, err
			}
			s.left = s.left[1:]
		}
		n, err := s.open.Read(p)
		if errors.Is(err, io.EOF) {
			err = s.open.Close()
			s.open = nil
			if n == 0 && err == nil {
				continue
			}
		}
		return n, err
	}
}

func (s *sequence) Close() error {
	if s.open == nil {
		return nil
	}
	return s.open.Close()
}

// openStore opens the configured object store.
func openStore(ctx context.Context, c Objects, clock func() time.Time) (objects.Store, error) {
	if c.Minio == nil {
		return objects.OpenDisk(c.Disk, clock)
	}
	secret, err := Secret(c.Minio.SecretFile)
	if err != nil {
		return nil, err
	}
	access, key, ok := strings.Cut(string(secret), "\n")
	if !ok {
		return nil, fmt.Errorf("%s: access key and secret key stand on two lines", c.Minio.SecretFile)
	}
	return objects.OpenMinio(ctx, objects.MinioConfig{Endpoint: c.Minio.Endpoint, AccessKey: access, SecretKey: strings.TrimSpace(key), Bucket: c.Minio.Bucket, Secure: c.Minio.Secure})
}

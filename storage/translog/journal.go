package translog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"sunbid/crypto/canon"
	"sunbid/crypto/tlog"
	"sunbid/storage/objects"
)

// journal is the log as it stands outside the database: one object per round, 256 rounds to one object later.
type journal struct{ store objects.Store }

// entry is one round's object, log/SIZE with the size that the round made.
type entry struct {
	Type       string                 `json:"type"`
	Size       int64                  `json:"size"`
	Round      canon.Hash             `json:"round"`                // the round's root
	Checkpoint *tlog.SignedCheckpoint `json:"checkpoint,omitempty"` // absent only where the entry was written anew
}

// bundle is the object of 256 rounds, log/tile/N: rounds 256·N and on.
type bundle struct {
	Type       string                 `json:"type"`
	Tile       int64                  `json:"tile"`
	Rounds     []canon.Hash           `json:"rounds"`
	Checkpoint *tlog.SignedCheckpoint `json:"checkpoint,omitempty"` // of size 256·(N+1)
}

const (
	entryType  = "sunbid/log-journal/v1"
	bundleType = "sunbid/log-journal-tile/v1"
	perBundle  = 256

	journalFolder = "log/"
	bundleFolder  = "log/tile/"
	longestEntry  = 64 << 10
)

func entryName(size int64) objects.Name {
	return objects.Name(fmt.Sprintf("%s%014d", journalFolder, size))
}
func bundleName(n int64) objects.Name { return objects.Name(fmt.Sprintf("%s%014d", bundleFolder, n)) }

// put writes an object that has one possible content. When it stands there already with that content, all is well: an
// earlier try got further than it knew. With another content somebody has written another history: ErrFork.
func (j journal) put(ctx context.Context, name objects.Name, content any) error {
	body, err := canon.Marshal(content)
	if err != nil {
		return fmt.Errorf("journal %s: %w", name, err)
	}
	_, err = j.store.Put(ctx, name, bytes.NewReader(body), int64(len(body)))
	if errors.Is(err, objects.ErrExists) {
		there, err := j.read(ctx, name)
		if err != nil {
			return fmt.Errorf("journal %s: %w", name, err)
		}
		if !bytes.Equal(there, body) {
			return ErrFork.With("journal " + string(name))
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("journal %s: %w", name, err)
	}
	return nil
}

func (j journal) read(ctx context.Context, name objects.Name) ([]byte, error) {
	r, err := j.store.Get(ctx, objects.Ref{Name: name}, 0, -1)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, longestEntry))
}

func (j journal) entry(ctx context.Context, size int64) (e entry, err error) {
	body, err := j.read(ctx, entryName(size))
	if err != nil {
		return e, err
	}
	if err := canon.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("journal of size %d: %w", size, err)
	}
	if e.Type != entryType || e.Size != size {
		return e, fmt.Errorf("journal of size %d speaks of %q %d", size, e.Type, e.Size)
	}
	return e, nil
}

func (j journal) bundle(ctx context.Context, n int64) (b bundle, err error) {
	body, err := j.read(ctx, bundleName(n))
	if err != nil {
		return b, err
	}
	if err := canon.Unmarshal(body, &b); err != nil {
		return b, fmt.Errorf("journal tile %d: %w", n, err)
	}
	if b.Type != bundleType || b.Tile != n || len(b.Rounds) != perBundle {
		return b, fmt.Errorf("journal tile %d speaks of %q %d with %d rounds", n, b.Type, b.Tile, len(b.Rounds))
	}
	return b, nil
}

// sizes visits the single entries for sizes above the given one, in order.
func (j journal) sizes(ctx context.Context, above int64, visit func(objects.Entry, int64) error) error {
	return j.list(ctx, journalFolder+"0", entryName(above), visit)
}

// bundles visits the bundles from number n on, in order.
func (j journal) bundles(ctx context.Context, n int64, visit func(objects.Entry, int64) error) error {
	after := objects.Name("")
	if n > 0 {
		after = bundleName(n - 1)
	}
	return j.list(ctx, bundleFolder, after, visit)
}

func (j journal) list(ctx context.Context, prefix string, after objects.Name, visit func(objects.Entry, int64) error) error {
	for {
		page, err := j.store.List(ctx, prefix, after, 500)
		if err != nil {
			return fmt.Errorf("list journal: %w", err)
		}
		if len(page) == 0 {
			return nil
		}
		for _, e := range page {
			after = e.Name
			digits := string(e.Name)[strings.LastIndexByte(string(e.Name), '/')+1:]
			n, err := strconv.ParseInt(digits, 10, 64)
			if err != nil || len(digits) != 14 {
				return fmt.Errorf("journal holds a foreign object %q", e.Name)
			}
			if err := visit(e, n); err != nil {
				return err
			}
		}
	}
}

var errEnough = errors.New("enough")

// compact puts full stretches of 256 published rounds into one object each and then removes their single entries. It begins at the
// oldest single entry there is, so that whatever an earlier try left is finished first.
func (j journal) compact(ctx context.Context, published int64, rounds func(ctx context.Context, first int64) ([]canon.Hash, error)) error {
	for {
		oldest := int64(-1)
		err := j.sizes(ctx, 0, func(_ objects.Entry, size int64) error { oldest = size; return errEnough })
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
		n := (oldest - 1) / perBundle
		if oldest < 0 || (n+1)*perBundle > published {
			return nil
		}
		if err := j.compactOne(ctx, n, rounds); err != nil {
			return fmt.Errorf("compact journal tile %d: %w", n, err)
		}
	}
}

func (j journal) compactOne(ctx context.Context, n int64, rounds func(ctx context.Context, first int64) ([]canon.Hash, error)) error {
	if _, err := j.bundle(ctx, n); errors.Is(err, objects.ErrNotFound) {
		b := bundle{Type: bundleType, Tile: n}
		if b.Rounds, err = rounds(ctx, n*perBundle); err != nil {
			return err
		}
		last, err := j.entry(ctx, (n+1)*perBundle)
		if err != nil && !errors.Is(err, objects.ErrNotFound) {
			return err
		}
		b.Checkpoint = last.Checkpoint
		if err := j.put(ctx, bundleName(n), b); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	// From here the rounds stand in the bundle: a crash leaves single entries that the next call removes.
	err := j.sizes(ctx, n*perBundle, func(e objects.Entry, size int64) error {
		if size > (n+1)*perBundle {
			return errEnough
		}
		if err := j.store.Delete(ctx, e.Ref); err != nil && !errors.Is(err, objects.ErrNotFound) {
			return err
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

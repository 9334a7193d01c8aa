package node

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/gazette"
	"sunbid/crypto/canon"
	"sunbid/storage/postgres"
	"sunbid/web/api"
)

// bundlesKept is how many bundles lie ready.
const bundlesKept = 8

// bundles implements api.Bundles. A bundle is made when it is first asked for and again when the opening has moved on (a record signed,
// a cause determined), one at a time, so that whoever asks often costs little.
type bundles struct {
	public   gazette.Reader // asked first, in the public role: before the publication nothing else is read
	openings *postgres.Openings
	export   func(ctx context.Context, lot bidding.LotID, dir string) error
	dir      string

	turn sync.Mutex // one at a time; guards made
	made []string   // file names, oldest first
}

var _ api.Bundles = (*bundles)(nil)

// Bundle implements api.Bundles.
func (b *bundles) Bundle(ctx context.Context, lot bidding.LotID) (io.ReadCloser, int64, error) {
	page, err := b.public.Opening(ctx, lot)
	if err != nil {
		return nil, 0, err
	}
	if page.PublishedAt.IsZero() {
		return nil, 0, errNotPublished
	}
	_, state, err := b.openings.Load(ctx, lot)
	if err != nil {
		return nil, 0, err
	}
	as, err := canon.HashOf(state)
	if err != nil {
		return nil, 0, err
	}
	path := filepath.Join(b.dir, lot.String()+"-"+as.String()+".tar")
	b.turn.Lock()
	defer b.turn.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, 0, err // gave up while others had their turn
	}
	if _, err := os.Stat(path); err != nil {
		if err := b.make(lot, path); err != nil {
			return nil, 0, err
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, info.Size(), nil
}

// make writes the bundle and packs it. It does not end with the request: who asks next finds it ready.
func (b *bundles) make(lot bidding.LotID, path string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	work, err := os.MkdirTemp(b.dir, "work-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	folder := filepath.Join(work, lot.String())
	if err := b.export(ctx, lot, folder); err != nil {
		return err
	}
	if err := pack(work, lot.String(), filepath.Join(work, "tar")); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(work, "tar"), path); err != nil {
		return err
	}
	b.made = append(b.made, path)
	for len(b.made) > bundlesKept {
		if err := os.Remove(b.made[0]); err != nil { // whoever is sent it now still has it open
			return err
		}
		b.made = b.made[1:]
	}
	return nil
}

// pack writes the folder below dir as a tar file, with names that begin with the folder's and nothing of this machine.
func pack(dir, folder, to string) (err error) {
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := tar.NewWriter(f)
	err = filepath.WalkDir(filepath.Join(dir, folder), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if err := w.WriteHeader(&tar.Header{Name: filepath.ToSlash(name), Mode: 0o644, Size: info.Size(), Format: tar.FormatPAX}); err != nil {
			return err
		}
		in, err := os.Open(path)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, in)
		return errors.Join(err, in.Close())
	})
	return errors.Join(err, w.Close())
}

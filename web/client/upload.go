package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
	"sunbid/web/api/wire"
)

// groupChunks is how many chunks one part of an upload holds, and workers how many parts are under way at once.
const (
	groupChunks = 8
	workers     = 4
)

// File is a sealed file (.gmtb) to be uploaded.
type File struct {
	Content io.ReaderAt
	Size    int64
}

// Upload brings a sealed file to the platform, or the rest of it: `resume` names an upload begun before (zero: none), `began`
// is told the upload's number as soon as it is known, so that the caller can keep it, and `progress` counts octets that are
// durable there. Every part is hashed here and there; the digest that comes back is checked against the file's own.
// An upload that the platform no longer knows is begun anew.
func (c *Client) Upload(ctx context.Context, lot bidding.LotID, f File, resume bidding.UploadID, began func(bidding.UploadID), progress func(done, total int64)) (wire.Sealed, error) {
	front, err := seal.ReadFront(io.NewSectionReader(f.Content, 0, f.Size))
	if err != nil {
		return wire.Sealed{}, fmt.Errorf("read the sealed file: %w", err)
	}
	if octets, chunks := f.Size-int64(front.Size()), int64(front.Header.Chunks); octets > chunks*seal.SealedChunk || octets <= (chunks-1)*seal.SealedChunk+seal.Overhead {
		return wire.Sealed{}, fmt.Errorf("read the sealed file: %w", seal.ErrTruncated)
	}
	u, err := c.resume(ctx, lot, front, f.Size, resume)
	if err != nil {
		return wire.Sealed{}, err
	}
	if began != nil {
		began(u.ID)
	}
	up := &uploading{c: c, file: f, front: front, upload: u, progress: progress}
	if err := up.parts(ctx); err != nil {
		return wire.Sealed{}, err
	}
	var sealed wire.Sealed
	err = c.do(ctx, call{method: http.MethodPut, path: "/uploads/" + u.ID.String() + "/front", body: front.Bytes(), media: "application/octet-stream"}, &sealed)
	if err != nil {
		return wire.Sealed{}, err
	}
	if sealed.Digest != front.Digest() {
		return wire.Sealed{}, ErrDigest.With(sealed.Digest.String())
	}
	return sealed, nil
}

// ErrDigest says that the platform acknowledged something else than was sent.
var ErrDigest = bidding.Refuse("acknowledged-digest", bidding.Conflict, "", "平台确认的文件摘要与本地文件不一致，请勿据此递交。", "the platform acknowledged another digest than the file's")

// resume asks what is owed, or begins.
func (c *Client) resume(ctx context.Context, lot bidding.LotID, front seal.Front, size int64, id bidding.UploadID) (wire.Upload, error) {
	chunks := int(front.Header.Chunks)
	var u wire.Upload
	if !id.IsZero() {
		err := c.get(ctx, "/uploads/"+id.String(), nil, &u)
		switch {
		case err == nil && u.Lot == lot && u.Size == size && u.Chunks == chunks && u.Kind == front.Header.Kind:
			return u, nil
		case err != nil && !isMissing(err):
			return wire.Upload{}, err
		}
	}
	u = wire.Upload{}
	err := c.post(ctx, onLot(lot, "/uploads"), wire.UploadRequest{Kind: front.Header.Kind, Size: size, Chunks: chunks}, &u)
	return u, err
}

// uploading is one upload under way.
type uploading struct {
	c        *Client
	file     File
	front    seal.Front
	upload   wire.Upload
	progress func(done, total int64)

	mu   sync.Mutex // guards done
	done int64
}

// parts sends what is owed, a few parts at a time; the first failure ends the others.
func (u *uploading) parts(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	groups := (u.upload.Chunks + groupChunks - 1) / groupChunks
	owed := make(map[int]bool, len(u.upload.Owed))
	for _, n := range u.upload.Owed {
		owed[n] = true
	}
	for n := range groups {
		if !owed[n] {
			u.count(u.length(n))
		}
	}
	work := make(chan int)
	var wg sync.WaitGroup
	for range min(workers, len(u.upload.Owed)) {
		wg.Go(func() {
			for n := range work {
				if err := u.part(ctx, n); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, n := range u.upload.Owed {
		if ctx.Err() != nil {
			break
		}
		select {
		case work <- n:
		case <-ctx.Done():
		}
	}
	close(work)
	wg.Wait()
	return context.Cause(ctx)
}

// part reads, hashes and sends one part.
func (u *uploading) part(ctx context.Context, n int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	octets := make([]byte, u.length(n))
	if _, err := u.file.Content.ReadAt(octets, u.offset(n)); err != nil && err != io.EOF {
		return fmt.Errorf("read the sealed file: %w", err)
	}
	var leaves []string
	for rest := octets; len(rest) > 0; {
		chunk := rest[:min(len(rest), seal.SealedChunk)]
		rest = rest[len(chunk):]
		leaves = append(leaves, canon.Hash(seal.LeafHash(chunk)).String())
	}
	var accepted wire.PartAccepted
	err := u.c.do(ctx, call{
		method: http.MethodPut, path: "/uploads/" + u.upload.ID.String() + "/parts/" + strconv.Itoa(n), body: octets,
		media: "application/octet-stream", header: map[string]string{"Sunbid-Leaves": strings.Join(leaves, ",")},
	}, &accepted)
	if err != nil {
		return err
	}
	u.count(int64(len(octets)))
	return nil
}

func (u *uploading) offset(n int) int64 {
	return int64(u.front.Size()) + int64(n)*groupChunks*seal.SealedChunk
}

func (u *uploading) length(n int) int64 {
	return min(groupChunks*seal.SealedChunk, u.file.Size-u.offset(n))
}

func (u *uploading) count(octets int64) {
	if u.progress == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.done += octets
	u.progress(u.done, u.file.Size-int64(u.front.Size()))
}

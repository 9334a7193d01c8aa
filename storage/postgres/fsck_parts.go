package postgres

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"sunbid/bidding/bid"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
	"sunbid/storage/objects"
)

type storedPart struct {
	Upload, Lot, Org string
	Signer           []byte
	Kind, Moment     string
	Digest           []byte
	Size             int64
	Chunks           int
	Front, Objects   []byte
	UpLot, UpOrg     string
	UpKind           string
	UpSize           int64
	UpChunks         int
	UpDigest         []byte
	Used             bool
	Pieces           []byte
}

// storedPiece is a row of upload_piece.
type storedPiece struct {
	N      int    `json:"n"`
	Leaves string `json:"leaves"`
	bid.Object
}

const selectAllParts = `SELECT p.upload, p.lot, p.org, p.signer, p.kind, p.moment, p.digest, p.size, p.chunks, p.front, p.objects,
		u.lot, u.org, u.kind, u.size, u.chunks, u.digest, u.used,
		(SELECT json_agg(json_build_object('n', n, 'leaves', encode(leaves, 'hex'), 'name', object, 'version', version, 'size', x.size) ORDER BY n) FROM upload_piece x WHERE x.upload = p.upload)
	FROM sealed_part p JOIN upload u USING (upload) WHERE p.upload > $1 ORDER BY p.upload LIMIT $2`

// parts holds every sealed part against its front, its upload and its pieces, and wants the objects of those that statements name.
func (c *fsck) parts(ctx context.Context) error {
	return pages(ctx, c, selectAllParts, func(x storedPart) string { return x.Upload }, func(list []storedPart) error {
		for _, x := range list {
			if err := c.part(ctx, x); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *fsck) part(ctx context.Context, x storedPart) error {
	c.same("upload", x.Upload, "lot", x.UpLot == x.Lot, "org (or sealed_part.org)", x.UpOrg == x.Org, "kind", x.UpKind == x.Kind, "size", x.UpSize == x.Size,
		"chunks", x.UpChunks == x.Chunks, "digest", bytes.Equal(x.UpDigest, x.Digest))
	var objects []bid.Object
	var pieces []storedPiece
	if json.Unmarshal(x.Objects, &objects) != nil || json.Unmarshal(x.Pieces, &pieces) != nil {
		c.differs("sealed_part", "objects", x.Upload)
		return nil
	}
	leaves, whole := c.pieces(x, objects, pieces)
	c.front(x, objects, leaves, whole)
	if !x.Used || c.look.Objects == nil {
		return nil
	}
	for i, o := range objects {
		var of []canon.Hash
		if whole && i < len(pieces) {
			of = leaves[min(i*bid.ChunksPerPiece, len(leaves)):min((i+1)*bid.ChunksPerPiece, len(leaves))]
		}
		if err := c.object(ctx, o, of); err != nil {
			return err
		}
	}
	return nil
}

// pieces compares the pieces with the part's objects and gives the leaves of its chunks.
func (c *fsck) pieces(x storedPart, objects []bid.Object, pieces []storedPiece) (leaves []canon.Hash, whole bool) {
	if len(pieces) != len(objects) {
		c.r.fault("sealed_part.objects of %s, or upload_piece: %d objects of %d pieces", x.Upload, len(objects), len(pieces))
		return nil, false
	}
	for i, p := range pieces {
		c.same("upload_piece", fmt.Sprintf("%s/%d", x.Upload, p.N), "n", p.N == i, "object (or sealed_part.objects)", p.Name == objects[i].Name,
			"version (or sealed_part.objects)", p.Version == objects[i].Version, "size (or sealed_part.objects)", p.Size == objects[i].Size)
		raw, err := hex.DecodeString(p.Leaves)
		if err != nil {
			return nil, false
		}
		for ; len(raw) >= 32; raw = raw[32:] {
			leaves = append(leaves, digest(raw[:32]))
		}
	}
	return leaves, true
}

// front holds the part against what its bidder signed.
func (c *fsck) front(x storedPart, objects []bid.Object, leaves []canon.Hash, whole bool) {
	c.r.Signed++
	f, err := seal.ParseFront(x.Front)
	if err != nil {
		c.r.fault("sealed_part.front of %s is wrong: %v", x.Upload, err)
		return
	}
	size := int64(len(x.Front))
	for _, o := range objects {
		size += o.Size
	}
	h := f.Header
	c.same("sealed_part", x.Upload, "digest (or front)", f.Digest() == digest(x.Digest), "lot", h.Lot == x.Lot, "signer", h.Bidder == digest(x.Signer),
		"kind", string(h.Kind) == x.Kind, "moment", h.Moment == x.Moment, "chunks", int(h.Chunks) == x.Chunks, "size (or objects)", size == x.Size)
	if whole && seal.RootOf(leaves) != f.Root {
		c.r.fault("upload_piece.leaves of %s do not give the root in its front", x.Upload)
	}
	if signer := c.certificate(h.Bidder); signer == nil {
		c.r.fault("sealed_part.front of %s: its signer is not known", x.Upload)
	} else if err := f.Verify(signer); err != nil {
		c.r.fault("sealed_part.front of %s is wrong: %v", x.Upload, err)
	}
}

// object wants an object to be there, whole and under retention; with leaves, and if asked, it reads it.
func (c *fsck) object(ctx context.Context, o bid.Object, leaves []canon.Hash) error {
	c.r.Objects++
	ref := objects.Ref{Name: objects.Name(o.Name), Version: o.Version}
	info, err := c.look.Objects.Stat(ctx, ref)
	switch {
	case errors.Is(err, objects.ErrNotFound), errors.Is(err, objects.ErrDamaged), errors.Is(err, objects.ErrName):
		c.r.fault("object %s: %v", o.Name, err)
		return nil
	case err != nil:
		return err
	case info.Size != o.Size:
		c.r.fault("object %s has %d octets, not %d", o.Name, info.Size, o.Size)
		return nil
	case info.RetainUntil.IsZero():
		c.r.fault("object %s is not under retention", o.Name)
	}
	if !c.look.Octets || leaves == nil {
		return nil
	}
	r, err := c.look.Objects.Get(ctx, ref, 0, -1)
	if err != nil {
		return fmt.Errorf("object %s: %w", o.Name, err)
	}
	defer r.Close()
	chunk := make([]byte, seal.SealedChunk)
	for i, leaf := range leaves {
		n, err := io.ReadFull(r, chunk)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			c.r.fault("object %s ends in chunk %d: %v", o.Name, i, err)
			return nil
		}
		c.r.Octets += int64(n)
		if seal.LeafHash(chunk[:n]) != leaf {
			c.r.fault("object %s: chunk %d is not what came", o.Name, i)
		}
	}
	return nil
}

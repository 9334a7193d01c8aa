package bid

import (
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
)

// ChunksPerPiece chunks are one stored piece.
const ChunksPerPiece = 8

// minFront is less than any front; what an upload's size leaves to the chunks is known exactly only when its front is there.
const minFront = 5 + 4 + 32 + 64

// NewUpload begins one. size is the length of the whole sealed file.
func NewUpload(by bidding.OrgID, w Window, kind seal.Kind, size int64, chunks int, limits Limits, at time.Time) (Upload, error) {
	if err := w.Open(at); err != nil {
		return Upload{}, err
	}
	if _, ok := w.Rule(kind); !ok {
		return Upload{}, ErrPartUnasked.With(string(kind))
	}
	least, most := chunksLength(kind, chunks)
	switch {
	case chunks < 1 || chunks > seal.MaxChunks || size > limits.MaxSize:
		return Upload{}, ErrUploadSize
	case kind == seal.KindReadout && chunks != 1:
		return Upload{}, ErrUploadSize.With("a read-out has one chunk")
	case size < least+minFront || size > most+seal.FrontMax:
		return Upload{}, ErrUploadSize.With("size and chunks do not fit")
	}
	return Upload{ID: bidding.NewUploadID(), Lot: w.Lot, By: by, Kind: kind, Size: size, Chunks: chunks, ExpiresAt: canon.At(at.Add(limits.Life))}, nil
}

// chunksLength bounds what so many sealed chunks weigh together.
func chunksLength(kind seal.Kind, chunks int) (least, most int64) {
	if kind == seal.KindReadout {
		return seal.ReadoutSize + seal.Overhead, seal.ReadoutSize + seal.Overhead
	}
	full := int64(chunks-1) * seal.SealedChunk
	return full + seal.Overhead + 1, full + seal.SealedChunk
}

// PieceCount is how many pieces an upload has.
func (u Upload) PieceCount() int { return (u.Chunks + ChunksPerPiece - 1) / ChunksPerPiece }

// ChunksOf is how many chunks piece n has; ErrPieceNumber.
func (u Upload) ChunksOf(n int) (int, error) {
	if n < 0 || n >= u.PieceCount() {
		return 0, ErrPieceNumber
	}
	return min(ChunksPerPiece, u.Chunks-n*ChunksPerPiece), nil
}

// AllowPiece tells whether a piece of that length may come now.
func (u Upload) AllowPiece(n int, size int64, at time.Time) error {
	chunks, err := u.ChunksOf(n)
	if err != nil {
		return err
	}
	switch {
	case u.Sealed:
		return ErrUploadSealed
	case !at.Before(u.ExpiresAt.Time):
		return ErrUploadExpired
	}
	least, most := int64(chunks)*seal.SealedChunk, int64(chunks)*seal.SealedChunk
	if n == u.PieceCount()-1 {
		least, most = chunksLength(u.Kind, chunks)
	}
	if size < least || size > most {
		return ErrPieceSize
	}
	return nil
}

// Owed lists the pieces that are not here yet.
func (u Upload) Owed() []int {
	have := map[int]bool{}
	for _, p := range u.Pieces {
		have[p.N] = true
	}
	owed := []int{}
	for n := range u.PieceCount() {
		if !have[n] {
			owed = append(owed, n)
		}
	}
	return owed
}

// Complete gives the leaves of all chunks, the stored length and the moment of the last verified octet; ErrUploadOwed.
func (u Upload) Complete() (leaves []canon.Hash, length int64, last time.Time, err error) {
	byNumber := make([]*Piece, u.PieceCount())
	for i := range u.Pieces {
		if n := u.Pieces[i].N; n >= 0 && n < len(byNumber) {
			byNumber[n] = &u.Pieces[i]
		}
	}
	for n, p := range byNumber {
		want, _ := u.ChunksOf(n)
		if p == nil || len(p.Leaves) != want {
			return nil, 0, time.Time{}, ErrUploadOwed
		}
		leaves = append(leaves, p.Leaves...)
		length += p.Object.Size
		if p.At.After(last) {
			last = p.At.Time
		}
	}
	return leaves, length, last, nil
}

// Admit holds a bidder to its quota of unused uploads for a lot.
func (l Limits) Admit(size int64) func(open int, bytes int64) error {
	return func(open int, bytes int64) error {
		if open >= l.OpenUploads || bytes+size > l.OpenBytes {
			return ErrUploadQuota
		}
		return nil
	}
}

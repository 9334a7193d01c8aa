package bid

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// Begin starts the upload of one sealed file. The bidder need not have decided anything: an upload is no bid. An upload that cannot
// become part of one (too late, too large, not asked for) is refused and the refusal recorded.
func (s *Service) Begin(ctx context.Context, by bidding.Actor, lot bidding.LotID, kind seal.Kind, size int64, chunks int) (Upload, error) {
	if !by.Is(bidding.Bidder) {
		return Upload{}, bidding.ErrForbidden
	}
	window, err := s.bids.Window(ctx, lot)
	if err != nil {
		return Upload{}, fmt.Errorf("begin upload: %w", err)
	}
	at := s.clock.Now()
	u, err := NewUpload(by.Org, window, kind, size, chunks, s.limits, at)
	if err != nil {
		return Upload{}, s.refusedPart(ctx, by, lot, at, err)
	}
	if err := s.uploads.Create(ctx, u, s.limits.Admit(size)); err != nil {
		return Upload{}, fmt.Errorf("begin upload: %w", err)
	}
	return u, nil
}

// Get tells how far an upload is; Upload.Owed lists what is missing.
func (s *Service) Get(ctx context.Context, by bidding.Actor, id bidding.UploadID) (Upload, error) {
	if !by.Is(bidding.Bidder) {
		return Upload{}, bidding.ErrMissing
	}
	return s.uploads.Get(ctx, by.Org, id)
}

// AcceptPart streams piece n (its chunks one after another, size octets in all) to the vault while hashing every chunk; leaves are the
// hashes the bidder declares. A chunk that differs is named, nothing of the piece is kept, and it can be sent again. A piece that is
// here already with the same leaves is not read again. Whatever is refused is recorded.
func (s *Service) AcceptPart(ctx context.Context, by bidding.Actor, id bidding.UploadID, n int, leaves []canon.Hash, r io.Reader, size int64) (Upload, error) {
	if !by.Is(bidding.Bidder) {
		return Upload{}, bidding.ErrMissing
	}
	u, err := s.uploads.Get(ctx, by.Org, id)
	if err != nil {
		return Upload{}, fmt.Errorf("accept piece: %w", err)
	}
	at := s.clock.Now()
	known, err := u.announced(n, leaves, size, at)
	if err != nil {
		return Upload{}, s.refusedPart(ctx, by, u.Lot, at, err)
	}
	if known {
		return u, nil
	}
	hashed := newChunkHasher(io.LimitReader(r, size), chunkSizeOf(u.Kind))
	object, err := s.vault.Put(ctx, hashed, size)
	if err != nil {
		return Upload{}, fmt.Errorf("accept piece: %w", err)
	}
	if bad := hashed.differs(leaves); bad >= 0 {
		if err := s.vault.Delete(ctx, []Object{object}); err != nil {
			return Upload{}, fmt.Errorf("accept piece: %w", err)
		}
		return Upload{}, s.refusedPart(ctx, by, u.Lot, s.clock.Now(), ErrPieceHash.With(fmt.Sprintf("chunk %d", n*ChunksPerPiece+bad)))
	}
	piece := Piece{N: n, Leaves: leaves, Object: object, At: canon.At(s.clock.Now())}
	if err := s.uploads.AddPiece(ctx, by.Org, id, piece); err != nil {
		return Upload{}, errors.Join(fmt.Errorf("accept piece: %w", err), s.vault.Delete(ctx, []Object{object}))
	}
	u.Pieces = append(u.Pieces, piece)
	return u, nil
}

// announced holds a piece to the upload before an octet of it is read; known: it is here already, with the same leaves.
func (u Upload) announced(n int, leaves []canon.Hash, size int64, at time.Time) (known bool, _ error) {
	if err := u.AllowPiece(n, size, at); err != nil {
		return false, err
	}
	if chunks, _ := u.ChunksOf(n); len(leaves) != chunks {
		return false, ErrPieceHash.With("one hash for each chunk is needed")
	}
	for _, p := range u.Pieces {
		if p.N == n {
			return true, same(p, leaves)
		}
	}
	return false, nil
}

func same(p Piece, leaves []canon.Hash) error {
	for i := range leaves {
		if i >= len(p.Leaves) || p.Leaves[i] != leaves[i] {
			return ErrPieceDiffers
		}
	}
	return nil
}

func chunkSizeOf(kind seal.Kind) int {
	if kind == seal.KindReadout {
		return seal.ReadoutSize + seal.Overhead
	}
	return seal.SealedChunk
}

// Seal finishes an upload with its front: parsed, signed by this bidder with a certificate good now, labelled for this lot and a
// published opening time, both stanzas proven, the root that of the chunks that came. A part that does not pass is refused and the
// refusal recorded; the upload stays, so that another front can be tried.
func (s *Service) Seal(ctx context.Context, by bidding.Actor, id bidding.UploadID, front []byte) (SealedPart, error) {
	if !by.Is(bidding.Bidder) {
		return SealedPart{}, bidding.ErrMissing
	}
	at := s.clock.Now()
	u, err := s.uploads.Get(ctx, by.Org, id)
	if err != nil {
		return SealedPart{}, fmt.Errorf("seal upload: %w", err)
	}
	p, err := s.check(ctx, by, u, front, at)
	if err != nil {
		return SealedPart{}, s.refusedPart(ctx, by, u.Lot, at, err)
	}
	if err := s.uploads.Seal(ctx, p); err != nil {
		return SealedPart{}, fmt.Errorf("seal upload: %w", err)
	}
	return p, nil
}

func (s *Service) check(ctx context.Context, by bidding.Actor, u Upload, raw []byte, at time.Time) (SealedPart, error) {
	if !u.Sealed && !at.Before(u.ExpiresAt.Time) {
		return SealedPart{}, ErrUploadExpired
	}
	if len(raw) > seal.FrontMax {
		return SealedPart{}, bidding.FromCode(seal.ErrHeader)
	}
	front, err := seal.ParseFront(raw)
	if err != nil {
		return SealedPart{}, bidding.FromCode(err)
	}
	if u.Sealed && u.Digest != front.Digest() {
		return SealedPart{}, ErrUploadSealed
	}
	window, err := s.bids.Window(ctx, u.Lot)
	if err != nil {
		return SealedPart{}, fmt.Errorf("seal upload: %w", err)
	}
	leaves, length, last, err := u.Complete()
	switch {
	case err != nil:
		return SealedPart{}, err
	case int(front.Header.Chunks) != u.Chunks || int64(len(raw))+length != u.Size:
		return SealedPart{}, ErrUploadSize.With("the front is of a file of another size")
	case seal.RootOf(leaves) != front.Root:
		return SealedPart{}, bidding.FromCode(seal.ErrRoot)
	case front.Header.Bidder != by.Certificate:
		return SealedPart{}, ErrSealedTo.With("bidder")
	}
	if err := s.signedFront(ctx, by, front, at); err != nil {
		return SealedPart{}, err
	}
	if err := window.CheckHeader(front.Header, u.Kind); err != nil {
		return SealedPart{}, bidding.FromCode(err)
	}
	if at.After(last) {
		last = at // the front's own octets came last
	}
	p := SealedPart{Upload: u.ID, Lot: u.Lot, By: by.Org, Signer: by.Certificate, Kind: u.Kind, Moment: front.Header.Moment, Digest: front.Digest(),
		Size: u.Size, Chunks: u.Chunks, Front: raw, Objects: make([]Object, u.PieceCount()), At: canon.At(last)}
	for _, piece := range u.Pieces {
		p.Objects[piece.N] = piece.Object
	}
	return p, nil
}

func (s *Service) signedFront(ctx context.Context, by bidding.Actor, front seal.Front, at time.Time) error {
	c, err := s.certificates.Find(ctx, by.Certificate)
	if err != nil {
		return fmt.Errorf("signer: %w", err)
	}
	if err := s.certificates.Judge(c, pki.Signing, at); err != nil {
		return bidding.FromCode(err)
	}
	return bidding.FromCode(front.Verify(c))
}

// Expire removes uploads that were never used; a job calls it.
func (s *Service) Expire(ctx context.Context) error {
	for {
		objects, err := s.uploads.Expire(ctx, s.clock.Now(), 100)
		if err != nil {
			return fmt.Errorf("expire uploads: %w", err)
		}
		if len(objects) == 0 {
			return nil
		}
		if err := s.vault.Delete(ctx, objects); err != nil {
			return fmt.Errorf("expire uploads: %w", err)
		}
	}
}

package bid_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
)

func limits() bid.Limits {
	return bid.Limits{MaxSize: 1 << 34, OpenUploads: 3, OpenBytes: 1 << 30, Life: time.Hour}
}

func TestUploadBounds(t *testing.T) {
	t.Parallel()
	w := window()
	at := opening.Add(-time.Minute)
	const front = 900
	for _, c := range []struct {
		name   string
		kind   seal.Kind
		size   int64
		chunks int
		want   error
	}{
		{"read-out", seal.KindReadout, seal.ReadoutSize + seal.Overhead + front, 1, nil},
		{"read-out of two chunks", seal.KindReadout, 2 * seal.SealedChunk, 2, bid.ErrUploadSize},
		{"read-out too long", seal.KindReadout, seal.ReadoutSize + seal.Overhead + 5000, 1, bid.ErrUploadSize},
		{"body", seal.KindBody, 500*seal.SealedChunk + front, 500, nil},
		{"body, greatest", seal.KindBody, seal.MaxChunks*seal.SealedChunk + front, seal.MaxChunks, bid.ErrUploadSize}, // beyond MaxSize by the tags
		{"too many chunks", seal.KindBody, 1 << 33, seal.MaxChunks + 1, bid.ErrUploadSize},
		{"no chunks", seal.KindBody, 900, 0, bid.ErrUploadSize},
		{"fewer octets than chunks", seal.KindBody, 2*seal.SealedChunk + front, 5, bid.ErrUploadSize},
		{"kind not asked for", seal.KindPrice, seal.SealedChunk + front, 1, bid.ErrPartUnasked},
	} {
		if _, err := bid.NewUpload(bidding.NewOrgID(), w, c.kind, c.size, c.chunks, limits(), at); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := bid.NewUpload(bidding.NewOrgID(), w, seal.KindBody, seal.SealedChunk, 1, limits(), opening); !errors.Is(err, bid.ErrAfterDeadline) {
		t.Errorf("at the deadline: %v", err)
	}
}

func TestPieces(t *testing.T) {
	t.Parallel()
	w := window()
	at := opening.Add(-time.Minute)
	u, err := bid.NewUpload(bidding.NewOrgID(), w, seal.KindBody, 18*seal.SealedChunk+1000+900, 19, limits(), at)
	if err != nil {
		t.Fatal(err)
	}
	if u.PieceCount() != 3 || len(u.Owed()) != 3 {
		t.Fatalf("%d pieces, owed %v", u.PieceCount(), u.Owed())
	}
	for _, c := range []struct {
		n    int
		size int64
		want error
	}{
		{0, 8 * seal.SealedChunk, nil}, {0, 8*seal.SealedChunk - 1, bid.ErrPieceSize}, {2, 2*seal.SealedChunk + 1000, nil},
		{2, 2*seal.SealedChunk + 16, bid.ErrPieceSize}, {2, 3*seal.SealedChunk + 1, bid.ErrPieceSize}, {3, 1, bid.ErrPieceNumber}, {-1, 1, bid.ErrPieceNumber},
	} {
		if err := u.AllowPiece(c.n, c.size, at); !errors.Is(err, c.want) {
			t.Errorf("piece %d of %d: %v", c.n, c.size, err)
		}
	}
	if err := u.AllowPiece(0, 8*seal.SealedChunk, u.ExpiresAt.Time); !errors.Is(err, bid.ErrUploadExpired) {
		t.Errorf("expired: %v", err)
	}
	for n, chunks := range []int{8, 8, 3} {
		if _, _, _, err := u.Complete(); !errors.Is(err, bid.ErrUploadOwed) {
			t.Errorf("with %d pieces: %v", n, err)
		}
		u.Pieces = append(u.Pieces, bid.Piece{N: n, Leaves: make([]canon.Hash, chunks), Object: bid.Object{Size: int64(chunks)}, At: canon.At(at.Add(time.Duration(3-n) * time.Second))})
	}
	leaves, length, last, err := u.Complete()
	if err != nil || len(leaves) != 19 || length != 19 || !last.Equal(at.Add(3*time.Second)) {
		t.Errorf("%d leaves, %d octets, last %v, %v", len(leaves), length, last, err)
	}
	u.Sealed = true
	if err := u.AllowPiece(0, 8*seal.SealedChunk, at); !errors.Is(err, bid.ErrUploadSealed) {
		t.Errorf("sealed: %v", err)
	}
}

func TestQuota(t *testing.T) {
	t.Parallel()
	admit := limits().Admit(1 << 20)
	if err := admit(2, 0); err != nil {
		t.Error(err)
	}
	if err := admit(3, 0); !errors.Is(err, bid.ErrUploadQuota) {
		t.Error(err)
	}
	if err := admit(0, 1<<30-1<<20+1); !errors.Is(err, bid.ErrUploadQuota) {
		t.Error(err)
	}
}

// Drain waits for the commands that were there, not for later ones.
func TestInFlight(t *testing.T) {
	t.Parallel()
	f, lot := bid.NewInFlight(), bidding.NewLotID()
	f.Drain(t.Context(), lot) // nothing to wait for
	first, elsewhere := f.Enter(lot), f.Enter(bidding.NewLotID())
	defer elsewhere()
	drained := make(chan struct{})
	started := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		close(started)
		f.Drain(t.Context(), lot)
		close(drained)
	})
	<-started
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	f.Drain(ended, lot) // gives up with its context
	first()
	<-drained
	wait.Wait()
	later := f.Enter(lot)
	later()
}

package opening

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/seal"
)

// decryptAll opens every read-out that has all it needs, on all cores; reading of objects overlaps with arithmetic.
func (s *Service) decryptAll(ctx context.Context, b *book, state State, pl *pool, wanted []*item, rows map[bidding.BidID]Row) error {
	var mu sync.Mutex // guards rows
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2 * runtime.GOMAXPROCS(0))
	for _, it := range wanted {
		if code := pl.hopeless(it, b.keyholders); code != "" {
			mu.Lock()
			rows[it.admitted.Bid] = it.row(nil, code)
			mu.Unlock()
			continue
		}
		if !pl.complete(it, b) {
			continue
		}
		group.Go(func() error {
			row, err := s.readOut(ctx, b, state, pl, it)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			rows[it.admitted.Bid] = row
			return nil
		})
	}
	return group.Wait()
}

func (pl *pool) complete(it *item, b *book) bool {
	d := it.part.Digest
	return len(pl.t[d]) >= b.keyholders.Threshold && len(pl.c[d]) >= b.officers.Threshold
}

// hopeless is the code by which so many keyholders refused the part that the threshold is out of reach; empty while it is not.
func (pl *pool) hopeless(it *item, key custody.Key) string {
	no := pl.refused[it.part.Digest]
	if len(no) <= len(key.Verification)-key.Threshold {
		return ""
	}
	for index := 1; index <= len(key.Verification); index++ {
		if code := no[index]; code != "" {
			return code
		}
	}
	return ""
}

// readOut opens one read-out. What fails under valid partials is the bidder's doing and makes a row with its code; a chunk that is not
// the one accepted is the platform's fault: ErrPlatform.
func (s *Service) readOut(ctx context.Context, b *book, state State, pl *pool, it *item) (Row, error) {
	cek, err := contentKey(b, state, pl, it)
	if err != nil {
		return refusedRow(it, err)
	}
	chunk, err := s.chunk(ctx, it)
	if err != nil {
		return Row{}, err
	}
	var content bytes.Buffer
	if err := seal.OpenChunks(cek, it.front.Header, func(int) ([]byte, error) { return chunk, nil }, &content); err != nil {
		return refusedRow(it, err)
	}
	readout, err := seal.ParseReadout(content.Bytes())
	if err != nil {
		return refusedRow(it, err)
	}
	return it.row(&readout, ""), nil
}

func contentKey(b *book, state State, pl *pool, it *item) (seal.CEK, error) {
	var kB *[32]byte
	if state.Mode == law.BidderKey {
		k, ok := pl.kb[it.part.Digest]
		if !ok {
			return seal.CEK{}, errNoKey
		}
		kB = &k
	}
	return custody.Open(it.front, b.keyholders, b.officers, pl.t[it.part.Digest], pl.c[it.part.Digest], kB)
}

// refusedRow makes a row of a failure that has a code; another failure is ours and comes back.
func refusedRow(it *item, err error) (Row, error) {
	var coded interface{ Code() string }
	if errors.As(err, &coded) {
		return it.row(nil, coded.Code()), nil
	}
	return Row{}, fmt.Errorf("read out %v: %w", it.admitted.Bid, err)
}

// chunk reads the one sealed chunk of a read-out and holds it to the root that was accepted.
func (s *Service) chunk(ctx context.Context, it *item) ([]byte, error) {
	r, err := s.parts.Chunks(ctx, it.part)
	if err != nil {
		return nil, fmt.Errorf("part of %v: %w", it.admitted.Bid, err)
	}
	defer r.Close()
	chunk, err := io.ReadAll(io.LimitReader(r, seal.ReadoutSize+seal.Overhead+1))
	if err != nil {
		return nil, fmt.Errorf("part of %v: %w", it.admitted.Bid, err)
	}
	if seal.RootOf([]canon.Hash{seal.LeafHash(chunk)}) != it.front.Root {
		return nil, ErrPlatform.With("part " + it.part.Digest.String())
	}
	return chunk, nil
}

// errNoKey: mode B without a released key; it has a code so that it makes a row.
var errNoKey = noKey{}

type noKey struct{}

func (noKey) Error() string { return "the bidder released no key" }
func (noKey) Code() string  { return NoKeyRelease }

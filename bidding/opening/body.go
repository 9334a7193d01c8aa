package opening

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
)

// OpenBodies opens every part of one kind that is not open yet, after the publication (and the moment's release): a job. It returns nil
// when each has its result, ErrWaiting while keyholders or officers are missing. Content keys are kept sealed to the opening service.
func (s *Service) OpenBodies(ctx context.Context, lot bidding.LotID, kind seal.Kind) error {
	return s.openParts(ctx, lot, kind, func(bidding.BidID) bool { return true })
}

// OpenBody is OpenBodies for one bid.
func (s *Service) OpenBody(ctx context.Context, lot bidding.LotID, only bidding.BidID, kind seal.Kind) error {
	return s.openParts(ctx, lot, kind, func(b bidding.BidID) bool { return b == only })
}

func (s *Service) openParts(ctx context.Context, lot bidding.LotID, kind seal.Kind, chosen func(bidding.BidID) bool) error {
	b, state, err := s.book(ctx, lot, kind)
	if err != nil {
		return err
	}
	if err := ToOpenParts.In(state.Stage); err != nil {
		return err
	}
	if kind == seal.KindReadout || !state.Released(b.moment) {
		return ErrKind.With(string(kind))
	}
	done, err := s.store.OpenedParts(ctx, lot, kind)
	if err != nil {
		return wrap("open parts", lot, err)
	}
	pl, at := newPool(), cursors{}
	if err := s.takeIn(ctx, b, state, pl, &at); err != nil {
		return err
	}
	var wanted []*item
	open := s.clock.Now().Before(state.WindowEnd.Time)
	for _, it := range b.items {
		if !chosen(it.admitted.Bid) || slices.Contains(done, it.admitted.Bid) {
			continue
		}
		if _, released := pl.kb[it.part.Digest]; state.Mode == law.BidderKey && !released && open {
			continue // the window lets it come yet
		}
		wanted = append(wanted, it)
	}
	var lacking []*item
	for _, it := range pl.lacking(wanted, b.keyholders.Threshold) {
		if _, released := pl.kb[it.part.Digest]; state.Mode != law.BidderKey || released {
			lacking = append(lacking, it)
		}
	}
	if err := s.askKeyholders(ctx, b, state, pl, newProgress(), lacking); err != nil {
		return err
	}
	return s.openWanted(ctx, b, state, pl, wanted, done, chosen)
}

func (s *Service) openWanted(ctx context.Context, b *book, state State, pl *pool, wanted []*item, done []bidding.BidID, chosen func(bidding.BidID) bool) error {
	missing := 0
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, runtime.GOMAXPROCS(0)/2)) // a body is decrypted on all cores already
	for _, it := range b.items {
		if !chosen(it.admitted.Bid) || slices.Contains(done, it.admitted.Bid) {
			continue
		}
		_, released := pl.kb[it.part.Digest]
		switch {
		case !slices.Contains(wanted, it):
			missing++
		case state.Mode == law.BidderKey && !released:
			group.Go(func() error { return s.notOpened(ctx, b, it, NoKeyRelease) })
		case pl.hopeless(it, b.keyholders) != "":
			group.Go(func() error { return s.notOpened(ctx, b, it, pl.hopeless(it, b.keyholders)) })
		case !pl.complete(it, b):
			missing++
		default:
			group.Go(func() error { return s.openPart(ctx, b, state, pl, it) })
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if missing > 0 {
		return ErrWaiting.With(fmt.Sprintf("%d of %s", missing, b.kind))
	}
	return nil
}

func (s *Service) notOpened(ctx context.Context, b *book, it *item, code string) error {
	err := s.store.SaveOpenedPart(ctx, OpenedPart{Lot: b.lot.ID, Bid: it.admitted.Bid, Kind: b.kind, Digest: it.part.Digest, Reason: code, OpenedAt: canon.At(s.clock.Now())})
	return wrap("save part", b.lot.ID, err)
}

// openPart decrypts one part to its end, checking it as it streams by, and keeps its content key, sealed.
func (s *Service) openPart(ctx context.Context, b *book, state State, pl *pool, it *item) error {
	cek, err := contentKey(b, state, pl, it)
	if err != nil {
		return s.failed(ctx, b, it, err)
	}
	defer clear(cek[:])
	r, err := s.parts.Chunks(ctx, it.part)
	if err != nil {
		return fmt.Errorf("part of %v: %w", it.admitted.Bid, err)
	}
	defer r.Close()
	content := &counter{sum: sm.NewHash()}
	read, write := io.Pipe()
	parsed := make(chan error, 1)
	go func() {
		_, err := seal.ParseContainer(read, func(_ seal.Entry, c io.Reader) error { _, err := io.Copy(io.Discard, c); return err })
		if err == nil {
			_, err = io.Copy(io.Discard, read)
		}
		read.CloseWithError(err)
		parsed <- err
	}()
	// The container's reader may give up early; the file is still read to its end, so that root and length are judged first.
	err = seal.OpenFile(cek, it.front, r, io.MultiWriter(content, forgiving{write}))
	write.CloseWithError(err) // nil: the end
	wrong := <-parsed
	switch {
	case err != nil:
		if fault := s.intact(ctx, it); fault != nil {
			return fault
		}
		return s.failed(ctx, b, it, err)
	case wrong != nil:
		return s.failed(ctx, b, it, wrong)
	}
	sealed, err := s.strongbox.PublicKey().Encrypt(rand.Reader, cek[:])
	if err != nil {
		return fmt.Errorf("seal content key: %w", err)
	}
	err = s.store.SaveOpenedPart(ctx, OpenedPart{Lot: b.lot.ID, Bid: it.admitted.Bid, Kind: b.kind, Digest: it.part.Digest, Key: sealed,
		Content: canon.Hash(content.sum.Sum(nil)), Length: content.n, OpenedAt: canon.At(s.clock.Now())})
	return wrap("save part", b.lot.ID, err)
}

// intact tells whether the stored chunks are still those that were accepted: only then can a failure be the bidder's.
func (s *Service) intact(ctx context.Context, it *item) error {
	r, err := s.parts.Chunks(ctx, it.part)
	if err != nil {
		return fmt.Errorf("part of %v: %w", it.admitted.Bid, err)
	}
	defer r.Close()
	if err := seal.VerifyFile(it.front, r); err != nil {
		return ErrPlatform.With("part " + it.part.Digest.String())
	}
	return nil
}

func (s *Service) failed(ctx context.Context, b *book, it *item, err error) error {
	var coded interface{ Code() string }
	if !errors.As(err, &coded) || errors.Is(err, custody.ErrTooFew) {
		return fmt.Errorf("open part of %v: %w", it.admitted.Bid, err)
	}
	return s.notOpened(ctx, b, it, coded.Code())
}

// Content streams the plaintext of an opened part to w, for who may read it (the caller decides): its key comes out of the strongbox.
func (s *Service) Content(ctx context.Context, lot bidding.LotID, of bidding.BidID, kind seal.Kind, w io.Writer) error {
	p, err := s.store.OpenedPart(ctx, lot, of, kind)
	if err != nil {
		return wrap("content", lot, err)
	}
	b, _, err := s.book(ctx, lot, kind)
	if err != nil {
		return err
	}
	it, ok := b.byDigest[p.Digest]
	if !ok || len(p.Key) == 0 {
		return bidding.ErrMissing
	}
	key, err := s.strongbox.Open(p.Key)
	if err != nil || len(key) != len(seal.CEK{}) {
		return fmt.Errorf("content key of %v: %w", of, err)
	}
	r, err := s.parts.Chunks(ctx, it.part)
	if err != nil {
		return wrap("content", lot, err)
	}
	defer r.Close()
	return seal.OpenFile(seal.CEK(key), it.front, r, w)
}

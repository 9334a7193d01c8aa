package opening

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
)

// points are verified partial decryptions: by part, then by holder's index.
type points map[canon.Hash]map[int]tdh2.Point

func (p points) add(index int, batch map[canon.Hash]tdh2.Point) {
	for digest, d := range batch {
		if p[digest] == nil {
			p[digest] = map[int]tdh2.Point{}
		}
		p[digest][index] = d
	}
}

// pool is what a running opening has gathered of one kind.
type pool struct {
	mu      sync.Mutex // guards all
	t, c    points
	refused map[canon.Hash]map[int]string // by part and keyholder: the code
	kb      map[canon.Hash][32]byte       // mode B
}

func newPool() *pool {
	return &pool{t: points{}, c: points{}, refused: map[canon.Hash]map[int]string{}, kb: map[canon.Hash][32]byte{}}
}

// askKeyholders gets each item the threshold of partials under lock T: in batches, from as many keyholders at a time as are missing, the
// next one when one fails, lies or is silent. It returns when all were asked that could be; what is still missing stays missing.
func (s *Service) askKeyholders(ctx context.Context, b *book, state State, pl *pool, p *progress, items []*item) error {
	holders, err := s.keyholders.Of(ctx, b.keyRecord)
	if err != nil {
		return fmt.Errorf("keyholders: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2) // one batch is checked here while holders work on the next
	for batch := range slices.Chunk(items, max(s.settings.Batch, 1)) {
		group.Go(func() error {
			s.askBatch(ctx, b, state, pl, p, holders, batch)
			return ctx.Err()
		})
	}
	return group.Wait()
}

func (s *Service) askBatch(ctx context.Context, b *book, state State, pl *pool, p *progress, holders []Keyholder, batch []*item) {
	queue := slices.Clone(holders)
	slices.SortStableFunc(queue, func(x, y Keyholder) int { return p.weight(x.Index()) - p.weight(y.Index()) })
	next := make(chan Keyholder, len(queue))
	for _, h := range queue {
		next <- h
	}
	close(next)
	var lanes sync.WaitGroup
	for range b.keyholders.Threshold {
		lanes.Go(func() {
			for h := range next {
				missing := pl.missingFrom(h.Index(), batch, b.keyholders.Threshold)
				if len(missing) == 0 {
					continue
				}
				err := s.askHolder(ctx, b, state, pl, p, h, missing)
				if err == nil {
					return
				}
				if ctx.Err() != nil {
					return
				}
				if p.silent(h.Index(), codeOf(err)) {
					s.settings.Report(ctx, b.lot.ID, fmt.Errorf("keyholder %d: %w", h.Index(), err))
				}
			}
		})
	}
	lanes.Wait()
}

// missingFrom are the items that still lack the threshold and that this holder has neither answered nor refused.
func (pl *pool) missingFrom(index int, batch []*item, threshold int) []*item {
	pl.mu.Lock()
	defer pl.mu.Unlock()
	var list []*item
	for _, it := range batch {
		d := it.part.Digest
		_, has := pl.t[d][index]
		_, no := pl.refused[d][index]
		if !has && !no && len(pl.t[d]) < threshold {
			list = append(list, it)
		}
	}
	return list
}

// askHolder asks one keyholder about some items, verifies and stores its answer.
func (s *Service) askHolder(ctx context.Context, b *book, state State, pl *pool, p *progress, h Keyholder, items []*item) error {
	ctx, cancel := within(ctx, s.settings.Silence)
	defer cancel()
	first := !p.hasSeen(h.Index()) || b.moment != custody.MomentOpening
	answer, err := s.asked(ctx, b, state, h, items, first)
	if err != nil {
		return err
	}
	if answer.Batch != nil {
		got, err := s.verifyBatch(ctx, b, *answer.Batch, custody.LockT, h.Index(), b.lot.Keyholders.Holders[h.Index()-1].Certificate)
		if err != nil {
			return err
		}
		if err := s.saveBatch(ctx, b, *answer.Batch); err != nil {
			return err
		}
		pl.mu.Lock()
		pl.t.add(h.Index(), got)
		pl.mu.Unlock()
	}
	pl.mu.Lock()
	for _, r := range answer.Refused {
		if r.Item >= 0 && r.Item < len(items) {
			d := items[r.Item].part.Digest
			if pl.refused[d] == nil {
				pl.refused[d] = map[int]string{}
			}
			pl.refused[d][h.Index()] = r.Code
		}
	}
	pl.mu.Unlock()
	p.answered(h.Index())
	return nil
}

// asked sends the request; a holder whose last checkpoint moved on meanwhile is asked again from there, and one that has missed a
// postponement once it has been told.
func (s *Service) asked(ctx context.Context, b *book, state State, h Keyholder, items []*item, first bool) (custody.Release, error) {
	for try := 0; ; try++ {
		var seen int64
		if first {
			var err error
			if seen, err = h.LastSeen(ctx); err != nil {
				return custody.Release{}, err
			}
		}
		r, err := s.request(ctx, b, state, items, first, seen)
		if err != nil {
			return custody.Release{}, err
		}
		answer, err := h.Release(ctx, r)
		if err == nil || try == 3 {
			return answer, err
		}
		switch codeOf(err) {
		case "checkpoint-from":
			first = true
		case "release-not-frozen": // it has forgotten, or never stored, the freeze
			if first {
				return answer, err
			}
			first = true
		case custody.ErrFreezeTime.Code():
			if err := s.catchUp(ctx, b, h); err != nil {
				return answer, err
			}
			first = true
		default:
			return answer, err
		}
	}
}

// verifyBatch checks that a batch is this holder's, about this kind, signed and proven; its partials by part.
func (s *Service) verifyBatch(ctx context.Context, b *book, batch pki.Signed[custody.PartialsBatch], lock string, index int, fingerprint canon.Hash) (map[canon.Hash]tdh2.Point, error) {
	body := batch.Body
	if body.Class != string(b.lot.Class) || body.Lot != b.lot.ID.String() || body.Lock != lock || body.Index != index || body.Kind != string(b.kind) || body.Moment != b.moment {
		return nil, ErrBatch
	}
	for _, it := range body.Items {
		if known, ok := b.byDigest[it.Digest]; !ok || known.admitted.Bid.String() != it.Bid {
			return nil, ErrBatch.With("not in the frozen set")
		}
	}
	holder, err := s.certificates.Find(ctx, fingerprint)
	if err != nil {
		return nil, fmt.Errorf("holder %d: %w", index, err)
	}
	key := b.keyholders
	if lock == custody.LockC {
		key = b.officers
	}
	got, err := custody.VerifyBatch(batch, holder, key, b.fronts)
	if err != nil {
		return nil, bidding.FromCode(err)
	}
	return got, nil
}

func (s *Service) saveBatch(ctx context.Context, b *book, batch pki.Signed[custody.PartialsBatch]) error {
	hash, err := batch.Hash()
	if err != nil {
		return err
	}
	raw, err := batch.Marshal()
	if err != nil {
		return err
	}
	err = s.store.SaveBatch(ctx, b.lot.ID, Batch{Hash: hash, Lock: batch.Body.Lock, Index: batch.Body.Index, Kind: seal.Kind(batch.Body.Kind), Moment: batch.Body.Moment, Signed: raw})
	return wrap("save batch", b.lot.ID, err)
}

func codeOf(err error) string {
	var refusal *bidding.Refusal
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	var coded interface{ Code() string }
	if errors.As(err, &coded) {
		return coded.Code()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "silent"
	}
	return "failed"
}

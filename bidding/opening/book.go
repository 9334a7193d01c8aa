package opening

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tlog"
)

// book is what of one kind of part of a frozen lot never changes again: read once, used by every step.
type book struct {
	lot        tender.LotState
	kind       seal.Kind
	moment     string
	items      []*item // ascending by bid
	byDigest   map[canon.Hash]*item
	fronts     map[canon.Hash]seal.Front
	keyRecord  custody.KeyRecord
	keyholders custody.Key
	officerKey custody.OfficerKey
	officers   custody.Key
	freeze     pki.Signed[custody.Freeze]
	event      tlog.Disclosed
	statements []canon.Hash
}

// item is one part of one frozen bid.
type item struct {
	admitted Admitted
	part     bid.SealedPart
	front    seal.Front
	release  custody.ReleaseItem
}

type bookKey struct {
	lot    bidding.LotID
	kind   seal.Kind
	freeze canon.Hash
}

// keptBooks bounds what is kept in memory; an opening uses two or three.
const keptBooks = 12

// bookTakes bounds one reading.
const bookTakes = 2 * time.Minute

// book reads the frozen set and its evidence. The log proof is waited for.
func (s *Service) book(ctx context.Context, lot bidding.LotID, kind seal.Kind) (*book, State, error) {
	l, state, err := s.store.Load(ctx, lot)
	if err != nil {
		return nil, State{}, fmt.Errorf("load %v: %w", lot, err)
	}
	if err := ToDecrypt.Of(l.Stage, state.Stage); err != nil {
		return nil, State{}, err
	}
	key := bookKey{lot, kind, state.Freeze}
	s.mu.Lock()
	kept := s.books[key]
	s.mu.Unlock()
	if kept != nil {
		return kept, state, nil
	}
	// A thousand bidders ask in the same second when the window opens: one of them reads, the others wait for it.
	reading := s.reading.DoChan(lot.String()+"/"+string(kind)+"/"+state.Freeze.String(), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), bookTakes) // whoever came first may go away
		defer cancel()
		b, err := s.readBook(ctx, l, state, kind)
		if err == nil {
			s.keep(key, b)
		}
		return b, err
	})
	select {
	case <-ctx.Done():
		return nil, State{}, ctx.Err()
	case r := <-reading:
		if r.Err != nil {
			return nil, State{}, r.Err
		}
		return r.Val.(*book), state, nil
	}
}

func (s *Service) keep(key bookKey, b *book) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.books) >= keptBooks {
		clear(s.books)
	}
	s.books[key] = b
}

func (s *Service) readBook(ctx context.Context, l tender.LotState, state State, kind seal.Kind) (*book, error) {
	i := slices.IndexFunc(l.Kinds, func(r tender.PartRule) bool { return r.Kind == kind })
	if i < 0 {
		return nil, ErrKind.With(string(kind))
	}
	b := &book{lot: l, kind: kind, moment: l.Kinds[i].Moment, byDigest: map[canon.Hash]*item{}, fronts: map[canon.Hash]seal.Front{}}
	if err := s.readKeys(ctx, b, state); err != nil {
		return nil, err
	}
	admitted, err := s.store.Admitted(ctx, l.ID)
	if err != nil {
		return nil, fmt.Errorf("frozen set: %w", err)
	}
	slices.SortFunc(admitted, func(x, y Admitted) int { return bytes.Compare([]byte(x.Bid.String()), []byte(y.Bid.String())) })
	var digests []canon.Hash
	for _, a := range admitted {
		b.statements = append(b.statements, a.Statement)
		if j := slices.IndexFunc(a.Parts, func(p bid.Part) bool { return p.Kind == kind }); j >= 0 {
			b.items = append(b.items, &item{admitted: a, part: bid.SealedPart{Digest: a.Parts[j].Digest}})
			digests = append(digests, a.Parts[j].Digest)
		}
	}
	if len(b.statements) != state.Count || custody.FreezeRoot(b.statements) != state.Root {
		return nil, ErrPlatform.With("the stored set is not the frozen one")
	}
	parts, err := s.parts.Fronts(ctx, l.ID, digests)
	if err != nil {
		return nil, fmt.Errorf("fronts: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4 * runtime.GOMAXPROCS(0))
	for _, it := range b.items {
		group.Go(func() error { return s.readItem(ctx, it, parts) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for _, it := range b.items {
		b.byDigest[it.part.Digest], b.fronts[it.part.Digest] = it, it.front
	}
	return b, nil
}

func (s *Service) readItem(ctx context.Context, it *item, parts map[canon.Hash]bid.SealedPart) error {
	digest := it.part.Digest
	part, ok := parts[digest]
	if !ok {
		return ErrPlatform.With("front " + digest.String())
	}
	front, err := seal.ParseFront(part.Front)
	if err != nil || front.Digest() != digest {
		return ErrPlatform.With("front " + digest.String())
	}
	c, err := s.certificates.Find(ctx, it.admitted.Certificate)
	if err != nil {
		return fmt.Errorf("certificate of %v: %w", it.admitted.Bid, err)
	}
	it.part, it.front = part, front
	it.release = custody.ReleaseItem{Statement: it.admitted.Signed, Certificate: c.DER(), Front: part.Front}
	return nil
}

func (s *Service) readKeys(ctx context.Context, b *book, state State) error {
	if b.lot.Keyholders == nil || b.lot.Officers == nil {
		return ErrStage.With("no key is bound")
	}
	key, err := record[custody.KeyRecord](ctx, s.store, b.lot.Keyholders.Record)
	if err != nil {
		return err
	}
	officers, err := record[custody.OfficerKey](ctx, s.store, b.lot.Officers.Record)
	if err != nil {
		return err
	}
	if b.freeze, err = record[custody.Freeze](ctx, s.store, state.Freeze); err != nil {
		return err
	}
	b.keyRecord, b.officerKey = key.Body, officers.Body
	if b.keyholders, err = key.Body.Points(); err != nil {
		return err
	}
	if b.officers, err = officers.Body.Points(); err != nil {
		return err
	}
	if b.event, err = s.log.Disclosed(ctx, Stream(b.lot.ID), 1); err != nil {
		return fmt.Errorf("%w: %w", ErrNotLogged, err)
	}
	return nil
}

// request is what a holder is asked about some items. first asks with the whole evidence, from the checkpoint the holder saw last.
func (s *Service) request(ctx context.Context, b *book, state State, items []*item, first bool, seen int64) (custody.ReleaseRequest, error) {
	r := custody.ReleaseRequest{Class: string(b.lot.Class), Lot: b.lot.ID.String(), Kind: string(b.kind), Moment: b.moment,
		Freeze: custody.FreezeEvidence{Freeze: b.freeze, Consistency: custody.Consistency{Path: []canon.Hash{}}, Statements: []canon.Hash{}}}
	for _, it := range items {
		r.Items = append(r.Items, it.release)
	}
	if !first {
		return r, nil
	}
	r.Freeze.Event, r.Freeze.Statements = &b.event, b.statements
	link, err := s.link(ctx, seen, b.event.Proof.Size)
	if err != nil {
		return r, err
	}
	r.Freeze.Consistency = link
	if b.moment == tender.OpeningMoment {
		return r, nil
	}
	if r.Later, err = s.later(ctx, b, state, max(seen, b.event.Proof.Size)); err != nil {
		return r, err
	}
	return r, nil
}

// link proves that two checkpoints tell one history; a holder that saw none needs nothing.
func (s *Service) link(ctx context.Context, seen, size int64) (custody.Consistency, error) {
	c := custody.Consistency{From: seen, Path: []canon.Hash{}}
	if seen == 0 || seen == size {
		return c, nil
	}
	path, err := s.log.Consistency(ctx, min(seen, size), max(seen, size))
	if err != nil {
		return c, fmt.Errorf("consistency %d to %d: %w", seen, size, err)
	}
	c.Path = append(c.Path, path...)
	return c, nil
}

// later is the evidence that a later moment was released.
func (s *Service) later(ctx context.Context, b *book, state State, seen int64) (*custody.MomentEvidence, error) {
	i := slices.IndexFunc(state.Moments, func(m MomentReleased) bool { return m.Moment == b.moment })
	if i < 0 {
		return nil, ErrKind.With(b.moment)
	}
	release, err := record[custody.MomentRelease](ctx, s.store, state.Moments[i].Release)
	if err != nil {
		return nil, err
	}
	event, err := s.log.Disclosed(ctx, Stream(b.lot.ID), state.Moments[i].Seq)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotLogged, err)
	}
	m := &custody.MomentEvidence{Release: release, Event: event}
	if m.Consistency, err = s.link(ctx, seen, event.Proof.Size); err != nil {
		return nil, err
	}
	for _, signer := range release.Signers() {
		c, err := s.certificates.Find(ctx, signer)
		if err != nil {
			return nil, fmt.Errorf("officer %v: %w", signer, err)
		}
		m.Certificates = append(m.Certificates, c.DER())
	}
	return m, nil
}

// within bounds a wait for the log inside a request.
func within(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d)
}

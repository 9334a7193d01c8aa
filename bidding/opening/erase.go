package opening

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
)

// Erase has all keyholders of a failed or archived opening destroy their shares; a job repeats it until all have.
func (s *Service) Erase(ctx context.Context, lot bidding.LotID) error {
	l, state, err := s.store.Load(ctx, lot)
	if err != nil {
		return wrap("erase", lot, err)
	}
	if state.EraseOrder.IsZero() || state.Erased {
		return nil
	}
	key, err := record[custody.KeyRecord](ctx, s.store, l.Keyholders.Record)
	if err != nil {
		return err
	}
	request, err := s.ground(ctx, lot, state)
	if err != nil {
		return err
	}
	holders, err := s.keyholders.Of(ctx, key.Body)
	if err != nil {
		return fmt.Errorf("keyholders: %w", err)
	}
	var documents []bidding.Document
	var failed error
	for _, h := range holders {
		d, err := s.eraseAt(ctx, l, h, request)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("keyholder %d: %w", h.Index(), err))
			continue
		}
		documents = append(documents, d)
	}
	if failed != nil {
		return wrap("erase", lot, failed)
	}
	_, err = s.store.Update(ctx, bidding.SystemActor(), s.clock.Now(), lot, func(_ *tender.Lot, o *Opening) (Outcome, error) {
		return Outcome{Documents: documents}, o.KeysErased(len(documents))
	})
	return wrap("erase", lot, err)
}

// ground is the order with what it rests on: a freeze of too few bids, or the archive.
func (s *Service) ground(ctx context.Context, lot bidding.LotID, state State) (r custody.EraseRequest, err error) {
	if r.Order, err = record[custody.ErasureOrder](ctx, s.store, state.EraseOrder); err != nil {
		return r, err
	}
	if state.Stage != Failed {
		return s.archiveGround(ctx, lot, state, r)
	}
	r.Certificates = [][]byte{s.platform.Certificate().DER()}
	freeze, err := record[custody.Freeze](ctx, s.store, state.Freeze)
	if err != nil {
		return r, err
	}
	event, err := s.log.Disclosed(ctx, Stream(lot), 1)
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrNotLogged, err)
	}
	admitted, err := s.store.Admitted(ctx, lot)
	if err != nil {
		return r, wrap("erase", lot, err)
	}
	r.Freeze = &custody.FreezeEvidence{Freeze: freeze, Event: &event, Statements: []canon.Hash{}}
	for _, a := range admitted {
		r.Freeze.Statements = append(r.Freeze.Statements, a.Statement)
	}
	return r, nil
}

// linked is the request with the consistency proof from the checkpoint that the holder saw last.
func (s *Service) linked(ctx context.Context, r custody.EraseRequest, seen int64) (custody.EraseRequest, error) {
	var err error
	if r.Freeze != nil {
		own := *r.Freeze
		own.Consistency, err = s.link(ctx, seen, own.Event.Proof.Size)
		r.Freeze = &own
	} else {
		own := *r.Archive
		own.Consistency, err = s.link(ctx, seen, own.Event.Proof.Size)
		r.Archive = &own
	}
	return r, err
}

// archivedPatience is allowed a keyholder for each archived part, beside the usual wait: a slow processor's check of one wrapped key and its way there.
const archivedPatience = 5 * time.Millisecond

func (s *Service) eraseAt(ctx context.Context, l tender.LotState, h Keyholder, r custody.EraseRequest) (bidding.Document, error) {
	patience := s.settings.Silence
	if r.Archive != nil { // the keyholder checks every wrapped key first
		patience += time.Duration(len(r.Archive.Archive.Body.Parts)) * archivedPatience
	}
	ctx, cancel := within(ctx, patience)
	defer cancel()
	seen, err := h.LastSeen(ctx)
	if err != nil {
		return bidding.Document{}, err
	}
	if r, err = s.linked(ctx, r, seen); err != nil {
		return bidding.Document{}, err
	}
	erased, err := h.Erase(ctx, r)
	if err != nil {
		return bidding.Document{}, err
	}
	if h.Index() < 1 || h.Index() > len(l.Keyholders.Holders) || erased.Body.Index != h.Index() || erased.Body.Lot != l.ID.String() || erased.Body.Key != l.Key {
		return bidding.Document{}, ErrBatch.With("erased another key")
	}
	c, err := s.certificates.Find(ctx, l.Keyholders.Holders[h.Index()-1].Certificate)
	if err != nil {
		return bidding.Document{}, err
	}
	if err := erased.VerifyAll(c); err != nil {
		return bidding.Document{}, bidding.FromCode(err)
	}
	return bidding.NewDocument(custody.TypeErased, l.ID, erased.Body, erased)
}

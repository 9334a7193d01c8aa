package opening

import (
	"context"
	"errors"
	"fmt"

	"sunbid/bidding"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
)

// Erase has all keyholders of a failed opening destroy their shares; a job repeats it until all have.
func (s *Service) Erase(ctx context.Context, lot bidding.LotID) error {
	l, state, err := s.store.Load(ctx, lot)
	if err != nil {
		return wrap("erase", lot, err)
	}
	if state.Stage != Failed || state.Erased {
		return nil
	}
	key, err := record[custody.KeyRecord](ctx, s.store, l.Keyholders.Record)
	if err != nil {
		return err
	}
	order, err := record[custody.ErasureOrder](ctx, s.store, state.EraseOrder)
	if err != nil {
		return err
	}
	freeze, err := record[custody.Freeze](ctx, s.store, state.Freeze)
	if err != nil {
		return err
	}
	event, err := s.log.Disclosed(ctx, Stream(lot), 1)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotLogged, err)
	}
	admitted, err := s.store.Admitted(ctx, lot)
	if err != nil {
		return wrap("erase", lot, err)
	}
	evidence := custody.FreezeEvidence{Freeze: freeze, Event: &event, Statements: []canon.Hash{}}
	for _, a := range admitted {
		evidence.Statements = append(evidence.Statements, a.Statement)
	}
	holders, err := s.keyholders.Of(ctx, key.Body)
	if err != nil {
		return fmt.Errorf("keyholders: %w", err)
	}
	var documents []bidding.Document
	var failed error
	for _, h := range holders {
		d, err := s.eraseAt(ctx, l, h, custody.EraseRequest{Order: order, Certificates: [][]byte{s.platform.Certificate().DER()}, Freeze: &evidence})
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

func (s *Service) eraseAt(ctx context.Context, l tender.LotState, h Keyholder, r custody.EraseRequest) (bidding.Document, error) {
	ctx, cancel := within(ctx, s.settings.Silence)
	defer cancel()
	seen, err := h.LastSeen(ctx)
	if err != nil {
		return bidding.Document{}, err
	}
	own := *r.Freeze
	if own.Consistency, err = s.link(ctx, seen, own.Event.Proof.Size); err != nil {
		return bidding.Document{}, err
	}
	r.Freeze = &own
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

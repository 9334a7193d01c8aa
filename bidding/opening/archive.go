package opening

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// DealArchive: the tenderer's archive key is taken, once, when the record is signed. That everything is open was checked.
func (o *Opening) DealArchive(by bidding.Actor, key custody.ArchiveKey, record canon.Hash, at time.Time) error {
	if !by.Is(bidding.Tenderer) || by.Org != o.s.Tenderer {
		return bidding.ErrForbidden
	}
	if err := o.in(ToArchive); err != nil {
		return ErrArchiveEarly.With(string(o.s.Stage))
	}
	if !o.s.ArchiveKey.IsZero() {
		return ErrArchived
	}
	if key.Class != string(o.s.Class) {
		return bidding.ErrClass
	}
	if key.Lot != o.s.Lot.String() || key.Tender != o.s.Tender.String() || key.Threshold < 2 {
		return ErrArchiveKey.With("lot, or threshold")
	}
	o.record(ArchiveDealt{Lot: o.s.Lot, Key: record, Threshold: key.Threshold, Archivists: len(key.Archivists), At: canon.At(at)})
	return nil
}

// Archived: the record over all opened parts stands.
func (o *Opening) Archived(a custody.Archive, record canon.Hash) error {
	if err := o.in(ToArchive); err != nil {
		return err
	}
	if !o.s.Archive.IsZero() {
		return ErrArchived
	}
	if o.s.ArchiveKey.IsZero() || a.ArchiveKey != o.s.ArchiveKey || a.Freeze != o.s.Freeze {
		return ErrNotArchived.With("no archive key, or another")
	}
	o.record(Archived{Lot: o.s.Lot, Archive: record, Parts: len(a.Parts), At: a.ArchivedAt, Seq: o.Version() + 1})
	return nil
}

// OrderErasure: an authority lets the keyholders erase. The signature was checked.
func (o *Opening) OrderErasure(by bidding.Actor, l tender.LotState, order custody.ErasureOrder, record canon.Hash) error {
	if !o.s.owned(by) {
		return bidding.ErrForbidden
	}
	if err := o.in(ToOrderErasure); err != nil {
		return err
	}
	switch {
	case o.s.Archive.IsZero():
		return ErrNotArchived
	case !o.s.EraseOrder.IsZero():
		return ErrEraseOrder.With("given already")
	case order.Class != string(o.s.Class) || order.Tender != o.s.Tender.String() || order.Lot != o.s.Lot.String() || order.Binding != l.Binding:
		return ErrEraseOrder.With("lot or binding")
	case order.Reason != custody.Archived || order.Ground != o.s.Archive:
		return ErrEraseOrder.With("reason or ground")
	}
	o.record(ErasureOrdered{Lot: o.s.Lot, Order: record})
	return nil
}

// Archive takes the archive key of a lot, dealt by the tenderer and confirmed by all its archivists, and has a job wrap the content keys
// (Rewrap). Refused while a part is not open yet, or a later moment not released.
func (s *Service) Archive(ctx context.Context, by bidding.Actor, lot bidding.LotID, key pki.Signed[custody.ArchiveKey]) error {
	if !by.Is(bidding.Tenderer) {
		return bidding.ErrForbidden
	}
	l, state, err := s.store.Load(ctx, lot)
	if err != nil {
		return wrap("archive", lot, err)
	}
	if by.Org != state.Tenderer && state.Stage != "" {
		return bidding.ErrForbidden
	}
	if err := ToArchive.In(state.Stage); err != nil {
		return err
	}
	if !slices.Contains(l.Authorities, tender.Authority{Role: by.Role, Certificate: by.Certificate}) {
		return ErrArchiveKey.With("the dealer is no authority of the lot's binding")
	}
	find, err := s.judged(ctx, key.Signers())
	if err != nil {
		return err
	}
	if _, err := custody.VerifyArchiveKey(key, by.Certificate, find); err != nil {
		return bidding.FromCode(err)
	}
	if err := s.allOpen(ctx, l, state); err != nil {
		return err
	}
	document, err := bidding.NewDocument(custody.TypeArchiveKey, lot, key.Body, key)
	if err != nil {
		return bidding.FromCode(err)
	}
	now := s.clock.Now()
	_, err = s.store.Update(ctx, by, now, lot, func(_ *tender.Lot, o *Opening) (Outcome, error) {
		return Outcome{Documents: []bidding.Document{document}, Archive: true}, o.DealArchive(by, key.Body, document.Hash, now)
	})
	return wrap("archive", lot, err)
}

// judged finds signers and judges their certificates as of now.
func (s *Service) judged(ctx context.Context, signers []canon.Hash) (custody.Certificates, error) {
	list := make([]*pki.Certificate, 0, len(signers))
	for _, f := range signers {
		c, err := s.certificates.Find(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("signer %v: %w", f, err)
		}
		if err := s.certificates.Judge(c, pki.Signing, s.clock.Now()); err != nil {
			return nil, bidding.FromCode(err)
		}
		list = append(list, c)
	}
	return custody.CertificatesOf(list...), nil
}

// allOpen: every part of every frozen bid has its result.
func (s *Service) allOpen(ctx context.Context, l tender.LotState, state State) error {
	admitted, err := s.store.Admitted(ctx, l.ID)
	if err != nil {
		return wrap("archive", l.ID, err)
	}
	for _, rule := range l.Kinds {
		if rule.Kind == seal.KindReadout {
			continue
		}
		if !state.Released(rule.Moment) {
			return ErrArchiveEarly.With(rule.Moment)
		}
		done, err := s.store.OpenedParts(ctx, l.ID, rule.Kind)
		if err != nil {
			return wrap("archive", l.ID, err)
		}
		for _, a := range admitted {
			has := slices.ContainsFunc(a.Parts, func(p bid.Part) bool { return p.Kind == rule.Kind })
			if has && !slices.Contains(done, a.Bid) {
				return ErrArchiveEarly.With(string(rule.Kind))
			}
		}
	}
	return nil
}

// OrderErasure takes an authority's signed order to erase an archived lot's shares; a job has the keyholders do it (Erase).
func (s *Service) OrderErasure(ctx context.Context, by bidding.Actor, lot bidding.LotID, order pki.Signed[custody.ErasureOrder]) error {
	if !by.Is(bidding.Tenderer, bidding.Agency) {
		return bidding.ErrForbidden
	}
	l, _, err := s.store.Load(ctx, lot)
	if err != nil {
		return wrap("order erasure", lot, err)
	}
	if !slices.Contains(l.Authorities, tender.Authority{Role: by.Role, Certificate: by.Certificate}) {
		return ErrEraseOrder.With("not an authority of the lot's binding")
	}
	find, err := s.judged(ctx, []canon.Hash{by.Certificate})
	if err != nil {
		return err
	}
	if err := order.VerifyAll(find(by.Certificate)); err != nil {
		return bidding.FromCode(err)
	}
	document, err := bidding.NewDocument(custody.TypeErasureOrder, lot, order.Body, order)
	if err != nil {
		return bidding.FromCode(err)
	}
	_, err = s.store.Update(ctx, by, s.clock.Now(), lot, func(_ *tender.Lot, o *Opening) (Outcome, error) {
		return Outcome{Documents: []bidding.Document{document}, Erase: true}, o.OrderErasure(by, l, order.Body, document.Hash)
	})
	return wrap("order erasure", lot, err)
}

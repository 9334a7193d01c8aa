package opening

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"sunbid/bidding"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
)

// Rewrap closes the content key of every opened part to the lot's archive key and signs the archive record: a job, repeated until it
// succeeds. Record and event are one transaction, so that a crash leaves all or nothing; nothing is erased here.
func (s *Service) Rewrap(ctx context.Context, lot bidding.LotID) error {
	l, state, err := s.store.Load(ctx, lot)
	if err != nil {
		return wrap("rewrap", lot, err)
	}
	if state.ArchiveKey.IsZero() || !state.Archive.IsZero() {
		return nil
	}
	if err := s.allOpen(ctx, l, state); err != nil {
		return err
	}
	key, err := record[custody.ArchiveKey](ctx, s.store, state.ArchiveKey)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	a := custody.Archive{Type: custody.TypeArchive, Class: string(state.Class), Tender: state.Tender.String(), Lot: lot.String(), Binding: l.Binding,
		Freeze: state.Freeze, ArchiveKey: state.ArchiveKey, ArchivedAt: canon.At(now), Parts: []custody.ArchivedPart{}}
	for _, rule := range l.Kinds {
		if rule.Kind == seal.KindReadout { // its partial decryptions are published
			continue
		}
		if err := s.wrapKind(ctx, &a, key.Body, l, rule.Kind); err != nil {
			return err
		}
	}
	slices.SortFunc(a.Parts, func(x, y custody.ArchivedPart) int {
		return cmp.Or(bytes.Compare([]byte(x.Bid), []byte(y.Bid)), cmp.Compare(x.Kind, y.Kind))
	})
	if err := custody.VerifyArchive(a, key); err != nil {
		return bidding.FromCode(err)
	}
	document, err := signed(custody.TypeArchive, lot, a, s.platform)
	if err != nil {
		return err
	}
	_, err = s.store.Update(ctx, bidding.SystemActor(), now, lot, func(_ *tender.Lot, o *Opening) (Outcome, error) {
		return Outcome{Documents: []bidding.Document{document}}, o.Archived(a, document.Hash)
	})
	return wrap("rewrap", lot, err)
}

// wrapKind appends the opened parts of one kind; each key is held against its part's commitment (custody.Archive.Keep).
func (s *Service) wrapKind(ctx context.Context, a *custody.Archive, key custody.ArchiveKey, l tender.LotState, kind seal.Kind) error {
	b, _, err := s.book(ctx, l.ID, kind)
	if err != nil {
		return err
	}
	for _, it := range b.items {
		p, err := s.store.OpenedPart(ctx, l.ID, it.admitted.Bid, kind)
		if err != nil {
			return fmt.Errorf("opened part of %v: %w", it.admitted.Bid, err)
		}
		if len(p.Key) == 0 { // it did not open, and never will
			continue
		}
		plain, err := s.strongbox.Open(p.Key)
		if err != nil || len(plain) != len(seal.CEK{}) || p.Digest != it.part.Digest {
			return fmt.Errorf("content key of %v: %w", it.admitted.Bid, cmp.Or(err, error(ErrPlatform)))
		}
		err = a.Keep(rand.Reader, key.PublicKey, custody.ArchivedPart{Bid: it.admitted.Bid.String(), Kind: string(kind), Digest: p.Digest, Commit: it.front.Header.Commit}, seal.CEK(plain))
		clear(plain)
		if err != nil {
			return bidding.FromCode(err)
		}
	}
	return nil
}

// archiveGround puts the logged archive with its key and everybody's certificates into an order to erase.
func (s *Service) archiveGround(ctx context.Context, lot bidding.LotID, state State, r custody.EraseRequest) (custody.EraseRequest, error) {
	archive, err := record[custody.Archive](ctx, s.store, state.Archive)
	if err != nil {
		return r, err
	}
	key, err := record[custody.ArchiveKey](ctx, s.store, state.ArchiveKey)
	if err != nil {
		return r, err
	}
	event, err := s.log.Disclosed(ctx, Stream(lot), state.ArchiveSeq)
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrNotLogged, err)
	}
	r.Archive = &custody.ArchiveEvidence{Archive: archive, Key: key, Event: event}
	signers := key.Signers()
	for _, f := range r.Order.Signers() {
		if !slices.Contains(signers, f) {
			signers = append(signers, f)
		}
	}
	for _, f := range signers {
		c, err := s.certificates.Find(ctx, f)
		if err != nil {
			return r, fmt.Errorf("signer %v: %w", f, err)
		}
		r.Certificates = append(r.Certificates, c.DER())
	}
	return r, nil
}

// ArchiveFile is how far a lot's archive is, with its signed records; what is not there yet is nil.
type ArchiveFile struct {
	Key     *pki.Signed[custody.ArchiveKey]
	Archive *pki.Signed[custody.Archive]
	Order   *pki.Signed[custody.ErasureOrder]
	Erased  []pki.Signed[custody.Erased] // by index, once all have
	// Certificates of those who signed key and archive, DER.
	Certificates [][]byte
}

// ArchiveFile reads it, for the tenderer, the agency, an officer or archivist of the lot, the operator and the supervisor.
func (s *Service) ArchiveFile(ctx context.Context, by bidding.Actor, lot bidding.LotID) (f ArchiveFile, err error) {
	l, state, err := s.store.Load(ctx, lot)
	if err != nil {
		return f, wrap("archive file", lot, err)
	}
	if !state.ArchiveKey.IsZero() {
		key, err := record[custody.ArchiveKey](ctx, s.store, state.ArchiveKey)
		if err != nil {
			return f, err
		}
		f.Key = &key
	}
	archivist := f.Key != nil && slices.ContainsFunc(f.Key.Body.Archivists, func(a custody.OfficerRef) bool { return a.Certificate == by.Certificate })
	_, notOfficer := seat(l, by)
	if l.Owned(by) != nil && notOfficer != nil && !archivist && !by.Is(bidding.Operator, bidding.Supervisor, bidding.System) {
		return ArchiveFile{}, bidding.ErrForbidden
	}
	if state.Archive.IsZero() {
		return f, nil
	}
	archive, err := record[custody.Archive](ctx, s.store, state.Archive)
	if err != nil {
		return f, err
	}
	f.Archive = &archive
	for _, signer := range append(f.Key.Signers(), archive.Signers()...) {
		c, err := s.certificates.Find(ctx, signer)
		if err != nil {
			return f, fmt.Errorf("signer %v: %w", signer, err)
		}
		f.Certificates = append(f.Certificates, c.DER())
	}
	if state.EraseOrder.IsZero() {
		return f, nil
	}
	order, err := record[custody.ErasureOrder](ctx, s.store, state.EraseOrder)
	if err != nil {
		return f, err
	}
	f.Order = &order
	f.Erased, err = s.erased(ctx, lot)
	return f, err
}

func (s *Service) erased(ctx context.Context, lot bidding.LotID) ([]pki.Signed[custody.Erased], error) {
	list := []pki.Signed[custody.Erased]{}
	documents, err := s.store.Documents(ctx, lot, custody.TypeErased)
	if err != nil {
		return nil, wrap("erased", lot, err)
	}
	for _, d := range documents {
		e, err := pki.ParseSigned[custody.Erased](d.Signed)
		if err != nil {
			return nil, wrap("erased", lot, err)
		}
		list = append(list, e)
	}
	slices.SortFunc(list, func(x, y pki.Signed[custody.Erased]) int { return x.Body.Index - y.Body.Index })
	return list, nil
}

package opening

import (
	"context"
	"slices"

	"sunbid/bidding"
	"sunbid/bidding/tender"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// SignRecord adds the tenderer's or the agency's signature, made with the actor's certificate, to the opening record. Only an authority
// of the lot's binding may sign: whoever checks the public bundle knows nobody else's certificate.
func (s *Service) SignRecord(ctx context.Context, by bidding.Actor, lot bidding.LotID, signature pki.Signature) error {
	if !by.Is(bidding.Tenderer, bidding.Agency) || signature.Signer != by.Certificate {
		return ErrRecord
	}
	l, state, err := s.store.Load(ctx, lot)
	if err != nil {
		return wrap("sign record", lot, err)
	}
	named := tender.Authority{Role: by.Role, Certificate: by.Certificate}
	if !slices.Contains(l.Authorities, named) {
		return ErrRecord.With("not an authority of the lot's binding")
	}
	if err := ToSign.In(state.Stage); err != nil {
		return err
	}
	c, err := s.certificates.Find(ctx, by.Certificate)
	if err != nil {
		return wrap("sign record", lot, err)
	}
	if err := s.certificates.Judge(c, pki.Signing, s.clock.Now()); err != nil {
		return bidding.FromCode(err)
	}
	full, err := record[custody.OpeningRecord](ctx, s.store, state.Record)
	if err != nil {
		return err
	}
	if err := full.AddSignature(signature); err != nil {
		return ErrSigned
	}
	if err := full.Verify(c); err != nil {
		return ErrRecord.With(err.Error())
	}
	document, err := bidding.NewDocument(custody.TypeOpeningRecord, lot, full.Body, full)
	if err != nil {
		return bidding.FromCode(err)
	}
	_, err = s.store.Update(ctx, by, s.clock.Now(), lot, func(_ *tender.Lot, o *Opening) (Outcome, error) {
		return Outcome{Documents: []bidding.Document{document}}, o.SignRecord(by, document.Hash)
	})
	return wrap("sign record", lot, err)
}

// DetermineCause takes the tenderer's signed finding why a bid did not open.
func (s *Service) DetermineCause(ctx context.Context, by bidding.Actor, lot bidding.LotID, cause pki.Signed[custody.Cause]) error {
	if !by.Is(bidding.Tenderer) {
		return bidding.ErrForbidden
	}
	c, err := s.certificates.Find(ctx, by.Certificate)
	if err != nil {
		return wrap("determine cause", lot, err)
	}
	if err := s.certificates.Judge(c, pki.Signing, s.clock.Now()); err != nil {
		return bidding.FromCode(err)
	}
	if err := cause.VerifyAll(c); err != nil {
		return bidding.FromCode(err)
	}
	document, err := bidding.NewDocument(custody.TypeCause, lot, cause.Body, cause)
	if err != nil {
		return bidding.FromCode(err)
	}
	_, err = s.store.Update(ctx, by, s.clock.Now(), lot, func(_ *tender.Lot, o *Opening) (Outcome, error) {
		return Outcome{Documents: []bidding.Document{document}}, o.DetermineCause(by, cause.Body, document.Hash)
	})
	return wrap("determine cause", lot, err)
}

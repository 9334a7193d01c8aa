package tender

import (
	"context"
	"fmt"
	"slices"

	"sunbid/bidding"
	"sunbid/bidding/notice"
	"sunbid/bidding/privacy"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// Bind has all keyholders tie a key of theirs to the lot and its opening time, once and for good. authorities are who may postpone or
// terminate later; empty means the actor alone. Repeating it after a crash, with the same authorities, finds the same key again.
func (s *Service) Bind(ctx context.Context, by bidding.Actor, lot bidding.LotID, authorities []Authority) (LotState, error) {
	now := s.clock.Now()
	_, state, err := s.tenders.Lot(ctx, lot)
	if err != nil {
		return LotState{}, err
	}
	l := RestoreLot(state, 0)
	if err := l.MayBind(by, now); err != nil {
		return LotState{}, err
	}
	if len(authorities) == 0 {
		authorities = []Authority{{Role: by.Role, Certificate: by.Certificate}}
	}
	if err := s.fit(ctx, state, authorities); err != nil {
		return LotState{}, err
	}
	key, err := s.keyholders.Take(ctx, lot)
	if err != nil {
		return LotState{}, fmt.Errorf("take a key: %w", bidding.FromCode(err))
	}
	certs, err := s.found(ctx, key.Body.Fingerprints()...)
	if err != nil {
		return LotState{}, err
	}
	if key.Body.Class != string(s.class) {
		return LotState{}, bidding.ErrClass
	}
	if _, err := custody.VerifyKeyRecord(key, certs); err != nil {
		return LotState{}, bidding.FromCode(err)
	}
	for _, h := range key.Body.Keyholders {
		if err := privacy.Check(privacy.Text{Field: "keyholder", Value: h.Name}); err != nil {
			return LotState{}, err
		}
	}
	keyDocument, err := bidding.NewDocument(custody.TypeKeyRecord, lot, key.Body, key)
	if err != nil {
		return LotState{}, bidding.FromCode(err)
	}
	officers, err := document[custody.OfficerKey](ctx, s.tenders, state.Officers.Record)
	if err != nil {
		return LotState{}, err
	}
	dealer, err := s.certificates.Find(ctx, officers.Signatures[0].Signer)
	if err != nil {
		return LotState{}, fmt.Errorf("dealer: %w", err)
	}
	// From here the keyholders may have signed: only the same binding goes on.
	binding, err := s.keyholders.Bind(ctx, custody.BindRequest{
		Binding:   pki.Signed[custody.Binding]{Body: l.Binding(key.Body, keyDocument.Hash, authorities), Signatures: []pki.Signature{}},
		KeyRecord: key, OfficerKey: officers, Dealer: dealer.DER(),
	})
	if err != nil {
		return LotState{}, fmt.Errorf("bind: %w", bidding.FromCode(err))
	}
	if err := custody.VerifyBinding(binding, key, certs); err != nil {
		return LotState{}, bidding.FromCode(err)
	}
	document, err := bidding.NewDocument(custody.TypeBinding, lot, binding.Body, binding)
	if err != nil {
		return LotState{}, bidding.FromCode(err)
	}
	return s.update(ctx, by, now, lot, func(l *Lot) (Side, error) {
		return Side{Documents: []bidding.Document{keyDocument, document}}, l.BindKey(by, key.Body, keyDocument.Hash, binding.Body, document.Hash, now)
	})
}

// fit: every authority is a person of the tenderer or the agency, in that role, and each of the two that the tender has is named.
func (s *Service) fit(ctx context.Context, l LotState, authorities []Authority) error {
	// Who is no authority cannot sign the opening record (电子招标投标办法 art. 32): each of the two must be able to.
	for _, role := range []bidding.Role{bidding.Tenderer, bidding.Agency} {
		named := slices.ContainsFunc(authorities, func(a Authority) bool { return a.Role == role })
		if !named && (role == bidding.Tenderer || !l.Agency.IsZero()) {
			return ErrAuthority.With("no " + string(role))
		}
	}
	for _, a := range authorities {
		holder, err := s.certificates.Holder(ctx, a.Certificate)
		if err != nil {
			return ErrAuthority.With(a.Certificate.String())
		}
		actor, err := holder.Actor(a.Certificate, a.Role)
		if err != nil {
			return err
		}
		if l.Owned(actor) != nil {
			return ErrAuthority
		}
	}
	return nil
}

// Postpone puts the opening back: signed by an authority, told by a signed notice, in force once n−t+1 keyholders have signed.
func (s *Service) Postpone(ctx context.Context, by bidding.Actor, lot bidding.LotID, signed pki.Signed[custody.Postponement], told notice.Signed) (LotState, error) {
	asked := s.clock.Now()
	_, state, err := s.tenders.Lot(ctx, lot)
	if err != nil {
		return LotState{}, err
	}
	if err := RestoreLot(state, 0).MayPostpone(by, signed.Body, asked); err != nil {
		return LotState{}, err
	}
	noticeDocument, err := s.notice(ctx, by, lot, told, notice.Postponement, asked)
	if err != nil {
		return LotState{}, err
	}
	if change := told.Body.Opening; signed.Body.Notice != noticeDocument.Hash || !change.From.Equal(signed.Body.OpeningFrom.Time) || !change.To.Equal(signed.Body.OpeningTo.Time) {
		return LotState{}, ErrPostpone.With("notice")
	}
	author, err := s.signer(ctx, by, asked)
	if err != nil {
		return LotState{}, err
	}
	if err := signed.VerifyAll(author); err != nil {
		return LotState{}, bidding.FromCode(err)
	}
	chain, err := s.chain(ctx, state)
	if err != nil {
		return LotState{}, err
	}
	if !chain.binding.Body.Authority(author.Fingerprint()) {
		return LotState{}, bidding.FromCode(custody.ErrNotAuthority)
	}
	need := len(chain.key.Body.Keyholders) - chain.key.Body.Threshold + 1
	cosigned, err := s.keyholders.Postpone(ctx, custody.PostponeRequest{Postponement: signed, Certificates: [][]byte{author.DER()}}, need)
	if err != nil {
		return LotState{}, fmt.Errorf("postpone: %w", bidding.FromCode(err))
	}
	certs, err := s.found(ctx, append(chain.key.Body.Fingerprints(), chain.authorities()...)...)
	if err != nil {
		return LotState{}, err
	}
	if _, err := custody.InForce(chain.binding, append(chain.postponements, cosigned), chain.key.Body, certs); err != nil {
		return LotState{}, bidding.FromCode(err)
	}
	document, err := bidding.NewDocument(custody.TypePostponement, lot, cosigned.Body, cosigned)
	if err != nil {
		return LotState{}, bidding.FromCode(err)
	}
	var after LotState
	_, err = s.tenders.Update(ctx, by, s.clock.Now(), lot, func(_ State, notices int, l *Lot) (Side, error) {
		n, err := notice.Publish(told.Body, nil, notices, noticeDocument, s.clock.Now())
		if err != nil {
			return Side{}, err
		}
		if err := l.Postpone(by, cosigned.Body, document.Hash, asked); err != nil {
			return Side{}, err
		}
		after = l.Snapshot()
		return Side{Documents: []bidding.Document{noticeDocument, document}, Notice: n}, nil
	})
	if err != nil {
		return LotState{}, fmt.Errorf("postpone lot: %w", err)
	}
	return after, nil
}

// chain is what stands in force about a lot's key.
type chain struct {
	key           pki.Signed[custody.KeyRecord]
	binding       pki.Signed[custody.Binding]
	postponements []pki.Signed[custody.Postponement]
}

func (c chain) authorities() []canon.Hash {
	var list []canon.Hash
	for _, a := range c.binding.Body.Authorities {
		list = append(list, a.Certificate)
	}
	return list
}

func (s *Service) chain(ctx context.Context, l LotState) (chain, error) {
	if l.Keyholders == nil {
		return chain{}, ErrNotBound
	}
	var c chain
	var err error
	if c.key, err = document[custody.KeyRecord](ctx, s.tenders, l.Keyholders.Record); err != nil {
		return chain{}, err
	}
	if c.binding, err = document[custody.Binding](ctx, s.tenders, l.Binding); err != nil {
		return chain{}, err
	}
	for _, h := range l.Postponements {
		p, err := document[custody.Postponement](ctx, s.tenders, h)
		if err != nil {
			return chain{}, err
		}
		c.postponements = append(c.postponements, p)
	}
	return c, nil
}

func document[T any](ctx context.Context, from Tenders, hash canon.Hash) (pki.Signed[T], error) {
	d, err := from.Document(ctx, hash)
	if err != nil {
		return pki.Signed[T]{}, fmt.Errorf("record %v: %w", hash, err)
	}
	r, err := pki.ParseSigned[T](d.Signed)
	if err != nil {
		return pki.Signed[T]{}, fmt.Errorf("record %v: %w", hash, err)
	}
	return r, nil
}

// Terminate ends a lot for good. order is needed once a key is bound: signed by an authority of the binding, its ground the notice.
// The keys are erased by a job (EraseKeys).
func (s *Service) Terminate(ctx context.Context, by bidding.Actor, lot bidding.LotID, why string, told notice.Signed, order *pki.Signed[custody.ErasureOrder]) (LotState, error) {
	now := s.clock.Now()
	noticeDocument, err := s.notice(ctx, by, lot, told, notice.Termination, now)
	if err != nil {
		return LotState{}, err
	}
	documents := []bidding.Document{noticeDocument}
	var body *custody.ErasureOrder
	var orderHash canon.Hash
	if order != nil {
		_, state, err := s.tenders.Lot(ctx, lot)
		if err != nil {
			return LotState{}, err
		}
		author, err := s.signer(ctx, by, now)
		if err != nil {
			return LotState{}, err
		}
		if err := order.VerifyAll(author); err != nil {
			return LotState{}, bidding.FromCode(err)
		}
		chain, err := s.chain(ctx, state)
		if err != nil {
			return LotState{}, err
		}
		if !chain.binding.Body.Authority(author.Fingerprint()) {
			return LotState{}, ErrOrder.With("signer")
		}
		d, err := bidding.NewDocument(custody.TypeErasureOrder, lot, order.Body, order)
		if err != nil {
			return LotState{}, bidding.FromCode(err)
		}
		body, orderHash, documents = &order.Body, d.Hash, append(documents, d)
	}
	var after LotState
	_, err = s.tenders.Update(ctx, by, now, lot, func(_ State, notices int, l *Lot) (Side, error) {
		n, err := notice.Publish(told.Body, nil, notices, noticeDocument, now)
		if err != nil {
			return Side{}, err
		}
		if err := l.Terminate(by, why, noticeDocument.Hash, body, orderHash, now); err != nil {
			return Side{}, err
		}
		after = l.Snapshot()
		return Side{Documents: documents, Notice: n, Erase: order != nil}, nil
	})
	if err != nil {
		return LotState{}, fmt.Errorf("terminate lot: %w", err)
	}
	return after, nil
}

// EraseKeys has the keyholders of a terminated lot destroy their shares; a job repeats it until all have.
func (s *Service) EraseKeys(ctx context.Context, lot bidding.LotID) error {
	_, state, err := s.tenders.Lot(ctx, lot)
	if err != nil {
		return err
	}
	if state.Stage != Terminated || state.Keyholders == nil || state.KeysErased {
		return nil
	}
	order, err := document[custody.ErasureOrder](ctx, s.tenders, state.EraseOrder)
	if err != nil {
		return err
	}
	author, err := s.certificates.Find(ctx, order.Signatures[0].Signer)
	if err != nil {
		return fmt.Errorf("who ordered the erasure: %w", err)
	}
	erased, failed := s.keyholders.Erase(ctx, custody.EraseRequest{Order: order, Certificates: [][]byte{author.DER()}})
	done, err := s.saveErased(ctx, state, erased)
	if err != nil {
		return err
	}
	if failed != nil {
		return fmt.Errorf("erase: %w", bidding.FromCode(failed))
	}
	_, err = s.update(ctx, bidding.SystemActor(), s.clock.Now(), lot, func(l *Lot) (Side, error) { return Side{}, l.Erased(done) })
	return err
}

func (s *Service) saveErased(ctx context.Context, l LotState, erased []pki.Signed[custody.Erased]) (int, error) {
	done := map[int]bool{}
	for _, e := range erased {
		i := e.Body.Index
		if i < 1 || i > len(l.Keyholders.Holders) || e.Body.Lot != l.ID.String() || e.Body.Key != l.Key {
			continue
		}
		c, err := s.certificates.Find(ctx, l.Keyholders.Holders[i-1].Certificate)
		if err != nil {
			return 0, fmt.Errorf("keyholder %d: %w", i, err)
		}
		if err := e.VerifyAll(c); err != nil {
			return 0, bidding.FromCode(err)
		}
		d, err := bidding.NewDocument(custody.TypeErased, l.ID, e.Body, e)
		if err != nil {
			return 0, bidding.FromCode(err)
		}
		if err := s.tenders.SaveDocument(ctx, d); err != nil {
			return 0, fmt.Errorf("erased: %w", err)
		}
		done[i] = true
	}
	return len(done), nil
}

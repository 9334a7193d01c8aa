package bid

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tlog"
)

// Ports are what the service needs.
type Ports struct {
	Uploads      Uploads
	Bids         Bids
	Vault        Vault
	Log          Log
	Certificates Certificates
	Bidders      Bidders
}

// Service is what a bidder can do, one method for each command.
type Service struct {
	uploads      Uploads
	bids         Bids
	vault        Vault
	log          Log
	certificates Certificates
	bidders      Bidders
	platform     pki.Signer
	inflight     *InFlight
	clock        bidding.Clock
	limits       Limits
}

// NewService makes one; platform signs the receipts.
func NewService(p Ports, platform pki.Signer, inflight *InFlight, clock bidding.Clock, limits Limits) *Service {
	return &Service{p.Uploads, p.Bids, p.Vault, p.Log, p.Certificates, p.Bidders, platform, inflight, clock, limits}
}

// AwaitProof is how long a submit waits for its event to be published before it returns with the promise alone.
const AwaitProof = 3 * time.Second

// Submit takes a signed statement: submit, replace or withdraw. The arrival is stamped here, after the command is registered, so that
// the freeze waits for it. The same statement again returns the receipt it got. A refusal is recorded first, and comes back with the
// signed refusal as its receipt.
func (s *Service) Submit(ctx context.Context, by bidding.Actor, lot bidding.LotID, signed seal.SignedStatement) (ReceiptBundle, error) {
	leave := s.inflight.Enter(lot)
	request := s.clock.Now()
	receipt, err := s.submit(ctx, by, lot, signed, request)
	leave()
	if err != nil {
		return s.refused(ctx, by, lot, signed, request, err)
	}
	return s.bundle(ctx, receipt), nil
}

func (s *Service) submit(ctx context.Context, by bidding.Actor, lot bidding.LotID, signed seal.SignedStatement, request time.Time) (Receipt, error) {
	if !by.Is(bidding.Bidder) {
		return Receipt{}, ErrNotOwn
	}
	st := signed.Body
	hash, err := signed.Hash()
	if err != nil {
		return Receipt{}, bidding.FromCode(err)
	}
	if r, err := s.bids.ReceiptFor(ctx, by.Org, hash); err == nil {
		return r, nil
	} else if !errors.Is(err, bidding.ErrMissing) {
		return Receipt{}, fmt.Errorf("submit: %w", err)
	}
	if err := s.signedBy(ctx, by, signed, request); err != nil {
		return Receipt{}, err
	}
	if st.Lot != lot.String() {
		return Receipt{}, ErrOther
	}
	name, code, err := s.bidders.Bidder(ctx, by.Org)
	if err != nil {
		return Receipt{}, fmt.Errorf("submit: %w", err)
	}
	who := Who{Org: by.Org, Name: name, Code: code, Certificate: by.Certificate}
	digests := make([]canon.Hash, len(st.Parts))
	for i, p := range st.Parts {
		digests[i] = p.Digest
	}
	parts, err := s.uploads.Parts(ctx, lot, by.Org, digests)
	if err != nil {
		return Receipt{}, fmt.Errorf("submit: %w", err)
	}
	arrival := ArrivalOf(request, parts)
	window, err := s.bids.Window(ctx, lot)
	if err != nil {
		return Receipt{}, fmt.Errorf("submit: %w", err)
	}
	if err := window.Open(arrival); err != nil { // before anything is locked for years
		return Receipt{}, err
	}
	stored, err := s.retain(ctx, signed, hash, parts, arrival)
	if err != nil {
		return Receipt{}, err
	}
	number := bidding.NewReceiptID()
	var taken Window
	receipt, err := s.bids.Update(ctx, by, arrival, lot, stored, func(w Window, b *Bid) error {
		taken = w
		return b.Take(by, who, w, st, hash, parts, arrival)
	}, func(r bidding.Recorded) (Receipt, error) {
		return s.receipt(number, signed, hash, arrival, "", stored.Parts, r, taken.MergeDelayMS)
	})
	if errors.Is(err, ErrAlready) { // the same statement came twice at once: the other one's receipt
		return s.bids.ReceiptFor(ctx, by.Org, hash)
	}
	if err != nil {
		return Receipt{}, fmt.Errorf("submit: %w", err)
	}
	return receipt, nil // From here the bid is recorded: a crash loses only the proof.
}

// signedBy: well formed, signed by the actor's certificate alone, good as of arrival.
func (s *Service) signedBy(ctx context.Context, by bidding.Actor, signed seal.SignedStatement, at time.Time) error {
	if err := signed.Body.Check(); err != nil {
		return bidding.FromCode(err)
	}
	if len(signed.Signatures) != 1 || signed.Signatures[0].Signer != by.Certificate {
		return ErrNotOwn
	}
	c, err := s.certificates.Find(ctx, by.Certificate)
	if err != nil {
		return fmt.Errorf("signer: %w", err)
	}
	if err := s.certificates.Judge(c, pki.Signing, at); err != nil {
		return bidding.FromCode(err)
	}
	if err := signed.Verify(c); err != nil {
		return bidding.FromCode(err)
	}
	return nil
}

// retain locks the objects of the statement's parts until the end of the year after next: one date for every calendar year, so that
// it tells nothing about the lot. It happens before the transaction: an object locked for nothing is cheap, a lost bid is not.
func (s *Service) retain(ctx context.Context, signed seal.SignedStatement, hash canon.Hash, parts map[canon.Hash]SealedPart, at time.Time) (Statement, error) {
	id, err := bidding.ParseBidID(signed.Body.Bid)
	if err != nil {
		return Statement{}, err
	}
	raw, err := signed.Marshal()
	if err != nil {
		return Statement{}, bidding.FromCode(err)
	}
	st := Statement{Hash: hash, Bid: id, Signed: raw}
	var objects []Object
	for _, p := range signed.Body.Parts {
		if u, ok := parts[p.Digest]; ok {
			st.Parts = append(st.Parts, u)
			objects = append(objects, u.Objects...)
		}
	}
	if len(objects) > 0 {
		if err := s.vault.Retain(ctx, objects, RetainUntil(at)); err != nil {
			return Statement{}, fmt.Errorf("retain objects: %w", err)
		}
	}
	return st, nil
}

// RetainUntil is the one retention date of a calendar year's bids: the end of the next year but one.
func RetainUntil(at time.Time) time.Time {
	return time.Date(at.In(bidding.Shanghai()).Year()+3, 1, 1, 0, 0, 0, 0, bidding.Shanghai()).UTC()
}

// receipt signs the answer to a statement, accepted when code is empty.
func (s *Service) receipt(number bidding.ReceiptID, signed seal.SignedStatement, hash canon.Hash, arrival time.Time, code string, parts []SealedPart, r bidding.Recorded, mergeMS int64) (Receipt, error) {
	if len(r.Events) == 0 {
		return Receipt{}, errors.New("receipt: nothing was recorded")
	}
	last := r.Events[len(r.Events)-1]
	envelope, err := tlog.ParseEnvelope(last.Envelope)
	if err != nil {
		return Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	st := signed.Body
	body := seal.Receipt{Type: seal.ReceiptType, Receipt: number.String(), Class: st.Class, Tender: st.Tender, Lot: st.Lot, Bid: st.Bid, Version: st.Version,
		Action: st.Action, Statement: hash, Arrival: canon.At(arrival), Outcome: seal.OutcomeAccepted, Refusal: code, Parts: []seal.ReceivedPart{},
		Envelope: envelope, Salt: last.Salt, MergeBy: canon.At(arrival.Add(time.Duration(mergeMS) * time.Millisecond))}
	if code != "" {
		body.Outcome = seal.OutcomeRefused
	}
	for _, p := range parts {
		versions := make([]string, len(p.Objects))
		for i, o := range p.Objects {
			versions[i] = o.Version
		}
		body.Parts = append(body.Parts, seal.ReceivedPart{Kind: p.Kind, Digest: p.Digest, Size: p.Size, Objects: versions})
	}
	if err := body.Check(); err != nil {
		return Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	out, err := pki.Sign(body, s.platform)
	if err != nil {
		return Receipt{}, fmt.Errorf("sign receipt: %w", err)
	}
	raw, err := out.Marshal()
	if err != nil {
		return Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	return Receipt{ID: number, Statement: hash, Signed: raw, Recorded: r}, nil
}

// bundle adds the proof if the log publishes the event soon; otherwise the receipt's merge_by is the promise.
func (s *Service) bundle(ctx context.Context, r Receipt) ReceiptBundle {
	b := ReceiptBundle{Receipt: r.Signed}
	if len(r.Recorded.Events) == 0 {
		return b
	}
	waiting, cancel := context.WithTimeout(ctx, AwaitProof)
	defer cancel()
	if proof, err := s.log.Proof(waiting, r.Recorded.Events[len(r.Recorded.Events)-1]); err == nil {
		b.Proof = &proof
	}
	return b
}

// Receipt gives a receipt again, with its proof.
func (s *Service) Receipt(ctx context.Context, by bidding.Actor, id bidding.ReceiptID) (ReceiptBundle, error) {
	if !by.Is(bidding.Bidder) {
		return ReceiptBundle{}, bidding.ErrMissing
	}
	r, err := s.bids.Receipt(ctx, by.Org, id)
	if err != nil {
		return ReceiptBundle{}, fmt.Errorf("receipt %v: %w", id, err)
	}
	return s.bundle(ctx, r), nil
}

// Own is the bidder's own bid.
func (s *Service) Own(ctx context.Context, by bidding.Actor, lot bidding.LotID) (State, error) {
	if !by.Is(bidding.Bidder) {
		return State{}, bidding.ErrMissing
	}
	return s.bids.Own(ctx, by.Org, lot)
}

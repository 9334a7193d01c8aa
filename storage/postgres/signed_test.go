package postgres_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tlog"
	"sunbid/storage/objects"
)

// statement is the next one of a bidder, signed: it submits, replaces what stands, or withdraws it.
func (s *spine) statement(ctx context.Context, b *bidder, action seal.Action, parts ...bid.SealedPart) (bid.Statement, seal.Statement, error) {
	before, err := s.w.bids.Own(ctx, b.actor.Org, s.id)
	if errors.Is(err, bidding.ErrMissing) {
		before = bid.State{ID: bidding.NewBidID(), Standing: bid.None}
	} else if err != nil {
		return bid.Statement{}, seal.Statement{}, err
	}
	if action == seal.ActionSubmit && before.Standing == bid.Submitted {
		action = seal.ActionReplace
	}
	body := seal.Statement{
		Type: seal.StatementType, Class: pki.Rehearsal, Tender: s.tender.ID.String(), Lot: s.id.String(), Bid: before.ID.String(), Binding: s.binding,
		Version: int64(before.Version) + 1, Action: action, Previous: before.Statement, SignedAt: canon.At(now()), Parts: []seal.Part{},
	}
	for _, p := range parts {
		body.Parts = append(body.Parts, seal.Part{Kind: p.Kind, Moment: p.Moment, Digest: p.Digest, Size: p.Size})
	}
	slices.SortFunc(body.Parts, func(x, y seal.Part) int { return strings.Compare(string(x.Kind), string(y.Kind)) })
	st := bid.Statement{Parts: parts}
	signed, err := pki.Sign(body, s.w.signer)
	if err == nil {
		st.Hash, err = signed.Hash()
	}
	if err == nil {
		st.Signed, err = signed.Marshal()
	}
	return st, body, err
}

// submit sends the next version of a bid with the given parts; with none, with the one that the bidder has from the time before.
func (s *spine) submit(ctx context.Context, b *bidder, at time.Time, parts ...bid.SealedPart) (bid.Receipt, error) {
	if len(parts) == 0 && b.part == nil && !s.binding.IsZero() {
		if err := s.prepare(ctx, b); err != nil {
			return bid.Receipt{}, err
		}
	}
	if len(parts) == 0 && b.part != nil {
		parts = append(parts, *b.part)
	}
	st, body, err := s.statement(ctx, b, seal.ActionSubmit, parts...)
	if err != nil {
		return bid.Receipt{}, err
	}
	return s.send(ctx, b, at, st, body)
}

// withdraw takes a bid back.
func (s *spine) withdraw(b *bidder) {
	s.w.t.Helper()
	st, body, err := s.statement(s.w.t.Context(), b, seal.ActionWithdraw)
	if err != nil {
		s.w.t.Fatal(err)
	}
	must(s.send(s.w.t.Context(), b, now(), st, body))(s.w.t)
}

// send hands in a signed statement; the event stands in for the stage's rules, which are tested with the stage.
func (s *spine) send(ctx context.Context, b *bidder, at time.Time, st bid.Statement, body seal.Statement) (bid.Receipt, error) {
	return s.w.bids.Update(ctx, b.actor, at, s.id, st, func(w bid.Window, x *bid.Bid) error {
		if w.Stage != tender.Submitting {
			return errClosed
		}
		id, err := bidding.ParseBidID(body.Bid)
		if err != nil {
			return err
		}
		fact := bid.Fact{
			Bid: id, Lot: s.id, Tender: w.Tender, Bidder: b.actor.Org, BidderName: "某建筑公司", Code: "91440300MA5D000000",
			Certificate: s.w.signer.Certificate().Fingerprint(), Version: int(body.Version), Statement: st.Hash, Arrival: canon.At(at),
		}
		for _, p := range body.Parts {
			fact.Parts = append(fact.Parts, bid.Part{Kind: p.Kind, Moment: p.Moment, Digest: p.Digest, Size: p.Size})
		}
		e := bidding.Event(bid.BidSubmitted{Fact: fact})
		switch body.Action {
		case seal.ActionReplace:
			e = bid.BidReplaced{Fact: fact}
		case seal.ActionWithdraw:
			e = bid.BidWithdrawn{Fact: fact}
		}
		before := x.Snapshot().Version
		*x = *bid.Replay(slices.Values([]bidding.Event{e}))
		x.Loaded(before)
		x.Remember(e)
		return nil
	}, func(r bidding.Recorded) (bid.Receipt, error) {
		return s.receipt(bidding.NewReceiptID(), st, body, at, "", r)
	})
}

// receipt signs the platform's answer to a statement.
func (s *spine) receipt(id bidding.ReceiptID, st bid.Statement, of seal.Statement, at time.Time, refusal string, r bidding.Recorded) (bid.Receipt, error) {
	envelope, err := tlog.ParseEnvelope(r.Events[0].Envelope)
	if err != nil {
		return bid.Receipt{}, err
	}
	body := seal.Receipt{
		Type: seal.ReceiptType, Receipt: id.String(), Class: of.Class, Tender: of.Tender, Lot: of.Lot, Bid: of.Bid, Version: of.Version, Action: of.Action,
		Statement: st.Hash, Arrival: canon.At(at), Outcome: seal.OutcomeAccepted, Refusal: refusal, Parts: []seal.ReceivedPart{},
		Envelope: envelope, Salt: r.Events[0].Salt, MergeBy: canon.At(at.Add(time.Minute)),
	}
	if refusal != "" {
		body.Outcome = seal.OutcomeRefused
	}
	for _, p := range of.Parts {
		if refusal != "" {
			break
		}
		i := slices.IndexFunc(st.Parts, func(x bid.SealedPart) bool { return x.Digest == p.Digest })
		received := seal.ReceivedPart{Kind: p.Kind, Digest: p.Digest, Size: p.Size}
		for _, o := range st.Parts[i].Objects {
			received.Objects = append(received.Objects, o.Version)
		}
		body.Parts = append(body.Parts, received)
	}
	signed, err := pki.Sign(body, s.w.signer)
	if err != nil {
		return bid.Receipt{}, err
	}
	raw, err := signed.Marshal()
	return bid.Receipt{ID: id, Statement: st.Hash, Signed: raw, Recorded: r}, err
}

// part seals a file of one chunk, uploads it and keeps its object.
func (s *spine) part(b *bidder, kind seal.Kind) bid.SealedPart {
	s.w.t.Helper()
	p := s.loosePart(b, kind)
	if err := s.retain(s.w.t.Context(), p); err != nil {
		s.w.t.Fatal(err)
	}
	return p
}

// loosePart is part without retention.
func (s *spine) loosePart(b *bidder, kind seal.Kind) bid.SealedPart {
	s.w.t.Helper()
	return must(s.upload(s.w.t.Context(), b, kind))(s.w.t)
}

// prepare gives a bidder a part to submit with.
func (s *spine) prepare(ctx context.Context, b *bidder) error {
	p, err := s.upload(ctx, b, seal.KindReadout)
	if err == nil {
		err = s.retain(ctx, p)
	}
	if err == nil {
		b.part = &p
	}
	return err
}

func (s *spine) retain(ctx context.Context, p bid.SealedPart) error {
	var all error
	for _, o := range p.Objects {
		all = errors.Join(all, s.w.objects.Retain(ctx, objects.Ref{Name: objects.Name(o.Name), Version: o.Version}, time.Now().Add(time.Hour)))
	}
	return all
}

func (s *spine) upload(ctx context.Context, b *bidder, kind seal.Kind) (p bid.SealedPart, err error) {
	content := []byte(bidding.NewStreamID().String())
	sealer, err := seal.NewSealer(rand.Reader, s.keys, seal.Purpose{
		Class: pki.Rehearsal, Binding: s.binding, Lot: s.id.String(), Bidder: s.w.signer.Certificate().Fingerprint(), Kind: kind,
		Moment: seal.MomentOpening, NotBefore: s.openingAt().Time,
	}, int64(len(content)))
	if err != nil {
		return p, err
	}
	chunk, leaf, err := sealer.SealChunk(0, content)
	if err != nil {
		return p, err
	}
	front, err := sealer.Finish(s.w.signer)
	if err != nil {
		return p, err
	}
	ref, err := s.w.objects.Put(ctx, objects.NewName(), bytes.NewReader(chunk), int64(len(chunk)))
	if err != nil {
		return p, err
	}
	object := bid.Object{Name: string(ref.Name), Version: ref.Version, Size: int64(len(chunk))}
	u := bid.Upload{ID: bidding.NewUploadID(), Lot: s.id, By: b.actor.Org, Kind: kind, Size: sealer.FileSize(), Chunks: 1, ExpiresAt: canon.At(now().Add(time.Hour))}
	if err := s.w.uploads.Create(ctx, u, func(int, int64) error { return nil }); err != nil {
		return p, err
	}
	piece := bid.Piece{N: 0, Leaves: []canon.Hash{leaf}, Object: object, At: canon.At(now())}
	p = bid.SealedPart{
		Upload: u.ID, Lot: s.id, By: b.actor.Org, Signer: front.Header.Bidder, Kind: kind, Moment: front.Header.Moment, Digest: front.Digest(),
		Size: u.Size, Chunks: 1, Front: front.Bytes(), Objects: []bid.Object{object}, At: canon.At(now()),
	}
	for range 2 { // again with the same leaves, and the same front, is harmless
		if err := s.w.uploads.AddPiece(ctx, b.actor.Org, u.ID, piece); err != nil {
			return p, err
		}
	}
	for range 2 {
		if err := s.w.uploads.Seal(ctx, p); err != nil {
			return p, err
		}
	}
	return p, nil
}

// openingAt is the lot's opening time as drafted.
func (s *spine) openingAt() canon.Time { return s.opens }

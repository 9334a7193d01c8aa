package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
)

func TestSubmitReplaceAndReceipt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.announced(tender.Submitting)
	b := newBidder()
	if _, err := w.bids.Own(t.Context(), b.actor.Org, s.id); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("a bid before the first: %v", err)
	}
	for version := 1; version <= 3; version++ {
		st, body, err := s.statement(t.Context(), b, seal.ActionSubmit, s.part(b, "readout"))
		if err != nil {
			t.Fatal(err)
		}
		hash := st.Hash
		r := must(s.send(t.Context(), b, now(), st, body))(t)
		w.sound()
		own := must(w.bids.Own(t.Context(), b.actor.Org, s.id))(t)
		if own.Version != version || own.Statement != hash {
			t.Errorf("own bid is version %d", own.Version)
		}
		found := must(w.bids.ReceiptFor(t.Context(), b.actor.Org, hash))(t)
		again := must(w.bids.Receipt(t.Context(), b.actor.Org, r.ID))(t)
		if found.ID != r.ID || again.Statement != hash || !bytes.Equal(found.Signed, r.Signed) ||
			!bytes.Equal(found.Recorded.Events[0].Envelope, r.Recorded.Events[0].Envelope) || !bytes.Equal(found.Recorded.Events[0].Salt, r.Recorded.Events[0].Salt) {
			t.Error("the receipt comes back otherwise")
		}
		if _, err := s.send(t.Context(), b, now(), st, body); !errors.Is(err, bid.ErrAlready) {
			t.Errorf("the same statement again: %v", err)
		}
		if _, err := w.bids.Receipt(t.Context(), bidding.NewOrgID(), r.ID); !errors.Is(err, bidding.ErrMissing) {
			t.Errorf("another's receipt: %v", err)
		}
	}
}

// Of the same statement sent many times at once one is taken, and of different ones none is half written.
func TestOneBidderAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.announced(tender.Submitting)
	b := newBidder()
	st, body, err := s.statement(t.Context(), b, seal.ActionSubmit, s.part(b, "readout"))
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	taken, other := make(chan bid.Receipt, 20), make(chan error, 20)
	for range 20 {
		group.Go(func() {
			if r, err := s.send(t.Context(), b, now(), st, body); err == nil {
				taken <- r
			} else if !errors.Is(err, bid.ErrAlready) && !errors.Is(err, bidding.ErrConflict) {
				other <- err
			}
		})
	}
	group.Wait()
	close(other)
	for err := range other {
		t.Error(err)
	}
	if len(taken) != 1 {
		t.Errorf("%d of the same statement were taken", len(taken))
	}
	w.sound()
}

func TestRefusedIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.announced(tender.Announced)
	b := newBidder()
	if _, err := s.submit(t.Context(), b, now()); !errors.Is(err, errClosed) {
		t.Fatalf("a bid before its time: %v", err)
	}
	r := w.sound()
	st, body, err := s.statement(t.Context(), b, seal.ActionSubmit, s.part(b, "readout"))
	if err != nil {
		t.Fatal(err)
	}
	statement, at := st.Hash, now()
	attempt := bid.Attempt{Receipt: bidding.NewReceiptID(), Signed: st.Signed, Event: bid.AttemptRefused{
		Tender: s.tender.ID, Lot: s.id, Bidder: b.actor.Org, Act: "submit", Code: "test-closed", Statement: &statement, Arrival: canon.At(now()),
	}}
	got := must(w.bids.Refused(t.Context(), b.actor, at, attempt, func(r bidding.Recorded) (bid.Receipt, error) {
		return s.receipt(attempt.Receipt, st, body, at, "test-closed", r)
	}))(t)
	if len(got.Recorded.Events) != 1 {
		t.Error("no event")
	}
	if _, err := w.bids.ReceiptFor(t.Context(), b.actor.Org, statement); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("a refusal counts as an accepted receipt: %v", err)
	}
	must(w.bids.Receipt(t.Context(), b.actor.Org, attempt.Receipt))(t)
	attempt.Receipt, attempt.Signed, attempt.Event.Statement = bidding.ReceiptID{}, nil, nil // of a part there is neither
	must(w.bids.Refused(t.Context(), b.actor, now(), attempt, nil))(t)
	if after := w.sound(); after.Aggregates != r.Aggregates {
		t.Error("a refusal made an aggregate")
	}
}

// A refusal of the rule, an error of the receipt's maker, a draft: nothing is written.
func TestNothingIsHalfWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, draft := w.announced(tender.Submitting), w.announced(tender.Draft)
	b := newBidder()
	before := w.sound()
	broken := errors.New("no receipt")
	_, err := w.bids.Update(t.Context(), b.actor, now(), s.id, bid.Statement{}, func(bid.Window, *bid.Bid) error { return errClosed }, nil)
	if !errors.Is(err, errClosed) {
		t.Error(err)
	}
	_, err = w.bids.Update(t.Context(), b.actor, now(), s.id, bid.Statement{}, func(bid.Window, *bid.Bid) error { return nil },
		func(bidding.Recorded) (bid.Receipt, error) { return bid.Receipt{}, broken })
	if !errors.Is(err, broken) {
		t.Error(err)
	}
	if _, err := draft.submit(t.Context(), b, now()); !errors.Is(err, bidding.ErrMissing) {
		t.Error(err)
	}
	if after := w.sound(); after.Aggregates != before.Aggregates || after.Events != before.Events {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestUploads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.announced(tender.Submitting)
	b, rival := newBidder(), newBidder()
	p := s.part(b, "readout")
	u := must(w.uploads.Get(t.Context(), b.actor.Org, p.Upload))(t)
	if !u.Sealed || u.Digest != p.Digest || len(u.Pieces) != 1 || u.Pieces[0].Leaves[0].IsZero() || u.Lot != s.id {
		t.Errorf("%+v", u)
	}
	if _, err := w.uploads.Get(t.Context(), rival.actor.Org, p.Upload); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("a rival's look: %v", err)
	}
	if err := w.uploads.AddPiece(t.Context(), rival.actor.Org, p.Upload, bid.Piece{N: 1}); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("a rival's piece: %v", err)
	}
	if err := w.uploads.AddPiece(t.Context(), b.actor.Org, p.Upload, bid.Piece{N: 1, At: canon.At(now())}); !errors.Is(err, bid.ErrUploadSealed) {
		t.Errorf("a piece after sealing: %v", err)
	}
	other := p
	other.Digest = canon.Sum([]byte("another"))
	if err := w.uploads.Seal(t.Context(), other); !errors.Is(err, bid.ErrUploadSealed) {
		t.Errorf("sealed twice: %v", err)
	}
	if got := must(w.uploads.Parts(t.Context(), s.id, rival.actor.Org, []canon.Hash{p.Digest}))(t); len(got) != 0 {
		t.Error("a rival finds the part")
	}
	got := must(w.uploads.Parts(t.Context(), s.id, b.actor.Org, []canon.Hash{p.Digest, other.Digest}))(t)
	if len(got) != 1 || got[p.Digest].Upload != p.Upload || got[p.Digest].Objects[0] != p.Objects[0] {
		t.Errorf("%+v", got)
	}
	if _, err := w.uploads.Fronts(t.Context(), s.id, []canon.Hash{p.Digest}); !errors.Is(err, bidding.ErrMissing) {
		t.Errorf("the front of a part that no statement uses: %v", err)
	}
	must(s.submit(t.Context(), b, now(), p))(t)
	must(w.uploads.Fronts(t.Context(), s.id, []canon.Hash{p.Digest}))(t)
	// Quota: the unfinished ones and the octets that no statement uses.
	full := errors.New("quota")
	loose := s.loosePart(b, "body")
	err := w.uploads.Create(t.Context(), bid.Upload{ID: bidding.NewUploadID(), Lot: s.id, By: b.actor.Org, Kind: "body", Size: 5, Chunks: 1}, func(open int, octets int64) error {
		if open != 0 || octets != loose.Size {
			t.Errorf("%d open, %d octets", open, octets)
		}
		return full
	})
	if !errors.Is(err, full) {
		t.Error(err)
	}
	freed := must(w.uploads.Expire(t.Context(), now().Add(2*time.Hour), 100))(t)
	if len(freed) != 1 {
		t.Errorf("%d objects freed, want the unused one", len(freed))
	}
	must(w.uploads.Fronts(t.Context(), s.id, []canon.Hash{p.Digest}))(t)
	if _, err := s.submit(t.Context(), newBidder(), now(), bid.SealedPart{Upload: bidding.NewUploadID()}); !errors.Is(err, bidding.ErrConflict) {
		t.Errorf("a part that expired meanwhile: %v", err)
	}
	if r := w.sound(); r.Objects != 1 {
		t.Errorf("%+v", r)
	}
}

// Every bid that is stamped before the lot closes is in the frozen set or was refused to its bidder, and none that was
// refused is in it.
func TestSubmitAgainstFreeze(t *testing.T) {
	t.Parallel()
	for range 3 {
		w := newWorld(t)
		s := w.announced(tender.Submitting)
		var group sync.WaitGroup
		var mu sync.Mutex
		accepted := map[bidding.OrgID]bool{}
		start := make(chan struct{})
		var ready sync.WaitGroup
		ready.Add(60)
		for i := range 60 {
			group.Go(func() {
				b := newBidder()
				if err := s.prepare(t.Context(), b); err != nil {
					t.Error(err)
				}
				ready.Done()
				<-start
				time.Sleep(time.Duration(i) * time.Millisecond)
				_, err := s.submit(t.Context(), b, now())
				if err != nil && !errors.Is(err, errClosed) {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				accepted[b.actor.Org] = err == nil
			})
		}
		ready.Wait()
		close(start)
		time.Sleep(30 * time.Millisecond)
		admitted := must(s.freeze(t.Context()))(t)
		group.Wait()
		n := 0
		for _, ok := range accepted {
			if ok {
				n++
			}
		}
		for _, a := range admitted {
			if !accepted[a.Bidder] {
				t.Error("a refused bid was frozen")
			}
		}
		if n != len(admitted) {
			t.Errorf("%d accepted, %d frozen", n, len(admitted))
		}
		t.Logf("%d of 60 in time", n)
		if _, err := s.freeze(t.Context()); err == nil {
			t.Error("frozen twice")
		}
		if again := must(w.openings.Admitted(t.Context(), s.id))(t); len(again) != len(admitted) {
			t.Error("the frozen set changed")
		}
		w.sound()
	}
}

// The closer gets its turn while bidders come without end: the gate queues.
func TestBiddersDoNotStarveTheCloser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.announced(tender.Submitting)
	ctx, stop := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for b := newBidder(); ctx.Err() == nil; {
				s.submit(ctx, b, now())
			}
		})
	}
	must(s.freeze(t.Context()))(t)
	stop()
	group.Wait()
	w.sound()
}

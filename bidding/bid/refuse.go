package bid

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/seal"
)

// refused records a refusal of a statement and gives its signed receipt beside it. What is not a refusal, or not about this lot's bids
// (somebody else's statement, no such lot), is returned as it is. A refusal that cannot be recorded is an internal error, loudly.
func (s *Service) refused(ctx context.Context, by bidding.Actor, lot bidding.LotID, signed seal.SignedStatement, at time.Time, cause error) (ReceiptBundle, error) {
	cause = bidding.FromCode(cause)
	var r *bidding.Refusal
	if !errors.As(cause, &r) || !by.Is(bidding.Bidder) || errors.Is(cause, bidding.ErrMissing) || errors.Is(cause, bidding.ErrConflict) {
		return ReceiptBundle{}, cause
	}
	window, err := s.bids.Window(ctx, lot)
	if err != nil {
		return ReceiptBundle{}, cause
	}
	attempt := Attempt{Event: AttemptRefused{Tender: window.Tender, Lot: lot, Bidder: by.Org, Act: act(signed.Body.Action), Code: r.Code, Article: r.Article, Arrival: canon.At(at)}}
	var sign func(bidding.Recorded) (Receipt, error)
	if hash, err := signed.Hash(); err == nil && s.answerable(signed, window) {
		attempt.Event.Statement, attempt.Receipt = &hash, bidding.NewReceiptID()
		if attempt.Signed, err = signed.Marshal(); err != nil {
			return ReceiptBundle{}, fmt.Errorf("record refusal %s: %w", r.Code, err)
		}
		sign = func(rec bidding.Recorded) (Receipt, error) {
			return s.receipt(attempt.Receipt, signed, hash, at, r.Code, nil, rec, window.MergeDelayMS)
		}
	}
	receipt, err := s.bids.Refused(ctx, by, at, attempt, sign)
	if err != nil {
		return ReceiptBundle{}, fmt.Errorf("record refusal %s: %w", r.Code, err)
	}
	if sign == nil {
		return ReceiptBundle{}, kept{cause}
	}
	return ReceiptBundle{Receipt: receipt.Signed}, kept{cause}
}

// answerable: a receipt can name it, because it is a well-formed statement about this lot.
func (s *Service) answerable(signed seal.SignedStatement, w Window) bool {
	st := signed.Body
	return st.Check() == nil && st.Lot == w.Lot.String() && st.Tender == w.Tender.String() && st.Class == string(w.Class)
}

// refusedPart records a refused upload: a part that cannot be one of this lot's bids.
func (s *Service) refusedPart(ctx context.Context, by bidding.Actor, lot bidding.LotID, at time.Time, cause error) error {
	cause = bidding.FromCode(cause)
	var r *bidding.Refusal
	if !errors.As(cause, &r) || errors.Is(cause, bidding.ErrMissing) || errors.Is(cause, ErrUploadOwed) {
		return cause
	}
	window, err := s.bids.Window(ctx, lot)
	if err != nil {
		return cause
	}
	event := AttemptRefused{Tender: window.Tender, Lot: lot, Bidder: by.Org, Act: "part", Code: r.Code, Article: r.Article, Arrival: canon.At(at)}
	if _, err := s.bids.Refused(ctx, by, at, Attempt{Event: event}, nil); err != nil {
		return fmt.Errorf("record refusal %s: %w", r.Code, err)
	}
	return kept{cause}
}

func act(a seal.Action) string {
	switch a {
	case seal.ActionSubmit, seal.ActionReplace, seal.ActionWithdraw:
		return string(a)
	}
	return "unknown"
}

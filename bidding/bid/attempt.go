package bid

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
)

// RefusalsPerDay is how many refusals without a receipt are recorded of one organisation for one lot and day (UTC+8). Those beyond it
// are counted, so that refusals do not fill the database.
const RefusalsPerDay = 200

// kept marks a refusal that is recorded already.
type kept struct{ error }

func (k kept) Unwrap() error { return k.error }

// Kept reports whether a refusal of this service is recorded already.
func Kept(err error) bool {
	_, ok := errors.AsType[kept](err)
	return ok
}

// RefusedRequest records a refusal of which no command of this service knows: the request could not be read, was too large, or ended
// before its time. It says about what the request was ("part" or "unknown"), never what was in it. bidding.ErrMissing for a lot that
// takes no bids yet, bidding.ErrForbidden for who is no bidder: that is then no attempt at a bid.
func (s *Service) RefusedRequest(ctx context.Context, by bidding.Actor, lot bidding.LotID, about string, r *bidding.Refusal) error {
	if !by.Is(bidding.Bidder) {
		return bidding.ErrForbidden
	}
	window, err := s.bids.Window(ctx, lot)
	if err != nil {
		return fmt.Errorf("record refusal %s: %w", r.Code, err)
	}
	at := s.clock.Now()
	event := AttemptRefused{Tender: window.Tender, Lot: lot, Bidder: by.Org, Act: about, Code: r.Code, Article: r.Article, Arrival: canon.At(at)}
	if _, err := s.bids.Refused(ctx, by, at, Attempt{Event: event}, nil); err != nil {
		return fmt.Errorf("record refusal %s: %w", r.Code, err)
	}
	return nil
}

// Stopped is the attempt that an upload is which expired before it was finished (E20 27).
func Stopped(u Upload, tender bidding.TenderID, at time.Time) Attempt {
	return Attempt{Event: AttemptRefused{Tender: tender, Lot: u.Lot, Bidder: u.By, Act: "part", Code: ErrUploadStopped.Code, Article: ErrUploadStopped.Article, Arrival: canon.At(at)}}
}

package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/web/auth"
	"sunbid/web/problem"
)

// attemptWait is how long recording a refusal may take; the request's own time may be over.
const attemptWait = 5 * time.Second

// attempted records the refusal of a known caller's request, unless the bids' service has done so, and hands it on. Of a stranger
// nothing is recorded. A refusal that cannot be recorded is an internal error, loudly.
func (s *Server) attempted(c *fiber.Ctx, row Row, id string, err error) error {
	p, known := problem.Of(transport(err))
	if !known {
		return err
	}
	ctx, cancel := context.WithTimeout(s.base, attemptWait)
	defer cancel()
	if login, ok := errors.AsType[*auth.Refused](err); ok {
		if lost := s.services.Refusals.Login(ctx, login.Certificate, p.Code, s.services.Clock.Now()); lost != nil {
			return fmt.Errorf("refuse %s: %w", p.Code, lost)
		}
		return err
	}
	caller := callerOf(c)
	if caller.Actor.Person.IsZero() || bid.Kept(err) || p.Receipt != nil || !worthKeeping(row, err, p) {
		return err
	}
	if lost := s.keepAttempt(ctx, row, caller.Actor, id, p); lost != nil {
		return fmt.Errorf("refuse %s: %w", p.Code, lost)
	}
	return err
}

// worthKeeping tells an attempt at something that may not be from daily work: reading what is not there yet, going on with an
// upload, being faster than somebody else, calling too often or while we are not ready.
func worthKeeping(row Row, err error, p *problem.Problem) bool {
	for _, daily := range []error{problem.ErrRate, problem.ErrKeyInFlight, bidding.ErrConflict, bid.ErrUploadOwed} {
		if errors.Is(err, daily) {
			return false
		}
	}
	class := p.Refusal().Class
	return class != bidding.Unready && (row.Method != http.MethodGet || class == bidding.Forbidden)
}

// keepAttempt records it as an attempt at a bid where it is one, else as a refused request.
func (s *Server) keepAttempt(ctx context.Context, row Row, by bidding.Actor, id string, p *problem.Problem) error {
	lot, err := s.lotOf(ctx, row, by, id)
	if err != nil {
		return err
	}
	if about := aboutBid(row); about != "" && by.Is(bidding.Bidder) && !lot.IsZero() {
		err := s.services.Bids.RefusedRequest(ctx, by, lot, about, p.Refusal())
		if !errors.Is(err, bidding.ErrMissing) {
			return err
		}
	}
	return s.services.Refusals.Request(ctx, by, lot, row.Method+" "+row.Path, p.Code, s.services.Clock.Now())
}

// aboutBid is what a bid's endpoint brings, "" of the others.
func aboutBid(row Row) string {
	switch row.Method + " " + row.Path {
	case http.MethodPost + " " + v1 + "/lots/{id}/uploads", http.MethodPut + " " + v1 + "/uploads/{id}/parts/{n}", http.MethodPut + " " + v1 + "/uploads/{id}/front":
		return "part"
	case http.MethodPost + " " + v1 + "/lots/{id}/bids":
		return "unknown"
	}
	return ""
}

// lotOf is the lot that a request was about, by the lot or the caller's own upload in its path; zero for none.
func (s *Server) lotOf(ctx context.Context, row Row, by bidding.Actor, id string) (bidding.LotID, error) {
	if lot, err := bidding.ParseLotID(id); err == nil {
		return lot, nil
	}
	upload, err := bidding.ParseUploadID(id)
	if err != nil || aboutBid(row) == "" {
		return bidding.LotID{}, nil
	}
	u, err := s.services.Bids.Get(ctx, by, upload)
	if errors.Is(err, bidding.ErrMissing) {
		return bidding.LotID{}, nil
	}
	return u.Lot, err
}

package opening

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/privacy"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
)

// in asks the stage table. A suspension stops every command but resuming.
func (o *Opening) in(c Command) error {
	if err := c.In(o.s.Stage); err != nil {
		return err
	}
	if o.s.Suspended {
		return ErrSuspended
	}
	return nil
}

// Start: keys are being released; the lot is in stage opening.
func (o *Opening) Start(l *tender.Lot, at time.Time) error {
	if err := o.in(ToStart); err != nil {
		return err
	}
	if err := l.BeginOpening(at); err != nil {
		return err
	}
	o.record(Started{Lot: o.s.Lot, At: canon.At(at)})
	return nil
}

// Publish puts out the whole opening record in one event; every frozen bid has its row. In mode B not before the window's end, unless
// every row is opened.
func (o *Opening) Publish(l *tender.Lot, record canon.Hash, rows []Row, at time.Time) error {
	if err := o.in(ToPublish); err != nil {
		return err
	}
	var opened int
	var not []bidding.BidID
	for _, r := range rows {
		if r.Status == custody.Opened {
			opened++
			continue
		}
		id, err := bidding.ParseBidID(r.Bid)
		if err != nil {
			return err
		}
		not = append(not, id)
	}
	if len(rows) != o.s.Count {
		return ErrStage.With("a row for every frozen bid")
	}
	if o.s.Mode == law.BidderKey && at.Before(o.s.WindowEnd.Time) && slices.ContainsFunc(rows, func(r Row) bool { return r.Reason == NoKeyRelease }) {
		return ErrStage.With("the window is open")
	}
	if err := l.Opened(record, at); err != nil {
		return err
	}
	o.record(ResultsPublished{Lot: o.s.Lot, Record: record, At: canon.At(at), Opened: opened, NotOpened: len(not), Unopened: not})
	return nil
}

// TakesKey tells whether a bidder may release its key now (mode B): from the opening time, before the window's end.
func (s State) TakesKey(at time.Time) error {
	switch {
	case ToReleaseKey.In(s.Stage) != nil:
		return ToReleaseKey.In(s.Stage)
	case s.Mode != law.BidderKey:
		return ErrMode
	case s.Suspended:
		return ErrSuspended
	case at.Before(s.OpeningAt.Time) || !at.Before(s.WindowEnd.Time):
		return ErrWindow
	}
	return nil
}

// Suspend: a failure on the platform's side stops the opening for all, whoever of them notices it. It is not a decision about bids.
func (o *Opening) Suspend(by bidding.Actor, why string, at time.Time) error {
	if !o.s.stops(by) {
		return bidding.ErrForbidden
	}
	if err := o.in(ToSuspend); err != nil {
		return err
	}
	if err := reason(why); err != nil {
		return err
	}
	o.record(OpeningSuspended{Lot: o.s.Lot, Reason: why, At: canon.At(at)})
	return nil
}

// Resume goes on; mode B's window grows by what the suspension took of it.
func (o *Opening) Resume(by bidding.Actor, why string, at time.Time) error {
	if !o.s.stops(by) {
		return bidding.ErrForbidden
	}
	if err := ToResume.In(o.s.Stage); err != nil {
		return err
	}
	if !o.s.Suspended {
		return ErrNotSuspended
	}
	if err := reason(why); err != nil {
		return err
	}
	end := o.s.WindowEnd.Time
	if o.s.Mode == law.BidderKey && o.s.StoppedAt.Before(end) {
		end = end.Add(at.Sub(o.s.StoppedAt.Time))
	}
	o.record(OpeningResumed{Lot: o.s.Lot, Reason: why, At: canon.At(at), WindowEnd: canon.At(end)})
	return nil
}

// mayStop tells whether a person may stop the opening, or let it go on, and then whether there is one to go on with.
func (s State) mayStop(by bidding.Actor, c Command, lot tender.Stage) error {
	if !s.stops(by) {
		return bidding.ErrForbidden
	}
	return c.Of(lot, s.Stage)
}

func (s State) stops(by bidding.Actor) bool {
	return by.Is(bidding.System, bidding.Operator, bidding.Supervisor) || s.owned(by)
}

func (s State) owned(by bidding.Actor) bool {
	return by.Is(bidding.Tenderer) && by.Org == s.Tenderer || by.Is(bidding.Agency) && !s.Agency.IsZero() && by.Org == s.Agency
}

// SignRecord: the tenderer and the agency sign the opening record (招标投标法 art. 36, 电子招标投标办法 art. 32), once each. The signature was checked.
func (o *Opening) SignRecord(by bidding.Actor, record canon.Hash) error {
	if !o.s.owned(by) {
		return ErrRecord
	}
	if err := o.in(ToSign); err != nil {
		return err
	}
	if record != o.s.Record {
		return ErrRecord
	}
	if slices.Contains(o.s.Signers, by.Role) {
		return ErrSigned
	}
	o.record(RecordSigned{Lot: o.s.Lot, Record: record, Role: by.Role, Signer: by.Certificate})
	return nil
}

// DetermineCause (电子招标投标办法 art. 31): the tenderer says why a bid did not open. The bidder's doing: revoked (撤销); any other: withdrawn (撤回).
func (o *Opening) DetermineCause(by bidding.Actor, c custody.Cause, record canon.Hash) error {
	if !by.Is(bidding.Tenderer) || by.Org != o.s.Tenderer {
		return bidding.ErrForbidden
	}
	if err := o.in(ToFindCause); err != nil {
		return err
	}
	id, err := bidding.ParseBidID(c.Bid)
	if err != nil {
		return err
	}
	if c.Lot != o.s.Lot.String() || !slices.Contains(o.s.Unopened, id) || c.Check() != nil {
		return ErrCause
	}
	if err := privacy.Check(privacy.Text{Field: "evidence", Value: c.Evidence}); err != nil {
		return err
	}
	if slices.ContainsFunc(o.s.Causes, func(x CauseFound) bool { return x.Bid == id }) {
		return ErrCauseKnown
	}
	o.record(CauseDetermined{Lot: o.s.Lot, Bid: id, Cause: c.Cause, As: c.TreatedAs, Record: record})
	return nil
}

// ReleaseMoment opens a later moment of the lot (双信封); the officers' signatures were checked.
func (o *Opening) ReleaseMoment(l tender.LotState, r custody.MomentRelease, record canon.Hash) error {
	if err := o.in(ToReleaseMoment); err != nil {
		return err
	}
	known := slices.ContainsFunc(l.Kinds, func(k tender.PartRule) bool { return k.Moment == r.Moment })
	if !known || r.Moment == tender.OpeningMoment || r.Lot != o.s.Lot.String() || r.Tender != o.s.Tender.String() || r.Binding != l.Binding {
		return ErrMoment.With(r.Moment)
	}
	if r.Class != string(o.s.Class) {
		return bidding.ErrClass
	}
	if o.s.Released(r.Moment) {
		return ErrMomentReleased.With(r.Moment)
	}
	o.record(LaterMomentReleased{Lot: o.s.Lot, Moment: r.Moment, Release: record, Seq: o.Version() + 1})
	return nil
}

// Released tells whether parts of a moment may be opened after the publication.
func (s State) Released(moment string) bool {
	return moment == tender.OpeningMoment || slices.ContainsFunc(s.Moments, func(m MomentReleased) bool { return m.Moment == moment })
}

// KeysErased: all keyholders of a failed or archived opening have erased.
func (o *Opening) KeysErased(holders int) error {
	if err := o.in(ToErase); err != nil {
		return err
	}
	if o.s.Erased || o.s.EraseOrder.IsZero() {
		return ErrStage.With("erased, or not ordered")
	}
	o.record(KeysErased{Lot: o.s.Lot, Order: o.s.EraseOrder, Holders: holders})
	return nil
}

// reason is nil for a text that may stand in an event for good.
func reason(s string) error {
	if n := utf8.RuneCountInString(s); !utf8.ValidString(s) || n < 2 || n > 500 || strings.TrimSpace(s) != s {
		return ErrReason
	}
	return privacy.Check(privacy.Text{Field: "reason", Value: s})
}

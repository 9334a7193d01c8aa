package opening

import (
	"iter"
	"slices"

	"sunbid/bidding"
)

// Restore makes an opening of its row.
func Restore(s State, version int) *Opening {
	o := &Opening{s: s}
	o.Loaded(version)
	return o
}

// Replay makes an opening of its events.
func Replay(history iter.Seq[bidding.Event]) *Opening {
	o := &Opening{}
	o.Relive(history, o.apply)
	return o
}

// Snapshot is a copy of the state; changing it changes nothing here.
func (o *Opening) Snapshot() State {
	s := o.s
	s.Unopened = slices.Clone(s.Unopened)
	s.Signers = slices.Clone(s.Signers)
	s.Moments = slices.Clone(s.Moments)
	s.Causes = slices.Clone(s.Causes)
	return s
}

func (o *Opening) record(e bidding.Event) { o.apply(e); o.Remember(e) }

func (o *Opening) apply(e bidding.Event) {
	switch e := e.(type) {
	case BidsFrozen:
		o.s = State{Lot: e.Lot, Tender: e.Tender, Tenderer: e.Tenderer, Agency: e.Agency, Class: e.Class, Mode: e.Mode, Stage: Frozen,
			Freeze: e.Freeze, FrozenAt: e.FrozenAt, Count: e.Count, Root: e.Root, OpeningAt: e.OpeningAt, WindowEnd: e.WindowEnd}
	case Started:
		o.s.Stage = Releasing
	case LaterMomentReleased:
		o.s.Moments = append(slices.Clone(o.s.Moments), MomentReleased{Moment: e.Moment, Release: e.Release, Seq: e.Seq})
	case ResultsPublished:
		o.s.Stage, o.s.Record, o.s.Published = Published, e.Record, e.At
		o.s.Opened, o.s.NotOpened, o.s.Unopened = e.Opened, e.NotOpened, e.Unopened
	case CauseDetermined:
		o.s.Causes = append(slices.Clone(o.s.Causes), CauseFound{Bid: e.Bid, Cause: e.Cause, As: e.As, Record: e.Record})
	case RecordSigned:
		o.s.Signers = append(slices.Clone(o.s.Signers), e.Role)
		if o.signedByAll() {
			o.s.Stage = Recorded
		}
	case OpeningFailed:
		o.s.Stage, o.s.EraseOrder = Failed, e.Order
	case OpeningSuspended:
		o.s.Suspended, o.s.Reason, o.s.StoppedAt = true, e.Reason, e.At
	case OpeningResumed:
		o.s.Suspended, o.s.Reason, o.s.WindowEnd = false, "", e.WindowEnd
	case ArchiveDealt:
		o.s.ArchiveKey = e.Key
	case Archived:
		o.s.Archive, o.s.ArchiveSeq, o.s.ArchivedAt = e.Archive, e.Seq, e.At
	case ErasureOrdered:
		o.s.EraseOrder = e.Order
	case KeysErased:
		o.s.EraseOrder, o.s.Erased = e.Order, true
	default:
		bidding.Panic("opening", e)
	}
}

// signedByAll: the tenderer, and the agency where there is one, have signed the record.
func (o *Opening) signedByAll() bool {
	return slices.Contains(o.s.Signers, bidding.Tenderer) && (o.s.Agency.IsZero() || slices.Contains(o.s.Signers, bidding.Agency))
}

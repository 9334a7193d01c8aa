package tender

import (
	"iter"
	"slices"

	"sunbid/bidding"
)

// Restore makes a tender of its row.
func Restore(s State, version int) *Tender {
	t := &Tender{s: s}
	t.Loaded(version)
	return t
}

// Replay makes a tender of its events.
func Replay(history iter.Seq[bidding.Event]) *Tender {
	t := &Tender{}
	t.Relive(history, t.apply)
	return t
}

// Snapshot is a copy of the state.
func (t *Tender) Snapshot() State { return t.s }

func (t *Tender) record(e bidding.Event) { t.apply(e); t.Remember(e) }

func (t *Tender) apply(e bidding.Event) {
	switch e := e.(type) {
	case Created:
		t.s = e.Tender
	default:
		bidding.Panic("tender", e)
	}
}

// RestoreLot makes a lot of its row.
func RestoreLot(s LotState, version int) *Lot {
	l := &Lot{s: s}
	l.Loaded(version)
	return l
}

// ReplayLot makes a lot of its events.
func ReplayLot(history iter.Seq[bidding.Event]) *Lot {
	l := &Lot{}
	l.Relive(history, l.apply)
	return l
}

// Snapshot is a copy of the state; changing it changes nothing here.
func (l *Lot) Snapshot() LotState {
	s := l.s
	s.Kinds = slices.Clone(s.Kinds)
	s.OpeningTimes = slices.Clone(s.OpeningTimes)
	s.Authorities = slices.Clone(s.Authorities)
	s.Postponements = slices.Clone(s.Postponements)
	return s
}

func (l *Lot) record(e bidding.Event) { l.apply(e); l.Remember(e) }

func (l *Lot) apply(e bidding.Event) {
	switch e := e.(type) {
	case Drafted:
		l.s = e.Lot
	case OfficersDealt:
		lock := e.Officers
		l.s.Officers = &lock
	case KeyBound:
		lock := e.Keyholders
		l.s.Keyholders, l.s.Key, l.s.Binding, l.s.Authorities = &lock, e.Key, e.Binding, e.Authorities
	case LotAnnounced:
		l.s.Stage, l.s.Notice, l.s.AnnouncedAt = Announced, e.Notice, e.At
		l.s.OpeningTimes = append(slices.Clone(l.s.OpeningTimes), l.s.OpeningAt)
	case SubmissionOpened:
		l.s.Stage = Submitting
	case Postponed:
		l.s.OpeningAt, l.s.Postponements = e.To, append(slices.Clone(l.s.Postponements), e.Record)
		l.s.OpeningTimes = append(slices.Clone(l.s.OpeningTimes), e.To)
	case LotSealed:
		l.s.Stage, l.s.Freeze = Sealed, e.Freeze
	case OpeningBegun:
		l.s.Stage = Opening
	case LotOpened:
		l.s.Stage = Opened
	case LotFailed:
		l.s.Stage, l.s.Ground = Failed, e.Ground
	case LotTerminated:
		l.s.Stage, l.s.Ground, l.s.EraseOrder = Terminated, e.Ground, e.Order
	case KeysErased:
		l.s.KeysErased = true
	case LotSuspended:
		l.s.Suspended, l.s.SuspendReason = true, e.Reason
	case LotResumed:
		l.s.Suspended, l.s.SuspendReason = false, ""
	default:
		bidding.Panic("lot", e)
	}
}

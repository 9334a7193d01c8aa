package tender

import (
	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/crypto/canon"
)

// Created: a tender came to be.
type Created struct {
	Tender State `json:"tender"`
}

// Drafted: a lot came to be, in stage draft.
type Drafted struct {
	Lot LotState `json:"lot"`
}

// OfficersDealt: the tenderer dealt lock C among the opening officers.
type OfficersDealt struct {
	Lot      bidding.LotID `json:"lot"`
	Officers Lock          `json:"officers"`
}

// KeyBound: all keyholders tied a key of theirs to this lot, once.
type KeyBound struct {
	Lot         bidding.LotID `json:"lot"`
	Key         string        `json:"key"`
	Keyholders  Lock          `json:"keyholders"`
	Binding     canon.Hash    `json:"binding"`
	Authorities []Authority   `json:"authorities"`
}

// LotAnnounced: the tender notice is out; findings are what the law's rules said of its timetable.
type LotAnnounced struct {
	Lot      bidding.LotID `json:"lot"`
	Notice   canon.Hash    `json:"notice"`
	At       canon.Time    `json:"at"`
	Findings []law.Finding `json:"findings"`
}

// SubmissionOpened: bids may come.
type SubmissionOpened struct {
	Lot bidding.LotID `json:"lot"`
	At  canon.Time    `json:"at"`
}

// Postponed: a later opening time is in force; n−t+1 keyholders have signed it.
type Postponed struct {
	Lot    bidding.LotID `json:"lot"`
	Number int           `json:"number"`
	From   canon.Time    `json:"from"`
	To     canon.Time    `json:"to"`
	Reason string        `json:"reason"`
	Record canon.Hash    `json:"record"`
	Notice canon.Hash    `json:"notice"`
}

// LotSealed (封标): the set of bids is frozen.
type LotSealed struct {
	Lot    bidding.LotID `json:"lot"`
	At     canon.Time    `json:"at"`
	Freeze canon.Hash    `json:"freeze"`
}

// OpeningBegun: keys are being released.
type OpeningBegun struct {
	Lot bidding.LotID `json:"lot"`
	At  canon.Time    `json:"at"`
}

// LotOpened: the opening record is out.
type LotOpened struct {
	Lot    bidding.LotID `json:"lot"`
	At     canon.Time    `json:"at"`
	Record canon.Hash    `json:"record"`
}

// LotFailed (流标): fewer bids than the law wants; nothing was opened.
type LotFailed struct {
	Lot    bidding.LotID `json:"lot"`
	At     canon.Time    `json:"at"`
	Ground canon.Hash    `json:"ground"` // the freeze record
}

// LotTerminated (终止招标) by the tenderer.
type LotTerminated struct {
	Lot    bidding.LotID `json:"lot"`
	At     canon.Time    `json:"at"`
	Reason string        `json:"reason"`
	Ground canon.Hash    `json:"ground"` // the signed notice
	Order  canon.Hash    `json:"order"`  // the erasure order, zero while no key was bound
}

// KeysErased: every keyholder said that its share of a terminated lot's key is gone.
type KeysErased struct {
	Lot     bidding.LotID `json:"lot"`
	Order   canon.Hash    `json:"order"`
	Holders int           `json:"holders"`
}

// LotSuspended: an objection or complaint stops the process (not the complaint's own clock).
type LotSuspended struct {
	Lot    bidding.LotID `json:"lot"`
	At     canon.Time    `json:"at"`
	Reason string        `json:"reason"`
}

// LotResumed undoes a suspension.
type LotResumed struct {
	Lot    bidding.LotID `json:"lot"`
	At     canon.Time    `json:"at"`
	Reason string        `json:"reason"`
}

func (Created) EventType() string          { return "tender.created.v1" }
func (Drafted) EventType() string          { return "lot.drafted.v1" }
func (OfficersDealt) EventType() string    { return "lot.officers-dealt.v1" }
func (KeyBound) EventType() string         { return "lot.key-bound.v1" }
func (LotAnnounced) EventType() string     { return "lot.announced.v1" }
func (SubmissionOpened) EventType() string { return "lot.submission-opened.v1" }
func (Postponed) EventType() string        { return "lot.postponed.v1" }
func (LotSealed) EventType() string        { return "lot.sealed.v1" }
func (OpeningBegun) EventType() string     { return "lot.opening-begun.v1" }
func (LotOpened) EventType() string        { return "lot.opened.v1" }
func (LotFailed) EventType() string        { return "lot.failed.v1" }
func (LotTerminated) EventType() string    { return "lot.terminated.v1" }
func (KeysErased) EventType() string       { return "lot.keys-erased.v1" }
func (LotSuspended) EventType() string     { return "lot.suspended.v1" }
func (LotResumed) EventType() string       { return "lot.resumed.v1" }

// DecodeEvent reads a stored event of this package.
func DecodeEvent(kind string, body []byte) (bidding.Event, error) {
	switch kind {
	case Created{}.EventType():
		return bidding.Decode[Created](body)
	case Drafted{}.EventType():
		return bidding.Decode[Drafted](body)
	case OfficersDealt{}.EventType():
		return bidding.Decode[OfficersDealt](body)
	case KeyBound{}.EventType():
		return bidding.Decode[KeyBound](body)
	case LotAnnounced{}.EventType():
		return bidding.Decode[LotAnnounced](body)
	case SubmissionOpened{}.EventType():
		return bidding.Decode[SubmissionOpened](body)
	case Postponed{}.EventType():
		return bidding.Decode[Postponed](body)
	case LotSealed{}.EventType():
		return bidding.Decode[LotSealed](body)
	case OpeningBegun{}.EventType():
		return bidding.Decode[OpeningBegun](body)
	case LotOpened{}.EventType():
		return bidding.Decode[LotOpened](body)
	case LotFailed{}.EventType():
		return bidding.Decode[LotFailed](body)
	case LotTerminated{}.EventType():
		return bidding.Decode[LotTerminated](body)
	case KeysErased{}.EventType():
		return bidding.Decode[KeysErased](body)
	case LotSuspended{}.EventType():
		return bidding.Decode[LotSuspended](body)
	case LotResumed{}.EventType():
		return bidding.Decode[LotResumed](body)
	}
	return nil, bidding.UnknownEvent(kind)
}

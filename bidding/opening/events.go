package opening

import (
	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/crypto/canon"
)

// BidsFrozen is the first event of an opening. Keyholders look for its freeze.
type BidsFrozen struct {
	Lot       bidding.LotID    `json:"lot"`
	Tender    bidding.TenderID `json:"tender"`
	Tenderer  bidding.OrgID    `json:"tenderer"`
	Agency    bidding.OrgID    `json:"agency"`
	Class     bidding.Class    `json:"class"`
	Mode      law.Mode         `json:"mode"`
	Freeze    canon.Hash       `json:"freeze"`
	FrozenAt  canon.Time       `json:"frozen_at"`
	Count     int              `json:"count"`
	Root      canon.Hash       `json:"root"`
	OpeningAt canon.Time       `json:"opening_at"`
	WindowEnd canon.Time       `json:"window_end"`
}

// Started: keys are being released.
type Started struct {
	Lot bidding.LotID `json:"lot"`
	At  canon.Time    `json:"at"`
}

// KeyReceived (mode B): a bidder released its key for one part. It stands in a stream of its own, so that bidders do not queue.
type KeyReceived struct {
	Lot    bidding.LotID `json:"lot"`
	Bid    bidding.BidID `json:"bid"`
	Digest canon.Hash    `json:"digest"` // of the part
	Record canon.Hash    `json:"record"` // of the signed release
	At     canon.Time    `json:"at"`
}

// LaterMomentReleased: k officers opened a later moment (双信封).
type LaterMomentReleased struct {
	Lot     bidding.LotID `json:"lot"`
	Moment  string        `json:"moment"`
	Release canon.Hash    `json:"release"`
	Seq     int           `json:"seq"` // of this event in the opening's stream, by which its proof is found again
}

// ResultsPublished: the opening record is out, all rows in one event (电子招标投标办法 art. 30).
type ResultsPublished struct {
	Lot       bidding.LotID   `json:"lot"`
	Record    canon.Hash      `json:"record"`
	At        canon.Time      `json:"at"`
	Opened    int             `json:"opened"`
	NotOpened int             `json:"not_opened"`
	Unopened  []bidding.BidID `json:"unopened,omitempty"`
}

// CauseDetermined: why a bid did not open, and so what it is treated as (电子招标投标办法 art. 31).
type CauseDetermined struct {
	Lot    bidding.LotID `json:"lot"`
	Bid    bidding.BidID `json:"bid"`
	Cause  string        `json:"cause"`
	As     string        `json:"as"`
	Record canon.Hash    `json:"record"`
}

// RecordSigned: the tenderer or the agency signed the opening record.
type RecordSigned struct {
	Lot    bidding.LotID `json:"lot"`
	Record canon.Hash    `json:"record"`
	Role   bidding.Role  `json:"role"`
	Signer canon.Hash    `json:"signer"`
}

// OpeningFailed: fewer bids than the law wants; nothing is opened.
type OpeningFailed struct {
	Lot   bidding.LotID `json:"lot"`
	Count int           `json:"count"`
	Order canon.Hash    `json:"order"` // the erasure order
}

// OpeningSuspended: a failure on the platform's side stops the opening for all.
type OpeningSuspended struct {
	Lot    bidding.LotID `json:"lot"`
	Reason string        `json:"reason"`
	At     canon.Time    `json:"at"`
}

// OpeningResumed: it goes on; mode B's window is longer by what the suspension took, for all alike.
type OpeningResumed struct {
	Lot       bidding.LotID `json:"lot"`
	Reason    string        `json:"reason"`
	At        canon.Time    `json:"at"`
	WindowEnd canon.Time    `json:"window_end"`
}

// ArchiveDealt: the tenderer handed in the archive key (归档密钥), confirmed by all its archivists; the content keys are being wrapped.
type ArchiveDealt struct {
	Lot        bidding.LotID `json:"lot"`
	Key        canon.Hash    `json:"key"` // of the archive-key record
	Threshold  int           `json:"threshold"`
	Archivists int           `json:"archivists"`
	At         canon.Time    `json:"at"`
}

// Archived: the archive record stands. Keyholders look for its archive.
type Archived struct {
	Lot     bidding.LotID `json:"lot"`
	Archive canon.Hash    `json:"archive"`
	Parts   int           `json:"parts"`
	At      canon.Time    `json:"at"`
	Seq     int           `json:"seq"` // of this event in the opening's stream, by which its proof is found again
}

// ErasureOrdered: an authority ordered the keyholders of an archived lot to erase.
type ErasureOrdered struct {
	Lot   bidding.LotID `json:"lot"`
	Order canon.Hash    `json:"order"`
}

// KeysErased: every keyholder has said that its share is gone.
type KeysErased struct {
	Lot     bidding.LotID `json:"lot"`
	Order   canon.Hash    `json:"order"`
	Holders int           `json:"holders"`
}

func (BidsFrozen) EventType() string          { return "opening.frozen.v1" }
func (Started) EventType() string             { return "opening.started.v1" }
func (KeyReceived) EventType() string         { return "opening.key-received.v1" }
func (LaterMomentReleased) EventType() string { return "opening.moment-released.v1" }
func (ResultsPublished) EventType() string    { return "opening.published.v1" }
func (CauseDetermined) EventType() string     { return "opening.cause-determined.v1" }
func (RecordSigned) EventType() string        { return "opening.record-signed.v1" }
func (OpeningFailed) EventType() string       { return "opening.failed.v1" }
func (OpeningSuspended) EventType() string    { return "opening.suspended.v1" }
func (OpeningResumed) EventType() string      { return "opening.resumed.v1" }
func (ArchiveDealt) EventType() string        { return "opening.archive-dealt.v1" }
func (Archived) EventType() string            { return "opening.archived.v1" }
func (ErasureOrdered) EventType() string      { return "opening.erasure-ordered.v1" }
func (KeysErased) EventType() string          { return "opening.erased.v1" }

// DecodeEvent reads a stored event of this package.
func DecodeEvent(kind string, body []byte) (bidding.Event, error) {
	switch kind {
	case BidsFrozen{}.EventType():
		return bidding.Decode[BidsFrozen](body)
	case Started{}.EventType():
		return bidding.Decode[Started](body)
	case KeyReceived{}.EventType():
		return bidding.Decode[KeyReceived](body)
	case LaterMomentReleased{}.EventType():
		return bidding.Decode[LaterMomentReleased](body)
	case ResultsPublished{}.EventType():
		return bidding.Decode[ResultsPublished](body)
	case CauseDetermined{}.EventType():
		return bidding.Decode[CauseDetermined](body)
	case RecordSigned{}.EventType():
		return bidding.Decode[RecordSigned](body)
	case OpeningFailed{}.EventType():
		return bidding.Decode[OpeningFailed](body)
	case OpeningSuspended{}.EventType():
		return bidding.Decode[OpeningSuspended](body)
	case OpeningResumed{}.EventType():
		return bidding.Decode[OpeningResumed](body)
	case ArchiveDealt{}.EventType():
		return bidding.Decode[ArchiveDealt](body)
	case Archived{}.EventType():
		return bidding.Decode[Archived](body)
	case ErasureOrdered{}.EventType():
		return bidding.Decode[ErasureOrdered](body)
	case KeysErased{}.EventType():
		return bidding.Decode[KeysErased](body)
	}
	return nil, bidding.UnknownEvent(kind)
}

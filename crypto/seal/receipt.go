package seal

import (
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
)

// ReceiptType is the type of a receipt.
const ReceiptType = "sunbid/receipt/v1"

// Outcome is what the platform did with a statement.
type Outcome string

// The outcomes.
const (
	OutcomeAccepted Outcome = "accepted"
	OutcomeRefused  Outcome = "refused" // 拒收
)

// Receipt (回执) is the platform's signed answer to a statement (电子招标投标办法 art. 28): when it arrived, what became of it,
// and the promise that its event is in the log by MergeBy.
type Receipt struct {
	Type      string         `json:"type"`
	Receipt   string         `json:"receipt"`
	Class     string         `json:"class"`
	Tender    string         `json:"tender"`
	Lot       string         `json:"lot"`
	Bid       string         `json:"bid"`
	Version   int64          `json:"version"`
	Action    Action         `json:"action"`
	Statement canon.Hash     `json:"statement"`
	Arrival   canon.Time     `json:"arrival"`
	Outcome   Outcome        `json:"outcome"`
	Refusal   string         `json:"refusal,omitempty"` // code, when refused
	Parts     []ReceivedPart `json:"parts"`
	Envelope  tlog.Envelope  `json:"envelope"` // the bidder's own log event
	Salt      canon.Hex      `json:"salt"`     // 32 bytes
	MergeBy   canon.Time     `json:"merge_by"`
	Timestamp []byte         `json:"timestamp,omitempty"` // RFC 3161 token
}

// ReceivedPart names a part as received and the versions of the objects that hold it.
type ReceivedPart struct {
	Kind    Kind       `json:"kind"`
	Digest  canon.Hash `json:"digest"`
	Size    int64      `json:"size"`
	Objects []string   `json:"objects"`
}

// SignedReceipt carries one signature, by the platform.
type SignedReceipt = pki.Signed[Receipt]

const (
	// MaxReceipt bounds a signed receipt, in bytes.
	MaxReceipt = 4 << 20

	maxTimestamp = 64 << 10 // bytes
)

// RecordType is ReceiptType.
func (Receipt) RecordType() string { return ReceiptType }

// Check is ErrReceipt unless the receipt is well formed by itself.
func (r Receipt) Check() error {
	switch {
	case r.Type != ReceiptType:
		return because(ErrReceipt, "type")
	case !validClass(r.Class):
		return because(ErrReceipt, "class")
	case !validID("rc", r.Receipt) || !validID("td", r.Tender) || !validID("lt", r.Lot) || !validID("bd", r.Bid):
		return because(ErrReceipt, "identifier")
	case r.Version < 1 || r.Statement.IsZero():
		return because(ErrReceipt, "statement")
	case r.Action != ActionSubmit && r.Action != ActionReplace && r.Action != ActionWithdraw:
		return because(ErrReceipt, "action")
	case r.Outcome != OutcomeAccepted && r.Outcome != OutcomeRefused || (r.Outcome == OutcomeRefused) != (r.Refusal != ""):
		return because(ErrReceipt, "outcome")
	case len(r.Salt) != 32:
		return because(ErrReceipt, "salt")
	case r.MergeBy.Before(r.Arrival.Time):
		return because(ErrReceipt, "merge_by is before arrival")
	case len(r.Timestamp) > maxTimestamp:
		return because(ErrReceipt, "timestamp")
	case r.Envelope.Tender != r.Tender || r.Envelope.Lot != r.Lot:
		return because(ErrReceipt, "envelope is of another lot")
	}
	if _, err := r.Envelope.Canonical(); err != nil {
		return because(ErrReceipt, "envelope")
	}
	for i, p := range r.Parts {
		if !p.Kind.Valid() || i > 0 && r.Parts[i-1].Kind >= p.Kind || p.Digest.IsZero() || p.Size < 1 || p.Size > MaxFile(p.Kind) || len(p.Objects) > MaxChunks {
			return because(ErrReceipt, "parts")
		}
	}
	return nil
}

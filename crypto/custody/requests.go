package custody

import (
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
)

// Consistency links a checkpoint to the last one the holder saw. From is that one's size (0 when it saw none).
type Consistency struct {
	From int64        `json:"from"`
	Path []canon.Hash `json:"path"` // RFC 6962, between the smaller and the larger of the two sizes
}

// FreezeEvidence is a freeze record with the proof that it is in the log. Statements is the frozen set, in any order.
// Once a holder has accepted a lot's freeze, Freeze alone is enough.
type FreezeEvidence struct {
	Freeze      pki.Signed[Freeze] `json:"freeze"`
	Event       *tlog.Disclosed    `json:"event,omitempty"`
	Consistency Consistency        `json:"consistency"`
	Statements  []canon.Hash       `json:"statements"`
}

// MomentEvidence is a release record of a later moment with the proof that it is in the log, and the certificates of
// the officers who signed it. Once a holder has accepted a moment, nil is enough.
type MomentEvidence struct {
	Release      pki.Signed[MomentRelease] `json:"release"`
	Event        tlog.Disclosed            `json:"event"`
	Consistency  Consistency               `json:"consistency"`
	Certificates [][]byte                  `json:"certificates"`
}

// BindRequest asks a keyholder to sign a binding. Binding may carry other keyholders' signatures already.
type BindRequest struct {
	Binding    pki.Signed[Binding]    `json:"binding"`
	KeyRecord  pki.Signed[KeyRecord]  `json:"key_record"`
	OfficerKey pki.Signed[OfficerKey] `json:"officer_key"`
	Dealer     []byte                 `json:"dealer"` // certificate that signed the officers' key, DER
}

// PostponeRequest asks a keyholder to sign a postponement that an authority has signed.
type PostponeRequest struct {
	Postponement pki.Signed[Postponement] `json:"postponement"`
	Certificates [][]byte                 `json:"certificates"` // the authority's, DER
}

// ArchiveEvidence is a lot's archive record with the key it is closed to and the proof that it is in the log.
type ArchiveEvidence struct {
	Archive     pki.Signed[Archive]    `json:"archive"`
	Key         pki.Signed[ArchiveKey] `json:"key"`
	Event       tlog.Disclosed         `json:"event"`
	Consistency Consistency            `json:"consistency"`
}

// EraseRequest orders a keyholder to destroy its share of a lot's key. Freeze is given iff the reason is FewerThanThree,
// Archive iff it is Archived.
type EraseRequest struct {
	Order        pki.Signed[ErasureOrder] `json:"order"`
	Certificates [][]byte                 `json:"certificates"` // the authority's and, for Archived, the archivists', DER
	Freeze       *FreezeEvidence          `json:"freeze,omitempty"`
	Archive      *ArchiveEvidence         `json:"archive,omitempty"`
}

// ReleaseRequest asks a holder for partial decryptions of parts of one kind and moment.
type ReleaseRequest struct {
	Class  string
	Lot    string
	Kind   string
	Moment string
	Freeze FreezeEvidence
	Later  *MomentEvidence // for a moment other than opening, at least the first time
	Items  []ReleaseItem   // 1 … MaxBatch, no part twice
}

// ReleaseItem is one part: the signed statement that names it (canonical bytes), the bidder's certificate (DER), and
// the front of the sealed file (everything before the chunks).
type ReleaseItem struct {
	Statement   []byte
	Certificate []byte
	Front       []byte
}

// ItemRefusal says why one item of a release request was refused; Item is its position from 0.
type ItemRefusal struct {
	Item   int    `json:"item"`
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
}

// Release is a holder's answer: a batch over the items that passed (nil when none did) and the refusals of the others.
type Release struct {
	Batch   *pki.Signed[PartialsBatch] `json:"batch,omitempty"`
	Refused []ItemRefusal              `json:"refused"`
}

// Health tells how a keyholder is. It tells nothing about lots or bids.
type Health struct {
	Class      string     `json:"class"`
	Version    string     `json:"version"`
	Index      int        `json:"index"`
	Clock      canon.Time `json:"clock"`
	Origin     string     `json:"origin"` // of the last checkpoint seen; empty when none
	Checkpoint int64      `json:"checkpoint"`
	Pool       int        `json:"pool"` // keys generated and not yet bound
}

// Steps of a ceremony.
const (
	StepStart  = "start"
	StepReveal = "reveal"
	StepCheck  = "check"
	StepAnswer = "answer"
	StepFinish = "finish"
)

// GenerateRequest is one step of a ceremony: Plan to start, afterwards the ceremony's name and all messages of the
// round before (to finish: all checks and all answers).
type GenerateRequest struct {
	Step     string                  `json:"step"`
	Plan     *Plan                   `json:"plan,omitempty"`
	Ceremony string                  `json:"ceremony,omitempty"`
	Commits  []pki.Signed[DKGCommit] `json:"commits,omitempty"`
	Reveals  []pki.Signed[DKGReveal] `json:"reveals,omitempty"`
	Checks   []pki.Signed[DKGCheck]  `json:"checks,omitempty"`
	Answers  []pki.Signed[DKGAnswer] `json:"answers,omitempty"`
}

// GenerateReply is the holder's message of the step; after StepAnswer perhaps none.
type GenerateReply struct {
	Commit  *pki.Signed[DKGCommit]  `json:"commit,omitempty"`
	Reveal  *pki.Signed[DKGReveal]  `json:"reveal,omitempty"`
	Check   *pki.Signed[DKGCheck]   `json:"check,omitempty"`
	Answers []pki.Signed[DKGAnswer] `json:"answers,omitempty"`
	Record  *pki.Signed[KeyRecord]  `json:"record,omitempty"`
}

// Problem is a refusal as it travels.
type Problem struct {
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
	Holder int    `json:"holder,omitempty"`
}

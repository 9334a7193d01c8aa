package seal

import (
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// StatementType is the type of a submit statement.
const StatementType = "sunbid/submit/v1"

// Action is what a statement does with a bid.
type Action string

// The actions (招标投标法 art. 29).
const (
	ActionSubmit   Action = "submit"   // 递交
	ActionReplace  Action = "replace"  // 修改
	ActionWithdraw Action = "withdraw" // 撤回
)

// Statement is what the bidder signs to hand in, replace or withdraw a bid. It binds the parts of one version.
type Statement struct {
	Type     string     `json:"type"`
	Class    string     `json:"class"`
	Tender   string     `json:"tender"`
	Lot      string     `json:"lot"`
	Bid      string     `json:"bid"`
	Binding  canon.Hash `json:"binding"`
	Version  int64      `json:"version"` // from 1 without gaps
	Action   Action     `json:"action"`
	Previous canon.Hash `json:"previous,omitzero"` // hash of the statement before; absent in version 1
	SignedAt canon.Time `json:"signed_at"`         // the bidder's own clock; decides nothing
	Parts    []Part     `json:"parts"`             // sorted by kind, empty iff withdraw
}

// Part names one sealed file.
type Part struct {
	Kind   Kind       `json:"kind"`
	Moment string     `json:"moment"`
	Digest canon.Hash `json:"digest"` // Front.Digest
	Size   int64      `json:"size"`   // of the whole sealed file
}

// SignedStatement carries one signature, by the bidder's signing certificate.
type SignedStatement = pki.Signed[Statement]

// MaxStatement bounds a signed statement, in bytes.
const MaxStatement = 16 << 10

// RecordType is StatementType.
func (Statement) RecordType() string { return StatementType }

// Check is ErrStatement unless the statement is well formed by itself.
func (s Statement) Check() error {
	switch {
	case s.Type != StatementType:
		return because(ErrStatement, "type")
	case !validClass(s.Class):
		return because(ErrStatement, "class")
	case !validID("td", s.Tender) || !validID("lt", s.Lot) || !validID("bd", s.Bid):
		return because(ErrStatement, "identifier")
	case s.Binding.IsZero():
		return because(ErrStatement, "binding")
	case s.Version < 1 || s.Version > canon.MaxInteger:
		return because(ErrStatement, "version")
	case (s.Version == 1) != s.Previous.IsZero():
		return because(ErrStatement, "previous stands in every version but the first")
	case s.SignedAt.UnixMilli() < 1:
		return because(ErrStatement, "signed_at")
	}
	switch s.Action {
	case ActionSubmit:
	case ActionReplace, ActionWithdraw:
		if s.Version == 1 {
			return because(ErrStatement, "the first version submits")
		}
	default:
		return because(ErrStatement, "action")
	}
	if (s.Action == ActionWithdraw) != (len(s.Parts) == 0) {
		return because(ErrStatement, "parts are empty when withdrawing and only then")
	}
	for i, p := range s.Parts {
		if err := p.check(); err != nil {
			return err
		}
		if i > 0 && s.Parts[i-1].Kind >= p.Kind {
			return because(ErrStatement, "parts out of order or repeated")
		}
	}
	return nil
}

func (p Part) check() error {
	switch {
	case !p.Kind.Valid():
		return because(ErrStatement, "kind")
	case !ValidMoment(p.Moment):
		return because(ErrStatement, "moment")
	case p.Digest.IsZero():
		return because(ErrStatement, "digest")
	case p.Size < int64(headSize+tailSize+Overhead) || p.Size > MaxFile(p.Kind):
		return because(ErrStatement, "size")
	}
	return nil
}

// MaxFile is the greatest length of a sealed file of that kind.
func MaxFile(k Kind) int64 {
	if k == KindReadout {
		return FrontMax + ReadoutSize + Overhead
	}
	return FrontMax + MaxChunks*SealedChunk
}

// Part names the sealed file of this front in a statement; content is the length of what is sealed in it.
func (f Front) Part(content int64) Part {
	padded := PaddedLength(f.Header.Kind, content)
	return Part{Kind: f.Header.Kind, Moment: f.Header.Moment, Digest: f.Digest(), Size: int64(f.Size()) + SealedLength(padded)}
}

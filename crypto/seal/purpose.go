package seal

import (
	"slices"
	"strings"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// Kind is which part of a bid a file is.
type Kind string

// The kinds of section 4.
const (
	KindReadout   Kind = "readout"   // 开标一览表: what is read out at the opening, and nothing else
	KindBody      Kind = "body"      // 投标文件
	KindTechnical Kind = "technical" // 技术标
	KindPrice     Kind = "price"     // 商务标
	KindIdentity  Kind = "identity"  // the table behind a blind bid (暗标)
	KindEvidence  Kind = "evidence"  // what the sealing tool declares of itself and its machine
)

// Valid tells whether the kind is one of section 4.
func (k Kind) Valid() bool {
	return slices.Contains([]Kind{KindReadout, KindBody, KindTechnical, KindPrice, KindIdentity, KindEvidence}, k)
}

// MomentOpening is the release moment of whatever opens at the bid opening.
const MomentOpening = "opening"

// Purpose is what a part is sealed for; all of it stands in the label, so that no part can be used for anything else.
type Purpose struct {
	Class     string     // production or rehearsal
	Binding   canon.Hash // hash of the binding record
	Lot       string
	Bidder    canon.Hash // fingerprint of the bidder's signing certificate
	Kind      Kind
	Moment    string    // release moment
	NotBefore time.Time // the published opening time sealed to, in whole milliseconds
}

// Check is ErrHeader unless every field can stand in a header.
func (p Purpose) Check() error {
	ms := p.NotBefore.UnixMilli()
	switch {
	case !validClass(p.Class):
		return because(ErrHeader, "class")
	case p.Binding.IsZero():
		return because(ErrHeader, "binding")
	case !validID("lt", p.Lot):
		return because(ErrHeader, "lot")
	case p.Bidder.IsZero():
		return because(ErrHeader, "bidder")
	case !p.Kind.Valid():
		return because(ErrHeader, "kind")
	case !ValidMoment(p.Moment):
		return because(ErrHeader, "moment")
	case ms < 1 || ms > maxMilliseconds || !time.UnixMilli(ms).Equal(p.NotBefore):
		return because(ErrHeader, "not-before")
	}
	return nil
}

// maxMilliseconds is the end of the year 9999, the last that a time in JSON can say.
const maxMilliseconds = 253_402_300_799_999

func validClass(c string) bool { return c == pki.Production || c == pki.Rehearsal }

// ValidMoment tells whether text is the name of a release moment: [a-z][a-z0-9-]{0,31}.
func ValidMoment(s string) bool {
	if len(s) < 1 || len(s) > 32 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// validID tells whether text is an identifier of section 1 with that prefix.
func validID(prefix, s string) bool {
	const crockford = "0123456789abcdefghjkmnpqrstvwxyz"
	tail, ok := strings.CutPrefix(s, prefix+"_")
	if !ok || len(tail) != 26 {
		return false
	}
	for _, c := range []byte(tail) {
		if strings.IndexByte(crockford, c) < 0 {
			return false
		}
	}
	return strings.IndexByte(crockford, tail[25])&3 == 0 // the two spare low bits
}

package custody

import (
	"regexp"
	"strings"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tdh2"
)

// Types of the records of this package (SPEC.md sections 7 and 8).
const (
	TypeKeyRecord     = "sunbid/key-record/v1"
	TypeOfficerKey    = "sunbid/officer-key/v1"
	TypeBinding       = "sunbid/binding/v1"
	TypePostponement  = "sunbid/postponement/v1"
	TypeFreeze        = "sunbid/freeze/v1" // written by earlier versions
	TypeFreezeBlind   = "sunbid/freeze/v2"
	TypeRelease       = "sunbid/release/v1"
	TypeErasureOrder  = "sunbid/erasure-order/v1"
	TypeErased        = "sunbid/erased/v1"
	TypePartials      = "sunbid/partials/v1"
	TypeOpeningRecord = "sunbid/opening-record/v1"
	TypeCause         = "sunbid/cause/v1"
	TypeKeyRelease    = "sunbid/key-release/v1"

	TypeArchiveKey      = "sunbid/archive-key/v1"
	TypeArchive         = "sunbid/archive/v1"
	TypeArchivePartials = "sunbid/archive-partials/v1"
)

// Classes of keys (SPEC.md section 1).
const (
	Production = pki.Production
	Rehearsal  = pki.Rehearsal
)

// Modes of decryption (电子招标投标办法 art. 30).
const (
	ModeKeyholders = "keyholders" // mode A: nothing is asked of the bidder at the opening
	ModeBidderKey  = "bidder-key" // mode B: the bidder's own key as well, within the window (限时解密)
)

// Locks.
const (
	LockT = "T" // the keyholders'
	LockC = "C" // the opening officers'
)

// MomentOpening is the release moment that needs no release record.
const MomentOpening = "opening"

// MaxHolders bounds the holders of one lock.
const MaxHolders = 64

const maxText = 1024

// shapeOf checks fields one after another and keeps the first fault.
type shapeOf struct{ fault *Refusal }

func (s *shapeOf) must(ok bool, field string) {
	if !ok && s.fault == nil {
		s.fault = ErrMalformed.with("%s", field)
	}
}

func (s *shapeOf) head(gotType, wantType, class string) {
	s.must(gotType == wantType, "type")
	s.must(class == Production || class == Rehearsal, "class")
}

func (s *shapeOf) text(v, field string)        { s.must(v != "" && len(v) <= maxText, field) }
func (s *shapeOf) hash(h canon.Hash, f string) { s.must(!h.IsZero(), f) }
func (s *shapeOf) id(v, prefix, field string)  { s.must(IsID(v, prefix), field) }
func (s *shapeOf) time(t canon.Time, f string) { s.must(t.UnixMilli() > 0, f) }

func (s *shapeOf) err() error {
	if s.fault == nil { // a nil *Refusal in an error would not be nil
		return nil
	}
	return s.fault
}

// IsID tells whether v is an identifier of that prefix: SPEC.md section 1.
func IsID(v, prefix string) bool {
	const crockford = "0123456789abcdefghjkmnpqrstvwxyz"
	tail, ok := strings.CutPrefix(v, prefix+"_")
	if !ok || len(tail) != 26 {
		return false
	}
	for i := range len(tail) {
		if strings.IndexByte(crockford, tail[i]) < 0 {
			return false
		}
	}
	return strings.IndexByte(crockford, tail[25])&3 == 0 // the two spare low bits
}

var momentShape = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// sharing is what both kinds of key say about themselves.
type sharing struct {
	threshold, holders int
	commitments        []tdh2.Point
	public             tdh2.Point
	verification       []tdh2.Point
}

// Key is a checked public key of one lock.
type Key struct {
	Threshold    int
	Public       tdh2.Point
	Commitments  []tdh2.Point // A_0 … A_{t−1}
	Verification []tdh2.Point // V_1 … V_n, at 0 … n−1
}

// key checks that the commitments give the public key and every verification share (SPEC.md section 7).
func (s sharing) key() (Key, error) {
	if s.threshold < 1 || s.threshold > s.holders || s.holders > MaxHolders {
		return Key{}, ErrMalformed.with("threshold %d of %d", s.threshold, s.holders)
	}
	if len(s.commitments) != s.threshold || len(s.verification) != s.holders {
		return Key{}, ErrMalformed.with("commitments or verification: number")
	}
	for _, c := range s.commitments {
		if c.IsZero() {
			return Key{}, ErrMalformed.with("commitments: no point")
		}
	}
	if s.public != s.commitments[0] {
		return Key{}, ErrMalformed.with("public_key is not the first commitment")
	}
	for i, v := range s.verification {
		if want, err := tdh2.VerificationShare(s.commitments, i+1); err != nil || v != want {
			return Key{}, ErrMalformed.with("verification %d does not follow from the commitments", i+1).by(i + 1)
		}
	}
	return Key{s.threshold, s.public, s.commitments, s.verification}, nil
}

// VerificationOf is V_index, the key that proves holder index's partial decryptions.
func (k Key) VerificationOf(index int) (tdh2.Point, bool) {
	if index < 1 || index > len(k.Verification) {
		return tdh2.Point{}, false
	}
	return k.Verification[index-1], true
}

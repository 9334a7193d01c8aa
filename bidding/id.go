package bidding

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
)

// Kind says what an ID identifies; Prefix is the two letters its text form begins with.
type Kind interface{ Prefix() string }

type (
	tenderKind  struct{}
	lotKind     struct{}
	bidKind     struct{}
	keyKind     struct{}
	orgKind     struct{}
	personKind  struct{}
	receiptKind struct{}
	noticeKind  struct{}
	uploadKind  struct{}
	streamKind  struct{}
)

func (tenderKind) Prefix() string  { return "td" }
func (lotKind) Prefix() string     { return "lt" }
func (bidKind) Prefix() string     { return "bd" }
func (keyKind) Prefix() string     { return "ky" }
func (orgKind) Prefix() string     { return "og" }
func (personKind) Prefix() string  { return "ps" }
func (receiptKind) Prefix() string { return "rc" }
func (noticeKind) Prefix() string  { return "nt" }
func (uploadKind) Prefix() string  { return "up" }
func (streamKind) Prefix() string  { return "ev" }

// Typed identities. All are random: an identifier that grew with time would tell a rival how many came before
// (招标投标法 art. 22).
type (
	TenderID  = ID[tenderKind]
	LotID     = ID[lotKind]
	BidID     = ID[bidKind]
	KeyID     = ID[keyKind]
	OrgID     = ID[orgKind]
	PersonID  = ID[personKind]
	ReceiptID = ID[receiptKind]
	NoticeID  = ID[noticeKind]
	UploadID  = ID[uploadKind]
	StreamID  = ID[streamKind] // streams of one event that belong to no aggregate: refused attempts, released keys
)

// ID is 128 random bits; its text form names its kind: "lt_" and 26 characters (crypto/SPEC.md section 1).
type ID[K Kind] struct{ b [16]byte }

// NewID draws a fresh identity from the system's random source, which does not fail on supported systems.
func NewID[K Kind]() ID[K] {
	var id ID[K]
	_, _ = rand.Read(id.b[:]) // documented never to return an error
	return id
}

func NewTenderID() TenderID   { return NewID[tenderKind]() }
func NewLotID() LotID         { return NewID[lotKind]() }
func NewBidID() BidID         { return NewID[bidKind]() }
func NewKeyID() KeyID         { return NewID[keyKind]() }
func NewOrgID() OrgID         { return NewID[orgKind]() }
func NewPersonID() PersonID   { return NewID[personKind]() }
func NewReceiptID() ReceiptID { return NewID[receiptKind]() }
func NewNoticeID() NoticeID   { return NewID[noticeKind]() }
func NewUploadID() UploadID   { return NewID[uploadKind]() }
func NewStreamID() StreamID   { return NewID[streamKind]() }

const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

func encoding() *base32.Encoding {
	return base32.NewEncoding(crockford).WithPadding(base32.NoPadding)
}

// String is the text form used in URLs, records and the database.
func (id ID[K]) String() string {
	var k K
	return k.Prefix() + "_" + encoding().EncodeToString(id.b[:])
}

// IsZero tells an identity that was never set.
func (id ID[K]) IsZero() bool { return id.b == [16]byte{} }

// Parse reads the text form strictly: prefix, length, alphabet and zero spare bits.
func (id *ID[K]) parse(s string) error {
	var k K
	if len(s) != 29 || s[:2] != k.Prefix() || s[2] != '_' {
		return ErrID
	}
	raw, err := encoding().DecodeString(s[3:])
	if err != nil || len(raw) != 16 || encoding().EncodeToString(raw) != s[3:] {
		return ErrID
	}
	copy(id.b[:], raw)
	return nil
}

// ParseID reads an identity's text form; ErrID when it is not one of this kind.
func ParseID[K Kind](s string) (ID[K], error) {
	var id ID[K]
	if err := id.parse(s); err != nil {
		return ID[K]{}, err
	}
	return id, nil
}

func ParseTenderID(s string) (TenderID, error)   { return ParseID[tenderKind](s) }
func ParseLotID(s string) (LotID, error)         { return ParseID[lotKind](s) }
func ParseBidID(s string) (BidID, error)         { return ParseID[bidKind](s) }
func ParseKeyID(s string) (KeyID, error)         { return ParseID[keyKind](s) }
func ParseOrgID(s string) (OrgID, error)         { return ParseID[orgKind](s) }
func ParsePersonID(s string) (PersonID, error)   { return ParseID[personKind](s) }
func ParseReceiptID(s string) (ReceiptID, error) { return ParseID[receiptKind](s) }
func ParseNoticeID(s string) (NoticeID, error)   { return ParseID[noticeKind](s) }
func ParseUploadID(s string) (UploadID, error)   { return ParseID[uploadKind](s) }
func ParseStreamID(s string) (StreamID, error)   { return ParseID[streamKind](s) }

// MarshalText makes an identity its text form in JSON; the zero identity is the empty text.
func (id ID[K]) MarshalText() ([]byte, error) {
	if id.IsZero() {
		return []byte{}, nil
	}
	return []byte(id.String()), nil
}

// UnmarshalText is the inverse of MarshalText.
func (id *ID[K]) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*id = ID[K]{}
		return nil
	}
	if err := id.parse(string(b)); err != nil {
		return fmt.Errorf("identifier %q: %w", clip(string(b), 40), err)
	}
	return nil
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

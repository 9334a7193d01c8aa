package custody

import "sunbid/crypto/canon"

// Reasons of an erasure.
const (
	FewerThanThree = "fewer-than-three" // 招标投标法实施条例 art. 44: fewer than three bids are not opened
	Terminated     = "terminated"       // 终止招标, 招标投标法实施条例 art. 31
	Archived       = "archived"         // opened, and the archive key holds what must be kept
)

// ErasureOrder tells the keyholders to destroy their shares of a lot's key.
type ErasureOrder struct {
	Type    string     `json:"type"`
	Class   string     `json:"class"`
	Tender  string     `json:"tender"`
	Lot     string     `json:"lot"`
	Binding canon.Hash `json:"binding"`
	Reason  string     `json:"reason"`
	Ground  canon.Hash `json:"ground"` // the freeze record, the signed notice, or the archive record
}

// Check tells whether the record is well formed. It looks at no signature.
func (o ErasureOrder) Check() error {
	var s shapeOf
	s.head(o.Type, TypeErasureOrder, o.Class)
	s.id(o.Tender, "td", "tender")
	s.id(o.Lot, "lt", "lot")
	s.hash(o.Binding, "binding")
	s.must(o.Reason == FewerThanThree || o.Reason == Terminated || o.Reason == Archived, "reason")
	s.hash(o.Ground, "ground")
	return s.err()
}

// Erased is a keyholder's word that its share is gone.
type Erased struct {
	Type     string     `json:"type"`
	Class    string     `json:"class"`
	Key      string     `json:"key"`
	Lot      string     `json:"lot"`
	Index    int        `json:"index"`
	ErasedAt canon.Time `json:"erased_at"`
}

// Check tells whether the record is well formed. It looks at no signature.
func (e Erased) Check() error {
	var s shapeOf
	s.head(e.Type, TypeErased, e.Class)
	s.id(e.Key, "ky", "key")
	s.id(e.Lot, "lt", "lot")
	s.must(e.Index >= 1 && e.Index <= MaxHolders, "index")
	s.time(e.ErasedAt, "erased_at")
	return s.err()
}

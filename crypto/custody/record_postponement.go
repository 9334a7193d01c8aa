package custody

import (
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// Postponement moves an opening back (推迟开标). An authority signs it, then keyholders; see InForce.
type Postponement struct {
	Type        string     `json:"type"`
	Class       string     `json:"class"`
	Tender      string     `json:"tender"`
	Lot         string     `json:"lot"`
	Binding     canon.Hash `json:"binding"`
	Number      int        `json:"number"`
	OpeningFrom canon.Time `json:"opening_from"`
	OpeningTo   canon.Time `json:"opening_to"`
	Reason      string     `json:"reason"`
	Notice      canon.Hash `json:"notice"` // hash of the signed notice that tells the bidders
}

// Check tells whether the record is well formed. It looks at no signature.
func (p Postponement) Check() error {
	var s shapeOf
	s.head(p.Type, TypePostponement, p.Class)
	s.id(p.Tender, "td", "tender")
	s.id(p.Lot, "lt", "lot")
	s.hash(p.Binding, "binding")
	s.must(p.Number >= 1, "number")
	s.time(p.OpeningFrom, "opening_from")
	s.time(p.OpeningTo, "opening_to")
	s.text(p.Reason, "reason")
	s.hash(p.Notice, "notice")
	if err := s.err(); err != nil {
		return err
	}
	if !p.OpeningTo.After(p.OpeningFrom.Time) {
		return ErrPostponeAdvance
	}
	return nil
}

// signedByAuthority: one of the signatures is an authority's, and good.
func signedByAuthority[T any](r pki.Signed[T], b Binding, certs Certificates) bool {
	for _, s := range r.Signatures {
		if b.Authority(s.Signer) && verifyOne(r, s.Signer, certs) == nil {
			return true
		}
	}
	return false
}

// InForce is the opening time that holds for everybody: that of the last postponement in an unbroken row from
// number 1 which an authority and at least n−t+1 keyholders have signed. Then fewer than t are left that would release
// at the time before. A postponement with fewer signatures is ErrNotInForce: the time returned with the error is the
// one in force without it. postponements are in order of number.
func InForce(binding pki.Signed[Binding], postponements []pki.Signed[Postponement], key KeyRecord, certs Certificates) (canon.Time, error) {
	at := binding.Body.OpeningAt
	hash, err := binding.Hash()
	if err != nil {
		return at, err
	}
	for i, p := range postponements {
		if err := follows(p.Body, binding.Body, hash, i+1, at); err != nil {
			return at, err
		}
		if !signedByAuthority(p, binding.Body, certs) {
			return at, ErrNotAuthority
		}
		if signed, need := keyholdersUnder(p, key, certs), needed(key); signed < need {
			return at, ErrNotInForce.with("%d of %d needed", signed, need)
		}
		at = p.Body.OpeningTo
	}
	return at, nil
}

// needed is how many keyholders put a postponement in force: n−t+1.
func needed(key KeyRecord) int { return len(key.Keyholders) - key.Threshold + 1 }

// keyholdersUnder counts the keyholders of a key whose good signatures are under a postponement.
func keyholdersUnder(p pki.Signed[Postponement], key KeyRecord, certs Certificates) int {
	signed := 0
	for _, h := range key.Keyholders {
		if verifyOne(p, h.Certificate, certs) == nil {
			signed++
		}
	}
	return signed
}

// follows: p is the postponement of this number of this binding, from the time that holds now.
func follows(p Postponement, b Binding, binding canon.Hash, number int, from canon.Time) error {
	if err := p.Check(); err != nil {
		return err
	}
	switch {
	case p.Class != b.Class:
		return ErrClass
	case p.Binding != binding || p.Lot != b.Lot || p.Tender != b.Tender:
		return ErrMalformed.with("postponement of another binding")
	case p.Number != number:
		return ErrPostponeNumber.with("%d, next is %d", p.Number, number)
	case !p.OpeningFrom.Equal(from.Time):
		return ErrPostponeFrom
	}
	return nil
}

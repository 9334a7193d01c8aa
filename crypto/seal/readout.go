package seal

import (
	"strings"
	"unicode"

	"sunbid/crypto/canon"
)

// ReadoutType is the type of a read-out.
const ReadoutType = "sunbid/readout/v1"

// Readout is the bid opening table (开标一览表) of one bid: what is read out at the opening (招标投标法 art. 36).
type Readout struct {
	Type         string            `json:"type"`
	Bidder       Party             `json:"bidder"`
	PriceFen     *int64            `json:"price_fen,omitempty"` // exactly one of price and rate
	RatePPM      *int64            `json:"rate_ppm,omitempty"`
	DurationDays int64             `json:"duration_days"`
	Quality      string            `json:"quality"`
	Security     string            `json:"security"` // 投标保证金
	Manager      string            `json:"manager,omitempty"`
	Extra        map[string]string `json:"extra"`
}

// Party is an organisation by name and unified social credit code (GB 32100).
type Party struct {
	Name string `json:"name"`
	Code string `json:"code"`
}

// The bounds of a read-out.
const (
	MaxPriceFen     = 1_000_000_000_000_000
	MaxRatePPM      = 1_000_000_000
	MaxDurationDays = 36_500

	maxExtra     = 64
	maxExtraName = 64   // bytes
	maxText      = 4096 // bytes
)

// RecordType is ReadoutType.
func (Readout) RecordType() string { return ReadoutType }

// ParseReadout reads the content of a readout part, canonical and strict. Errors: canon's, ErrReadout.
func ParseReadout(b []byte) (Readout, error) {
	if len(b) > MaxReadout {
		return Readout{}, because(ErrReadout, "longer than 16 KiB")
	}
	var r Readout
	if err := canon.Unmarshal(b, &r); err != nil {
		return Readout{}, err
	}
	return r, r.Check()
}

// Encode is the content of a readout part. Errors: ErrReadout.
func (r Readout) Encode() ([]byte, error) {
	if r.Type == "" {
		r.Type = ReadoutType
	}
	if err := r.Check(); err != nil {
		return nil, err
	}
	b, err := canon.Marshal(r)
	if err != nil {
		return nil, err
	}
	if len(b) > MaxReadout {
		return nil, because(ErrReadout, "longer than 16 KiB")
	}
	return b, nil
}

// Check is ErrReadout unless every field is within its bounds and there is exactly one of price and rate. Of a code it
// wants the shape of GB 32100; whose it is, and its check character, are judged at registration.
func (r Readout) Check() error {
	switch {
	case r.Type != ReadoutType:
		return because(ErrReadout, "type")
	case !plainText(r.Bidder.Name, 1, maxText):
		return because(ErrReadout, "bidder name")
	case !codeShape(r.Bidder.Code):
		return because(ErrReadout, "bidder code")
	case (r.PriceFen == nil) == (r.RatePPM == nil):
		return because(ErrReadout, "one of price and rate is wanted")
	case r.PriceFen != nil && (*r.PriceFen <= 0 || *r.PriceFen > MaxPriceFen):
		return because(ErrReadout, "price")
	case r.RatePPM != nil && (*r.RatePPM < 0 || *r.RatePPM > MaxRatePPM):
		return because(ErrReadout, "rate")
	case r.DurationDays < 0 || r.DurationDays > MaxDurationDays:
		return because(ErrReadout, "duration")
	case !plainText(r.Quality, 0, maxText) || !plainText(r.Security, 0, maxText) || !plainText(r.Manager, 0, maxText):
		return because(ErrReadout, "text")
	case len(r.Extra) > maxExtra:
		return because(ErrReadout, "too many extra fields")
	}
	for name, value := range r.Extra {
		if !plainText(name, 1, maxExtraName) || !plainText(value, 0, maxText) {
			return because(ErrReadout, "extra field")
		}
	}
	return nil
}

// plainText tells whether text has that many bytes and no control characters; valid UTF-8 is canon's concern.
func plainText(s string, least, most int) bool {
	return len(s) >= least && len(s) <= most && !strings.ContainsFunc(s, unicode.IsControl)
}

func codeShape(s string) bool {
	for _, c := range []byte(s) {
		if strings.IndexByte("0123456789ABCDEFGHJKLMNPQRTUWXY", c) < 0 {
			return false
		}
	}
	return len(s) == 18
}

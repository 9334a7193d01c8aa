package notice

import (
	"strings"
	"time"
	"unicode/utf8"

	"sunbid/bidding"
)

// Lint reads a notice before it goes out: complete, of one piece, and without an identity-card number in it.
func Lint(r Record) error {
	switch {
	case r.Type != RecordType || !r.Class.Valid() || r.Notice.IsZero() || r.Tender.IsZero() || r.Number < 1:
		return ErrMalformed.With("head")
	case !known(r.Kind):
		return ErrMalformed.With("kind")
	case !text(r.Title, 4, 200) || strings.ContainsAny(r.Title, "\r\n\t"):
		return ErrMalformed.With("title")
	case !text(r.Text, 10, 100_000):
		return ErrMalformed.With("text")
	case (r.Timetable != nil) != (r.Kind == TenderNotice):
		return ErrMalformed.With("timetable")
	case (r.Opening != nil) != (r.Kind == Postponement):
		return ErrMalformed.With("opening")
	case r.Affects && r.Kind != Addendum:
		return ErrMalformed.With("affects")
	case hasIdentityNumber(r.Title) || hasIdentityNumber(r.Text):
		return ErrPersonal
	}
	return nil
}

func known(k Kind) bool {
	switch k {
	case TenderNotice, Addendum, Postponement, Outage, Failure, Termination:
		return true
	}
	return false
}

func text(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= least && n <= most && strings.TrimSpace(s) == s &&
		!strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f })
}

// hasIdentityNumber looks for 18 characters that are a citizen's number by date and check character (GB 11643-1999).
func hasIdentityNumber(s string) bool {
	run := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == 'X' || s[i] == 'x') {
			run++
			continue
		}
		if run == 18 && identityNumber(s[i-18:i]) {
			return true
		}
		run = 0
	}
	return false
}

func identityNumber(s string) bool {
	born, err := time.Parse("20060102", s[6:14])
	if err != nil || born.Year() < 1900 || born.Year() > 2100 {
		return false
	}
	sum := 0
	for i := range 17 {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		sum += int(s[i]-'0') * ((1 << (17 - i)) % 11)
	}
	return "10X98765432"[sum%11] == strings.ToUpper(s)[17]
}

// Publish makes the notice of a linted record whose signer was checked; previous is the tender's last number.
func Publish(r Record, previous int, document bidding.Document, at time.Time) (*Notice, error) {
	if err := Lint(r); err != nil {
		return nil, err
	}
	if r.Number != previous+1 {
		return nil, ErrNumber
	}
	n := &Notice{}
	n.record(published(r, document, at))
	return n, nil
}

package notice

import (
	"strings"
	"time"
	"unicode/utf8"

	"sunbid/bidding"
	"sunbid/bidding/privacy"
)

// Lint reads a notice before it goes out: complete, of one piece, and with nothing of a person in it (package privacy).
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
	}
	return privacy.Check(privacy.Text{Field: "title", Value: r.Title}, privacy.Text{Field: "text", Value: r.Text})
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

// Publish makes the notice of a linted record whose signer was checked, with the contact block it commits to (nil when it has none);
// previous is the tender's last number.
func Publish(r Record, contacts *Contacts, previous int, document bidding.Document, at time.Time) (*Notice, error) {
	if err := Lint(r); err != nil {
		return nil, err
	}
	if err := bound(r, contacts); err != nil {
		return nil, err
	}
	if r.Number != previous+1 {
		return nil, ErrNumber
	}
	n := &Notice{contacts: contacts}
	n.record(published(r, document, at))
	return n, nil
}

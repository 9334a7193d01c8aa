package bundle

import (
	"errors"
	"fmt"
)

// Names of the checks, in the order in which they are run and printed (crypto/SPEC.md section 10).
const (
	CheckManifest      = "manifest"
	CheckFiles         = "files"
	CheckCertificates  = "certificates"
	CheckTrust         = "trust"
	CheckKeyRecord     = "key-record"
	CheckOfficerKey    = "officer-key"
	CheckBinding       = "binding"
	CheckPostponements = "postponements"
	CheckCheckpoint    = "checkpoint"
	CheckEvents        = "events"
	CheckNotices       = "notices"
	CheckFreeze        = "freeze"
	CheckStatements    = "statements"
	CheckEnvelopes     = "envelopes"
	CheckStanzas       = "stanzas"
	CheckPartials      = "partials"
	CheckReadouts      = "readouts"
	CheckRecord        = "record"
	CheckCauses        = "causes"
	CheckReleases      = "releases"
	CheckEnding        = "ending"
	CheckErasure       = "erasure"
	CheckTender        = "tender"
)

// Check is the outcome of one named check.
type Check struct {
	Name    string
	Count   int    // how many items were found good before the check ended
	Err     error  // nil, or a *Broken naming the first failing item
	Skipped string // why it could not be run: "not-checked" (no trust list), or the check it needs; empty when it was run
}

// OK reports whether the check was run and passed.
func (c Check) OK() bool { return c.Err == nil && c.Skipped == "" }

// NotChecked is why the trust check is skipped when no trust list is given. It is the one skip that does not break a report.
const NotChecked = "not-checked"

// Fingerprints are the keys on which a bundle rests; without a trust list a person compares them by eye.
type Fingerprints struct {
	Platform   []string `json:"platform"`
	Log        []string `json:"log"`
	Keyholders []string `json:"keyholders"`
	Dealer     []string `json:"dealer"`
}

// Report tells what was checked.
type Report struct {
	Class, Tender, Lot string
	End                string // of a lot that was never opened: Failed or Terminated
	Bids               int    // of an opened lot
	Keys               Fingerprints
	Checks             []Check
}

// OK reports whether nothing is broken. A trust check that was not asked for does not break a bundle; Trusted tells.
func (r Report) OK() bool {
	for _, c := range r.Checks {
		if c.Err != nil || (c.Skipped != "" && c.Skipped != NotChecked && c.Skipped != NotPresent) {
			return false
		}
	}
	return len(r.Checks) > 0
}

// Trusted reports whether the bundle's keys were compared with a trust list, and passed.
func (r Report) Trusted() bool {
	for _, c := range r.Checks {
		if c.Name == CheckTrust {
			return c.OK()
		}
	}
	return false
}

// Find returns the check of that name.
func (r Report) Find(name string) (Check, bool) {
	for _, c := range r.Checks {
		if c.Name == name {
			return c, true
		}
	}
	return Check{}, false
}

// Broken names what broke: a path inside the folder or a bid, and a stable code.
type Broken struct {
	Item   string // path ("bids/bd_…/statement.json"), path with a line ("events.jsonl:12") or bid
	code   string
	Reason error // what the part that looked said; may be nil
}

func (b *Broken) Error() string {
	if b.Reason != nil {
		return fmt.Sprintf("%s: %s: %v", b.Item, b.code, b.Reason)
	}
	return b.Item + ": " + b.code
}

// Code is the stable, kebab-case name of the failure.
func (b *Broken) Code() string { return b.code }

func (b *Broken) Unwrap() error { return b.Reason }

// broken makes a Broken; a reason that has a code of its own keeps it, so that "stanza-proof" is not hidden behind ours.
func broken(item, code string, reason error) *Broken {
	var inner *Broken
	if errors.As(reason, &inner) {
		return inner
	}
	return &Broken{Item: item, code: codeOf(reason, code), Reason: reason}
}

func codeOf(err error, otherwise string) string {
	var coded interface{ Code() string }
	if err != nil && errors.As(err, &coded) && coded.Code() != "" {
		return coded.Code()
	}
	return otherwise
}

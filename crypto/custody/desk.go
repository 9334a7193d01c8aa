package custody

import (
	"encoding/json"
	"fmt"
	"slices"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
)

// Events that rest on records of this package (SPEC.md section 7).
const (
	EventFrozen         = "opening.frozen.v1"
	EventMomentReleased = "opening.moment-released.v1"
	EventArchived       = "opening.archived.v1"
)

// desk is what keyholders and officers do alike before they release: look at the log and at the freeze record, and
// remember the first of each. It writes down what it has accepted before it acts on it.
type desk struct {
	known     Known
	documents Documents
	clock     Clock
}

// standing is a lot as its holder knows it now.
type standing struct {
	binding     Binding
	hash        canon.Hash   // of the binding
	openings    []canon.Time // every published opening time, first to current
	officers    OfficerKey
	key         Key // of the holder's own lock
	index       int // of the holder in it
	momentsOpen map[string]bool
}

func (s standing) openingAt() canon.Time { return s.openings[len(s.openings)-1] }

type freezeDoc struct {
	Freeze     pki.Signed[Freeze] `json:"freeze"`
	Statements []canon.Hash       `json:"statements"` // ascending
}

type checkpointDoc struct {
	Checkpoint tlog.SignedCheckpoint `json:"checkpoint"`
}

const checkpointName = "checkpoint"

func freezeName(lot string) string { return "freeze-" + lot }

// open refuses before the opening time by the holder's own clock.
func (d *desk) open(s standing) error {
	if now := d.clock(); now.Before(s.openingAt().Time) {
		return ErrEarly.with("opens at %v", s.openingAt())
	}
	return nil
}

// admitFreeze returns the frozen set, sorted, of the lot's one freeze record; the first time it checks the record's
// place in the log and stores it.
func (d *desk) admitFreeze(s standing, e FreezeEvidence) ([]canon.Hash, error) {
	hash, err := e.Freeze.Hash()
	if err != nil {
		return nil, ErrNotFrozen.with("%v", err)
	}
	var stored freezeDoc
	found, err := load(d.documents, freezeName(s.binding.Lot), &stored)
	if err != nil {
		return nil, err
	}
	if found {
		first, err := stored.Freeze.Hash()
		if err != nil {
			return nil, stateFault("read freeze", err)
		}
		if hash != first {
			return nil, ErrFreezeSecond
		}
		return stored.Statements, nil
	}
	if err := d.checkFreeze(s, e.Freeze); err != nil {
		return nil, err
	}
	sorted, err := e.Freeze.Body.matches(e.Statements)
	if err != nil {
		return nil, err
	}
	if e.Event == nil {
		return nil, ErrNotFrozen.with("no proof")
	}
	if err := d.logged(s, *e.Event, EventFrozen, "freeze", hash, e.Consistency, ErrNotFrozen); err != nil {
		return nil, err
	}
	// From here this freeze is the lot's: every other one is refused, also after a crash.
	return sorted, save(d.documents, freezeName(s.binding.Lot), freezeDoc{e.Freeze, sorted})
}

// hasFreeze tells whether a freeze record of the lot was accepted.
func (d *desk) hasFreeze(lot string) (bool, error) {
	var stored freezeDoc
	return load(d.documents, freezeName(lot), &stored)
}

// checkFreeze: the record is of this lot and of an opening time of its own. An earlier one than the current serves too, not
// before the current: a holder that signed a postponement which never came into force would else never open.
func (d *desk) checkFreeze(s standing, f pki.Signed[Freeze]) error {
	if err := f.Body.Check(); err != nil {
		return err
	}
	switch b := f.Body; {
	case b.Class != s.binding.Class:
		return ErrClass
	case b.Binding != s.hash || b.Lot != s.binding.Lot || b.Tender != s.binding.Tender:
		return ErrNotFrozen.with("a freeze record of another lot")
	case !slices.ContainsFunc(s.openings, func(t canon.Time) bool { return t.Equal(b.OpeningAt.Time) }) || b.FrozenAt.Before(b.OpeningAt.Time):
		return ErrFreezeTime
	}
	for _, c := range d.known.Platform {
		if f.Verify(c) == nil {
			return nil
		}
	}
	return ErrNotFrozen.with("not signed by the platform")
}

// logged: the event stands in the log, names the record, and the log continues what the holder saw.
func (d *desk) logged(s standing, e tlog.Disclosed, event, field string, record canon.Hash, link Consistency, refusal *Refusal) error {
	if e.Envelope.Event != event || e.Envelope.Lot != s.binding.Lot || e.Envelope.Tender != s.binding.Tender {
		return refusal.with("the event is another one")
	}
	var body map[string]json.RawMessage
	var named canon.Hash
	if json.Unmarshal(e.Envelope.Body, &body) != nil || json.Unmarshal(body[field], &named) != nil || named != record {
		return refusal.with("the event names another record")
	}
	cert, err := d.logOf(e.Proof.Checkpoint)
	if err != nil {
		return err
	}
	if err := e.Verify(cert, tlog.Origin(d.known.Class, cert)); err != nil {
		return refusal.with("%v", err)
	}
	return d.see(e.Proof.Checkpoint, link)
}

func (d *desk) logOf(c tlog.SignedCheckpoint) (*pki.Certificate, error) {
	for _, cert := range d.known.Log {
		if c.Verify(cert) == nil {
			return cert, nil
		}
	}
	return nil, ErrNotFrozen.with("the checkpoint is not signed by the log")
}

// see compares a verified checkpoint with the last one seen and, if it is larger, remembers it.
func (d *desk) see(c tlog.SignedCheckpoint, link Consistency) error {
	var last checkpointDoc
	found, err := load(d.documents, checkpointName, &last)
	if err != nil {
		return err
	}
	if found {
		seen := last.Checkpoint.Body
		if link.From != seen.Size && c.Body.Size != seen.Size {
			return ErrCheckpointFrom.with("%d", seen.Size)
		}
		if err := tlog.Continues(seen, c.Body, link.Path); err != nil {
			return ErrCheckpoint.with("%v", err)
		}
		if c.Body.Size <= seen.Size {
			return nil
		}
	}
	return save(d.documents, checkpointName, checkpointDoc{c})
}

// admitMoment checks the release record of a later moment.
func (d *desk) admitMoment(s standing, moment string, m *MomentEvidence) error {
	if m == nil {
		return ErrMoment
	}
	certs, err := certificatesFrom(m.Certificates)
	if err != nil {
		return err
	}
	if err := VerifyMomentRelease(m.Release, s.officers, certs); err != nil {
		return err
	}
	if m.Release.Body.Moment != moment || m.Release.Body.Binding != s.hash {
		return ErrMoment.with("a release record of another moment or binding")
	}
	hash, err := m.Release.Hash()
	if err != nil {
		return ErrMoment.with("%v", err)
	}
	return d.logged(s, m.Event, EventMomentReleased, "release", hash, m.Consistency, ErrMoment)
}

func load(d Documents, name string, into any) (bool, error) {
	raw, err := d.Load(name)
	if err != nil {
		return false, stateFault("read "+name, err)
	}
	if raw == nil {
		return false, nil
	}
	if err := canon.Unmarshal(raw, into); err != nil {
		return false, stateFault("read "+name, err)
	}
	return true, nil
}

func save(d Documents, name string, doc any) error {
	raw, err := canon.Marshal(doc)
	if err != nil {
		return stateFault("write "+name, err)
	}
	if err := d.Save(name, raw); err != nil {
		return stateFault("write "+name, err)
	}
	return nil
}

// stateFault keeps the cause for the operator's log, while the code tells callers to try again.
func stateFault(what string, err error) error {
	return fmt.Errorf("%w: %s: %w", ErrState, what, err)
}

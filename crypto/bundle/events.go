package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
)

// Events that the verifier reads facts from (their bodies are the domain's; these are the fields that count here).
const (
	eventBound      = "lot.key-bound.v1"
	eventSubmitted  = "bid.submitted.v1"
	eventReplaced   = "bid.replaced.v1"
	eventFrozen     = "opening.frozen.v1"
	eventPublished  = "opening.published.v1"
	eventKey        = "opening.key-received.v1"
	eventCause      = "opening.cause-determined.v1"
	eventSigned     = "opening.record-signed.v1"
	eventPostponed  = "lot.postponed.v1"
	eventNotice     = "notice.published.v1"
	eventCreated    = "tender.created.v1"
	eventDrafted    = "lot.drafted.v1"
	eventOpened     = "lot.opened.v1"
	linesAtOnce     = 512
	fileEvents      = "events.jsonl"
	checkpointsFile = "checkpoint.json"
)

// ledger is what the disclosed events state.
type ledger struct {
	streams map[string][]entry // by stream, ascending by seq
	byEvent map[string][]entry // by event type, in log order
	notices map[string]string  // hash of a notice that another event rests on → the line
	issued  map[string]bool    // hash of a notice that was published
	bids    map[string]entry   // last event of each bid that stands
}

// entry is one disclosed event, reduced to what later checks ask.
type entry struct {
	item   string // events.jsonl:N
	stream string
	seq    int64
	event  string
	body   map[string]json.RawMessage
}

func facts(v tlog.Envelope) (entry, error) {
	e := entry{stream: v.Stream, seq: v.Seq, event: v.Event}
	return e, json.Unmarshal(v.Body, &e.body)
}

// text returns a text field of the body, empty when there is none.
func (e entry) text(field string) string {
	var s string
	if json.Unmarshal(e.body[field], &s) != nil {
		return ""
	}
	return s
}

// line is a disclosed event as it stands in the file.
type line struct {
	n    int
	data []byte
	seen tlog.Disclosed
}

// checkEvents verifies every disclosed event against the one checkpoint, their order in the log, and that no stream has a gap.
func (v *verifier) checkEvents() (int, error) {
	v.log = ledger{streams: map[string][]entry{}, byEvent: map[string][]entry{}, notices: map[string]string{}, issued: map[string]bool{}, bids: map[string]entry{}}
	var batch []*line
	count, lastRound, lastSlot := 0, int64(-1), -1
	flush := func() error {
		good, err := each(batch, v.checkEvent)
		count += good
		if err != nil {
			return err
		}
		for _, l := range batch {
			round, slot := int64(l.seen.Proof.Round), int(l.seen.Proof.Slot)
			if round < lastRound || (round == lastRound && slot <= lastSlot) {
				return broken(itemOf(l.n), "events-order", errors.New("events stand in log order, none twice"))
			}
			lastRound, lastSlot = round, slot
			if err := v.log.add(l); err != nil {
				return err
			}
		}
		batch = batch[:0]
		return nil
	}
	err := v.folder.lines(fileEvents, func(n int, data []byte) error {
		batch = append(batch, &line{n: n, data: append([]byte(nil), data...)})
		if len(batch) < linesAtOnce {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err == nil {
		err = v.log.whole()
	}
	if err == nil && v.closed() {
		return count, v.closedEvents()
	}
	if err == nil {
		err = v.log.states(eventCreated, eventDrafted, eventBound, eventFrozen, eventPublished, eventOpened)
	}
	return count, err
}

func itemOf(n int) string { return fmt.Sprintf("%s:%d", fileEvents, n) }

func (v *verifier) checkEvent(l *line) error {
	item := itemOf(l.n)
	if err := canon.Unmarshal(l.data, &l.seen); err != nil {
		return broken(item, "event-malformed", err)
	}
	e, p := l.seen.Envelope, l.seen.Proof
	if e.Tender != v.manifest.Tender || (e.Lot != "" && e.Lot != v.manifest.Lot && e.Event != eventNotice) {
		return broken(item, "record-place", errPlace)
	}
	if p.Checkpoint.Body != v.checkpoint.Body || !slices.EqualFunc(p.Checkpoint.Signatures, v.checkpoint.Signatures, sameSignature) {
		return broken(item, "event-checkpoint", errors.New("its proof is not under checkpoint.json"))
	}
	commitment, err := l.seen.Commitment()
	if err != nil {
		return broken(item, "event-malformed", err)
	}
	if err := p.VerifyAt(commitment, v.checkpoint.Body); err != nil {
		return broken(item, "event-proof", err)
	}
	return nil
}

func sameSignature(a, b pki.Signature) bool { return a.Signer == b.Signer && bytes.Equal(a.Sig, b.Sig) }

func (l *ledger) add(in *line) error {
	e, err := facts(in.seen.Envelope)
	if e.item = itemOf(in.n); err != nil {
		return broken(e.item, "event-malformed", err)
	}
	l.streams[e.stream] = append(l.streams[e.stream], e)
	l.byEvent[e.event] = append(l.byEvent[e.event], e)
	if n, err := canon.ParseHash(e.text("notice")); err == nil && !n.IsZero() {
		l.notices[n.String()] = e.item
	}
	if e.event == eventNotice {
		l.issued[e.text("hash")] = true
	}
	return nil
}

// whole checks that every stream counts from 1 without a gap or a repetition, and finds each bid's last event.
func (l *ledger) whole() error {
	names := make([]string, 0, len(l.streams))
	for name := range l.streams {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		s := l.streams[name]
		sort.Slice(s, func(i, j int) bool { return s[i].seq < s[j].seq })
		for i, e := range s {
			if e.seq != int64(i+1) {
				return broken(fileEvents, "events-gap", fmt.Errorf("stream %s: event %d is missing or stands twice", name, i+1))
			}
		}
		if last := s[len(s)-1]; last.event == eventSubmitted || last.event == eventReplaced {
			l.bids[last.text("bid")] = last
		}
	}
	return nil
}

// states wants at least one event of each type.
func (l *ledger) states(types ...string) error {
	for _, t := range types {
		if len(l.byEvent[t]) == 0 {
			return broken(fileEvents, "event-missing", errors.New(t))
		}
	}
	return nil
}

// has looks for an event of a type whose text field has a value.
func (l *ledger) has(event, field, value string) bool {
	for _, e := range l.byEvent[event] {
		if e.text(field) == value {
			return true
		}
	}
	return false
}

// checkCheckpoint verifies the log's checkpoint: its origin names the log's certificate, which must have signed it;
// other signatures are witnesses'.
func (v *verifier) checkCheckpoint() (int, error) {
	signed, err := readSigned[tlog.Checkpoint](v, checkpointsFile)
	if err != nil {
		return 0, err
	}
	for _, s := range signed.Signatures {
		c, err := v.certificate(s.Signer)
		if err == nil && signed.Body.Origin == tlog.Origin(v.manifest.Class, c) {
			v.logCertificate = c
		}
	}
	if v.logCertificate == nil {
		return 0, broken(checkpointsFile, "checkpoint-origin", errors.New("not signed by the log that its origin names"))
	}
	if err := tlog.VerifyCheckpoint(signed, v.logCertificate, signed.Body.Origin); err != nil {
		return 0, broken(checkpointsFile, "checkpoint-signature", err)
	}
	v.checkpoint = signed
	return 1, nil
}

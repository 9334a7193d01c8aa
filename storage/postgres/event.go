package postgres

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/commit"
	"sunbid/crypto/tlog"
)

// story says whose events are written: an aggregate's stream, and the tender and lot it belongs to (empty where none).
type story struct {
	tender, lot, stream string
	version             int // with the pending events counted in
	pending             []bidding.Event
}

// entry is an event on its way into the table.
type entry struct {
	bidding.RecordedEvent
	tender, lot string
	actor       []byte
	digest      []byte // of the payload, of personal events only
	payloadSalt []byte
	payload     []byte
}

// personalBody stands in the envelope of an event whose body holds personal data: a salted digest, nothing guessable.
type personalBody struct {
	Personal canon.Hash `json:"personal"`
}

// compose makes the stored form of a story's pending events.
func compose(by bidding.Actor, at time.Time, s story) ([]entry, error) {
	actor, err := json.Marshal(by)
	if err != nil {
		return nil, err
	}
	entries := make([]entry, 0, len(s.pending))
	for i, e := range s.pending {
		body, err := canon.Marshal(e)
		if err != nil {
			return nil, fmt.Errorf("event %s: %w", e.EventType(), err)
		}
		n := entry{tender: s.tender, lot: s.lot, actor: actor}
		if _, personal := e.(bidding.Personal); personal {
			if body, err = n.conceal(body); err != nil {
				return nil, err
			}
		}
		n.Stream, n.Seq, n.At, n.Type = s.stream, s.version-len(s.pending)+i+1, at, e.EventType()
		envelope := tlog.Envelope{
			Type: tlog.EnvelopeType, Tender: s.tender, Lot: s.lot, Stream: s.stream, Seq: int64(n.Seq),
			Event: n.Type, At: canon.At(at), Body: body,
		}
		envelope.By.Role = string(by.Role)
		if !by.Person.IsZero() {
			envelope.By.Actor = by.Person.String()
		}
		if n.Envelope, err = envelope.Canonical(); err != nil {
			return nil, fmt.Errorf("event %s: %w", n.Type, err)
		}
		salt, err := commit.New(rand.Reader)
		if err != nil {
			return nil, err
		}
		n.Salt = salt[:]
		entries = append(entries, n)
	}
	return entries, nil
}

// conceal puts the body aside and returns what stands for it in the envelope.
func (n *entry) conceal(body []byte) ([]byte, error) {
	salt, err := commit.New(rand.Reader)
	if err != nil {
		return nil, err
	}
	digest := commit.Commit(salt, body)
	n.digest, n.payloadSalt, n.payload = digest[:], salt[:], body
	return canon.Marshal(personalBody{Personal: digest})
}

// recorded is what the command hands on.
func recorded(entries []entry) bidding.Recorded {
	r := bidding.Recorded{Events: make([]bidding.RecordedEvent, len(entries))}
	for i, n := range entries {
		r.Events[i] = n.RecordedEvent
	}
	return r
}

const insertEvent = `INSERT INTO event (stream, seq, tender, lot, type, at, actor, salt, envelope, payload)
	VALUES ($1, $2, nullif($3, ''), nullif($4, ''), $5, $6, $7, $8, $9, $10)`

const insertPersonal = `INSERT INTO payload (digest, kind, salt, bytes, at) VALUES ($1, 'personal', $2, $3, $4)`

// appendEvents queues the events. A second writer of the same stream position fails on unique(stream, seq).
func appendEvents(b *pgx.Batch, entries []entry) {
	for _, n := range entries {
		if n.digest != nil {
			b.Queue(insertPersonal, n.digest, n.payloadSalt, n.payload, n.At)
		}
		b.Queue(insertEvent, n.Stream, n.Seq, n.tender, n.lot, n.Type, n.At, n.actor, []byte(n.Salt), n.Envelope, n.digest)
	}
}

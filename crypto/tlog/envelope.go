package tlog

import (
	"encoding/json"

	"sunbid/crypto/canon"
	"sunbid/crypto/commit"
)

// EnvelopeType is the type of an event envelope.
const EnvelopeType = "sunbid/event/v1"

// Envelope is one event as the log knows it. It holds no personal data: actors are pseudonymous identifiers, bodies
// carry digests.
type Envelope struct {
	Type   string          `json:"type"`
	Tender string          `json:"tender"`
	Lot    string          `json:"lot"`
	Stream string          `json:"stream"`
	Seq    int64           `json:"seq"`
	Event  string          `json:"event"` // such as bid.submitted.v1
	At     canon.Time      `json:"at"`
	By     By              `json:"by"`
	Body   json.RawMessage `json:"body"` // a canonical object
}

// By is who did it.
type By struct {
	Actor string `json:"actor"`
	Role  string `json:"role"`
}

// Canonical is the envelope's canonical bytes. A wrong type, a negative number or a body that is no canonical object
// is ErrEnvelope.
func (e Envelope) Canonical() ([]byte, error) {
	if e.Type != EnvelopeType || e.Seq < 0 || len(e.Body) == 0 || e.Body[0] != '{' {
		return nil, ErrEnvelope
	}
	b, err := canon.Marshal(e)
	if err != nil {
		return nil, ErrEnvelope
	}
	return b, nil
}

// Commitment is what the log publishes of the event at once: SM3(salt || canonical envelope).
func (e Envelope) Commitment(salt [32]byte) (canon.Hash, error) {
	b, err := e.Canonical()
	if err != nil {
		return canon.Hash{}, err
	}
	return commit.Commit(salt, b), nil
}

// ParseEnvelope reads an envelope's canonical bytes.
func ParseEnvelope(data []byte) (Envelope, error) {
	var e Envelope
	if err := canon.Unmarshal(data, &e); err != nil {
		return Envelope{}, err
	}
	_, err := e.Canonical()
	return e, err
}

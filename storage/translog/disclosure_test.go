package translog_test

import (
	"strings"
	"testing"

	"sunbid/bidding"
	"sunbid/bidding/tender"
	"sunbid/crypto/tlog"
)

// An event of the spine that everybody may check is disclosed with its round; one that is taken away again is missed.
func TestAMissingDisclosureIsFound(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	e := event(t)
	envelope, err := tlog.ParseEnvelope(e.Envelope)
	if err != nil {
		t.Fatal(err)
	}
	lot := bidding.NewLotID().String()
	envelope.Event, envelope.Lot = tender.Drafted{}.EventType(), lot
	if e.Envelope, err = envelope.Canonical(); err != nil {
		t.Fatal(err)
	}
	const insert = `INSERT INTO event (stream, seq, lot, type, at, actor, salt, envelope) VALUES ($1, $2, $3, $4, $5, '{}', $6, $7)`
	if _, err := b.pool.Exec(t.Context(), insert, e.Stream, e.Seq, lot, envelope.Event, e.At, []byte(e.Salt), e.Envelope); err != nil {
		t.Fatal(err)
	}
	for range 18 {
		b.round()
	}
	b.sound()
	if tag, err := ownerPool(t, b.dsn).Exec(t.Context(), `DELETE FROM disclosure`); err != nil || tag.RowsAffected() != 1 {
		t.Fatalf("%v %v", tag, err)
	}
	r, err := b.log.Rederive(t.Context(), b.store)
	if err != nil || len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "disclosure of "+e.Stream) {
		t.Errorf("%q %v", r.Faults, err)
	}
}

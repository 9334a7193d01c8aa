package peers_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/commit"
	"sunbid/crypto/tlog"
	"sunbid/storage/storetest/fixture"
	"sunbid/storage/translog"
)

// turn is how long each side appends before the other one does.
const turn = 4 * time.Second

// BenchmarkLog lets 256 callers append entries of 300 octets, each waiting until its own is durable, to our log and to a tessera POSIX
// log by turns. Ours are events, each committed in a transaction of its own as commands do, while the sequencer makes its rounds; the
// clock of a turn stops when the last of them is in a published round. Tessera's call returns when the entry is durable and has its index.
func BenchmarkLog(b *testing.B) {
	ours, theirs := newOurs(b), newTessera(b)
	var events, entries series
	for b.Loop() {
		events = append(events, callers(b, turn, ours.append, ours.published))
		entries = append(entries, callers(b, turn, theirs.append, nil))
	}
	b.ReportMetric(events.median(), "sunbid-events/s")
	b.ReportMetric(entries.median(), "tessera-entries/s")
	events.over(entries).report(b, "to-tessera")
}

// ours is our log with its sequencer running.
type ours struct {
	pool *pgxpool.Pool
	log  *translog.Log
}

func newOurs(b *testing.B) *ours {
	b.Helper()
	o := &ours{pool: fixture.Open(b, fixture.Migrated(b)).App()}
	signer := fixture.Signer(b, "log")
	o.log = translog.NewLog(o.pool, signer.Certificate(), bidding.Rehearsal)
	sequencer, err := translog.NewSequencer(o.log, fixture.Objects(b), signer, fixture.Clock())
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	ended := make(chan error, 1)
	go func() { ended <- sequencer.Run(ctx, time.Second, slog.New(slog.DiscardHandler)) }()
	b.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	return o
}

const insertEvent = `INSERT INTO event (stream, seq, type, at, actor, salt, envelope) VALUES ($1, 1, $2, $3, '{}', $4, $5)`

func (o *ours) append(ctx context.Context, entry []byte) error {
	salt, err := commit.New(rand.Reader)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string][]byte{"entry": entry[:180]}) // 300 octets of envelope in all
	if err != nil {
		return err
	}
	at := time.Now().UTC()
	envelope := tlog.Envelope{Type: tlog.EnvelopeType, Stream: bidding.NewStreamID().String(), Seq: 1, Event: "bench.happened.v1", At: canon.At(at), Body: body}
	bytes, err := envelope.Canonical()
	if err != nil {
		return err
	}
	_, err = o.pool.Exec(ctx, insertEvent, envelope.Stream, envelope.Event, at, salt[:], bytes)
	return err
}

// published waits until every committed event has its place in a published round.
func (o *ours) published(ctx context.Context) error {
	for {
		var waiting bool
		if err := o.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM event WHERE round IS NULL) OR (SELECT published < size FROM log_head)`).Scan(&waiting); err != nil || !waiting {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

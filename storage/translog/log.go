package translog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/commit"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
)

// Log reads the published log and waits for events to come into it. Any number of goroutines use one Log.
type Log struct {
	pool        *pgxpool.Pool
	certificate *pki.Certificate
	origin      string
	tiles       *tiles

	mu        sync.Mutex
	published int64         // newest size that was shown
	recent    []*sequenced  // the newest rounds, oldest first, at most kept
	changed   chan struct{} // closed and replaced when published grows
}

// kept is how many rounds are remembered with all their events, so that a round is read once however many wait for it.
const kept = 16

// key is an event's name.
type key struct {
	stream string
	seq    int
}

// sequenced is a round with its events, as proofs are made from it.
type sequenced struct {
	number int64
	at     time.Time
	round  *tlog.Round
	slots  map[key]int

	checkpoint tlog.SignedCheckpoint // of the first size that covers the round, or a later one
	path       []canon.Hash          // from the round's leaf to that checkpoint's root
}

// NewLog makes the reader of the log that this certificate signs, over the app role's pool.
func NewLog(pool *pgxpool.Pool, certificate *pki.Certificate, class bidding.Class) *Log {
	return &Log{
		pool: pool, certificate: certificate, origin: tlog.Origin(string(class), certificate),
		tiles: newTiles(pool), changed: make(chan struct{}),
	}
}

// Origin is the log's name, as in its checkpoints.
func (l *Log) Origin() string { return l.origin }

// Run hears of new rounds until ctx ends: those of another process by notification, and all that a lost connection hid.
// Without it, Await hears only what this process sequences.
func (l *Log) Run(ctx context.Context, log *slog.Logger) error {
	for ctx.Err() == nil {
		if err := l.listen(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "listen to the log", "err", err)
			pause := time.NewTimer(time.Second)
			select {
			case <-ctx.Done():
			case <-pause.C:
			}
			pause.Stop()
		}
	}
	return nil
}

func (l *Log) listen(ctx context.Context) error {
	pooled, err := l.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pooled.Hijack()
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, `LISTEN sunbid_published`); err != nil {
		return err
	}
	for {
		if err := l.catchUp(ctx); err != nil {
			return err
		}
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
	}
}

// catchUp reads the rounds published since the last one known here, at most kept of them.
func (l *Log) catchUp(ctx context.Context) error {
	size, err := l.size(ctx)
	if err != nil || size == 0 {
		return err
	}
	l.mu.Lock()
	known := l.published
	l.mu.Unlock()
	for n := max(known, size-kept); n < size; n++ {
		r, err := l.load(ctx, n)
		if err != nil {
			return err
		}
		checkpoint, err := l.Checkpoint(ctx)
		if err != nil {
			return err
		}
		l.show(ctx, r, checkpoint)
	}
	return nil
}

// show makes a published round known to everybody who waits.
func (l *Log) show(ctx context.Context, r *sequenced, checkpoint tlog.SignedCheckpoint) {
	path, err := tlog.InclusionProof(ctx, l.tiles, r.number, checkpoint.Body.Size)
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.number < l.published {
		return // known already
	}
	if r.number > l.published {
		l.recent = nil // what is remembered has no gaps
	}
	if err == nil { // else they will look into the database
		r.checkpoint, r.path = checkpoint, path
		l.recent = append(l.recent, r)
		if len(l.recent) > kept {
			l.recent = append([]*sequenced(nil), l.recent[len(l.recent)-kept:]...)
		}
	}
	l.published = r.number + 1
	close(l.changed)
	l.changed = make(chan struct{})
}

const selectRound = `SELECT seed, at FROM log_round WHERE round = $1`

const selectPlaced = `SELECT stream, seq, slot, salt, envelope FROM event WHERE round = $1`

// load reads one round with all its events.
func (l *Log) load(ctx context.Context, number int64) (*sequenced, error) {
	var seed []byte
	r := &sequenced{number: number, slots: map[key]int{}}
	if err := l.pool.QueryRow(ctx, selectRound, number).Scan(&seed, &r.at); err != nil {
		return nil, fmt.Errorf("round %d: %w", number, err)
	}
	rows, err := l.pool.Query(ctx, selectPlaced, number)
	if err != nil {
		return nil, fmt.Errorf("round %d: %w", number, err)
	}
	defer rows.Close()
	commitments := map[int]canon.Hash{}
	for rows.Next() {
		var k key
		var slot int
		var salt, envelope []byte
		if err := rows.Scan(&k.stream, &k.seq, &slot, &salt, &envelope); err != nil {
			return nil, fmt.Errorf("round %d: %w", number, err)
		}
		r.slots[k], commitments[slot] = slot, commitment(salt, envelope)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("round %d: %w", number, err)
	}
	if len(seed) != 32 { // adopted from the journal: nothing of it is known but its root
		return r, nil
	}
	if r.round, err = tlog.RestoreRound([32]byte(seed), commitments); err != nil {
		return nil, fmt.Errorf("round %d: %w", number, err)
	}
	return r, nil
}

// commitment is what a round holds of an event.
func commitment(salt, envelope []byte) canon.Hash { return commit.Commit([32]byte(salt), envelope) }

const selectShown = `SELECT shown, published FROM log_head WHERE one`

// Checkpoint is the newest published checkpoint; bidding.ErrMissing before the log has begun.
func (l *Log) Checkpoint(ctx context.Context) (tlog.SignedCheckpoint, error) {
	var shown []byte
	var size int64
	err := l.pool.QueryRow(ctx, selectShown).Scan(&shown, &size)
	if errors.Is(err, pgx.ErrNoRows) {
		return tlog.SignedCheckpoint{}, bidding.ErrMissing
	}
	if err != nil {
		return tlog.SignedCheckpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	return pki.ParseSigned[tlog.Checkpoint](shown)
}

func (l *Log) size(ctx context.Context) (size int64, err error) {
	err = l.pool.QueryRow(ctx, `SELECT published FROM log_head WHERE one`).Scan(&size)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return size, err
}

// Consistency proves that the log of size to continues that of size from; bidding.ErrMissing beyond what is published.
func (l *Log) Consistency(ctx context.Context, from, to int64) ([]canon.Hash, error) {
	size, err := l.size(ctx)
	if err != nil {
		return nil, fmt.Errorf("consistency: %w", err)
	}
	if from < 0 || to < from || to > size {
		return nil, bidding.ErrMissing
	}
	return tlog.ConsistencyProof(ctx, l.tiles, from, to)
}

// Inclusion proves that a round is a leaf of the published log of a size; bidding.ErrMissing beyond what is published.
func (l *Log) Inclusion(ctx context.Context, round, size int64) ([]canon.Hash, error) {
	published, err := l.size(ctx)
	if err != nil {
		return nil, fmt.Errorf("inclusion: %w", err)
	}
	if round < 0 || round >= size || size > published {
		return nil, bidding.ErrMissing
	}
	return tlog.InclusionProof(ctx, l.tiles, round, size)
}

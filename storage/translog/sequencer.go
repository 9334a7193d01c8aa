package translog

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
	"sunbid/storage/objects"
)

// leaderLock is the advisory lock of the one sequencer ("SBLG").
const leaderLock int64 = 0x53424c47

// perRound bounds a round; more events go to the next, within the merge delay.
const perRound = tlog.RoundCapacity

// ErrStandby says that another process sequences now.
var ErrStandby = errors.New("another process is the sequencer")

// Sequencer writes the log. One goroutine owns it.
type Sequencer struct {
	log     *Log
	journal journal
	signer  pki.Signer
	clock   bidding.Clock

	conn *pgx.Conn // holds the leader's lock and makes every write; nil while not leading
	head head      // as in the database, while conn is not nil
	owed bool      // events of the spine may wait to be disclosed
}

// NewSequencer makes a sequencer of the log, which signs with the log's key. It leads nothing before its first Round.
func NewSequencer(log *Log, store objects.Store, signer pki.Signer, clock bidding.Clock) (*Sequencer, error) {
	if signer.Certificate().Fingerprint() != log.certificate.Fingerprint() {
		return nil, errors.New("sequencer: the signer is not the log's")
	}
	return &Sequencer{log: log, journal: journal{store}, signer: signer, clock: clock}, nil
}

// Round sequences what is committed and publishes it: the log grows by exactly one leaf. First it finishes what an earlier
// call left unfinished. ErrStandby when another process leads, ErrFork when going on would sign a second history. After any
// error the next call begins from what is durable.
func (s *Sequencer) Round(ctx context.Context) (tlog.SignedCheckpoint, error) {
	if err := s.lead(ctx); err != nil {
		return tlog.SignedCheckpoint{}, err
	}
	if err := s.publish(ctx, nil); err != nil {
		return tlog.SignedCheckpoint{}, err
	}
	made, err := s.sequence(ctx)
	if err != nil {
		s.Resign(ctx) // what the database kept is not known here
		return tlog.SignedCheckpoint{}, fmt.Errorf("sequence round %d: %w", s.head.size, err)
	}
	// From here the events are sequenced: a crash before the next line delays only their publication.
	if err := s.publish(ctx, made); err != nil {
		return tlog.SignedCheckpoint{}, err
	}
	if err := s.disclose(ctx); err != nil {
		return tlog.SignedCheckpoint{}, err
	}
	return s.head.checkpoint, nil
}

// Reconcile takes the lead and brings database and journal together, as the first Round does too: rounds known to the journal
// alone are adopted, journal entries that are missing are written anew. Every checkpoint that somebody else has seen (a
// keyholder's last one) must lie within this log: if not, ErrFork, and nothing is written.
func (s *Sequencer) Reconcile(ctx context.Context, seen ...tlog.SignedCheckpoint) error {
	if err := s.lead(ctx); err != nil {
		return err
	}
	return s.agree(ctx, seen)
}

// Resign gives up the lead; the next Round takes it again and reloads everything.
func (s *Sequencer) Resign(ctx context.Context) {
	if s.conn == nil {
		return
	}
	closing, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer done()
	// Closing gives the lock up too, but only when the server gets round to it; another process may be waiting to lead.
	s.conn.Exec(closing, `SELECT pg_advisory_unlock($1)`, leaderLock)
	s.conn.Close(closing)
	s.conn = nil
}

// lead makes sure that this process leads and that head is what is durable.
func (s *Sequencer) lead(ctx context.Context) error {
	if s.conn != nil && !s.conn.IsClosed() {
		return nil
	}
	s.conn = nil
	pooled, err := s.log.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("lead the log: %w", err)
	}
	s.conn = pooled.Hijack() // the lock ends with this connection, and so must everything that is written under it
	var ours bool
	if err := s.conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, leaderLock).Scan(&ours); err != nil {
		s.Resign(ctx)
		return fmt.Errorf("lead the log: %w", err)
	}
	if !ours {
		s.Resign(ctx)
		return ErrStandby
	}
	s.owed = true
	if err := s.reconcile(ctx); err != nil {
		s.Resign(ctx)
		return fmt.Errorf("reconcile the log: %w", err)
	}
	return nil
}

// waiting is a committed event that has no round yet.
type waiting struct {
	id  int64
	key key
}

const selectWaiting = `SELECT id, stream, seq, type, salt, envelope FROM event WHERE round IS NULL ORDER BY id LIMIT $1`

const placeEvents = `UPDATE event SET round = $1, slot = placed.slot
	FROM unnest($2::bigint[], $3::integer[]) AS placed (id, slot) WHERE event.id = placed.id AND event.round IS NULL`

const insertRound = `INSERT INTO log_round (round, root, seed, at, lost) VALUES ($1, $2, $3, $4, false)`

// sequence gives every waiting event its round and slot, in one transaction with the leaf, the tiles and the signed head.
func (s *Sequencer) sequence(ctx context.Context) (*sequenced, error) {
	tx, err := s.conn.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback(context.WithoutCancel(ctx))
	events, commitments, err := s.waiting(ctx, tx)
	if err != nil {
		return nil, err
	}
	var seed [32]byte
	rand.Read(seed[:])
	round, err := tlog.NewRound(seed, commitments, rand.Reader)
	if err != nil {
		return nil, err
	}
	at := s.clock.Now()
	made := &sequenced{number: s.head.size, at: at, round: round, slots: make(map[key]int, len(events))}
	ids, slots := make([]int64, len(events)), make([]int32, len(events))
	for i, slotted := range round.Slots() {
		ids[i], slots[i] = events[i].id, int32(slotted.Slot)
		made.slots[events[i].key] = slotted.Slot
	}
	next, err := s.grow(ctx, []canon.Hash{round.Root()})
	if err != nil {
		return nil, err
	}
	if next.checkpoint, err = s.sign(next.size, next.root); err != nil {
		return nil, err
	}
	b := &pgx.Batch{}
	if len(ids) > 0 {
		b.Queue(placeEvents, made.number, ids, slots).Exec(exactly(len(ids)))
	}
	root := round.Root()
	b.Queue(insertRound, made.number, root[:], seed[:], at)
	if err := s.save(b, next); err != nil {
		return nil, err
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return nil, err
	}
	if err := tx.Commit(ctx); err != nil {
		return nil, err
	}
	s.head = next.head
	return made, nil
}

func (s *Sequencer) waiting(ctx context.Context, tx pgx.Tx) ([]waiting, []canon.Hash, error) {
	rows, err := tx.Query(ctx, selectWaiting, perRound)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	var events []waiting
	var commitments []canon.Hash
	for rows.Next() {
		var w waiting
		var salt, envelope []byte
		var kind string
		if err := rows.Scan(&w.id, &w.key.stream, &w.key.seq, &kind, &salt, &envelope); err != nil {
			return nil, nil, err
		}
		s.owed = s.owed || slices.Contains(spine(), kind)
		events, commitments = append(events, w), append(commitments, commitment(salt, envelope))
	}
	return events, commitments, rows.Err()
}

// sign makes the checkpoint of a size and root.
func (s *Sequencer) sign(size int64, root canon.Hash) (tlog.SignedCheckpoint, error) {
	return pki.Sign(tlog.Checkpoint{
		Type: tlog.CheckpointType, Origin: s.log.origin, Size: size, Root: root, At: canon.At(s.clock.Now()),
	}, s.signer)
}

package translog

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/crypto/tlog"
)

// Await blocks until all the recorded events are published, or ctx ends, and returns their proofs in the same order.
// Waiters of one round share one tree; none of them asks the database unless its event is older than what is remembered.
func (l *Log) Await(ctx context.Context, r bidding.Recorded) ([]tlog.EventProof, error) {
	proofs := make([]tlog.EventProof, len(r.Events))
	for i, e := range r.Events {
		p, err := l.Proof(ctx, e)
		if err != nil {
			return nil, err
		}
		proofs[i] = p
	}
	return proofs, nil
}

// Proof is Await for one event.
func (l *Log) Proof(ctx context.Context, e bidding.RecordedEvent) (tlog.EventProof, error) {
	k := key{e.Stream, e.Seq}
	for waited := 0; ; waited++ {
		l.mu.Lock()
		changed := l.changed
		r := l.remembered(k)
		fresh := len(l.recent) > 0 && !l.recent[0].at.After(e.At)
		l.mu.Unlock()
		if r != nil {
			return r.proof(k)
		}
		// An event recorded after the oldest remembered round can only be in a remembered one or be still to come. Two rounds later that
		// is no longer so sure: clocks of several machines differ, and a round takes only so many.
		if !fresh || waited > 2 {
			p, err := l.stored(ctx, k)
			if !errors.Is(err, bidding.ErrMissing) {
				return p, err
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return tlog.EventProof{}, fmt.Errorf("await the log: %w", ctx.Err())
		}
	}
}

// remembered finds the round of an event among the newest. The caller holds mu.
func (l *Log) remembered(k key) *sequenced {
	for _, r := range slices.Backward(l.recent) {
		if _, ok := r.slots[k]; ok {
			return r
		}
	}
	return nil
}

func (r *sequenced) proof(k key) (tlog.EventProof, error) {
	slot := r.slots[k]
	siblings, err := r.round.Proof(slot)
	if err != nil {
		return tlog.EventProof{}, fmt.Errorf("proof in round %d: %w", r.number, err)
	}
	return tlog.EventProof{
		Round: r.number, Slot: slot, Siblings: siblings,
		Size: r.checkpoint.Body.Size, Path: r.path, Checkpoint: r.checkpoint,
	}, nil
}

const selectPlace = `SELECT event.round FROM event, log_head
	WHERE stream = $1 AND seq = $2 AND event.round < log_head.published`

// stored makes the proof of an event from the database; bidding.ErrMissing while it is not published.
func (l *Log) stored(ctx context.Context, k key) (tlog.EventProof, error) {
	var number int64
	if err := l.pool.QueryRow(ctx, selectPlace, k.stream, k.seq).Scan(&number); err != nil {
		if errors.Is(err, pgx.ErrNoRows) {
			return tlog.EventProof{}, bidding.ErrMissing
		}
		return tlog.EventProof{}, fmt.Errorf("place of an event: %w", err)
	}
	r, err := l.load(ctx, number)
	if err != nil {
		return tlog.EventProof{}, err
	}
	if r.checkpoint, err = l.Checkpoint(ctx); err != nil {
		return tlog.EventProof{}, err
	}
	if r.path, err = tlog.InclusionProof(ctx, l.tiles, number, r.checkpoint.Body.Size); err != nil {
		return tlog.EventProof{}, err
	}
	return r.proof(k)
}

const selectEvent = `SELECT at, type, salt, envelope FROM event WHERE stream = $1 AND seq = $2`

// Disclosed blocks until the event is published or ctx ends, then gives envelope, salt and proof. bidding.ErrMissing when there is no such
// event. Whether the law lets it out is the caller's to know: the salt opens the commitment for ever.
func (l *Log) Disclosed(ctx context.Context, stream string, seq int) (tlog.Disclosed, error) {
	e := bidding.RecordedEvent{Stream: stream, Seq: seq}
	err := l.pool.QueryRow(ctx, selectEvent, stream, seq).Scan(&e.At, &e.Type, (*[]byte)(&e.Salt), &e.Envelope)
	if errors.Is(err, pgx.ErrNoRows) {
		return tlog.Disclosed{}, bidding.ErrMissing
	}
	if err != nil {
		return tlog.Disclosed{}, fmt.Errorf("disclose %s/%d: %w", stream, seq, err)
	}
	return l.Disclose(ctx, e)
}

// Disclose is Disclosed for an event at hand.
func (l *Log) Disclose(ctx context.Context, e bidding.RecordedEvent) (tlog.Disclosed, error) {
	envelope, err := tlog.ParseEnvelope(e.Envelope)
	if err != nil {
		return tlog.Disclosed{}, fmt.Errorf("disclose %s/%d: %w", e.Stream, e.Seq, err)
	}
	proof, err := l.Proof(ctx, e)
	if err != nil {
		return tlog.Disclosed{}, fmt.Errorf("disclose %s/%d: %w", e.Stream, e.Seq, err)
	}
	return tlog.Disclosed{Envelope: envelope, Salt: e.Salt, Proof: proof}, nil
}

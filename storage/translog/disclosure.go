package translog

import (
	"context"
	"fmt"

	"sunbid/crypto/canon"
	"sunbid/crypto/tlog"
)

const selectOfLot = `SELECT round, stream, seq, type, salt, envelope FROM event
	WHERE (lot = $1 OR lot IS NULL AND tender = $2) AND round < $3 ORDER BY round, id`

// OfLot gives the events of a lot, and of its tender as a whole, that may asks for, each with its proof under the one checkpoint, in log order. The law must have
// let them out: whether it has is the caller's to know, by type and stream.
func (l *Log) OfLot(ctx context.Context, tender, lot string, checkpoint tlog.SignedCheckpoint, may func(kind, stream string) bool) ([]tlog.Disclosed, error) {
	type placed struct {
		key
		round          int64
		salt, envelope []byte
	}
	rows, err := l.pool.Query(ctx, selectOfLot, lot, tender, checkpoint.Body.Size)
	if err != nil {
		return nil, fmt.Errorf("events of lot: %w", err)
	}
	defer rows.Close()
	var events []placed
	for rows.Next() {
		var p placed
		var kind string
		if err := rows.Scan(&p.round, &p.stream, &p.seq, &kind, &p.salt, &p.envelope); err != nil {
			return nil, fmt.Errorf("events of lot: %w", err)
		}
		if may(kind, p.stream) {
			events = append(events, p)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("events of lot: %w", err)
	}
	var list []tlog.Disclosed
	var round *sequenced
	for _, e := range events {
		if round == nil || round.number != e.round {
			if round, err = l.load(ctx, e.round); err != nil {
				return nil, err
			}
			if round.path, err = tlog.InclusionProof(ctx, l.tiles, e.round, checkpoint.Body.Size); err != nil {
				return nil, fmt.Errorf("events of lot: %w", err)
			}
			round.checkpoint = checkpoint
		}
		proof, err := round.proof(e.key)
		if err != nil {
			return nil, fmt.Errorf("events of lot: %w", err)
		}
		envelope, err := tlog.ParseEnvelope(e.envelope)
		if err != nil {
			return nil, fmt.Errorf("events of lot: %w", err)
		}
		list = append(list, tlog.Disclosed{Envelope: envelope, Salt: canon.Hex(e.salt), Proof: proof})
	}
	return list, nil
}

// Settled blocks until every recorded event of the lot is published, or ctx ends, and returns a checkpoint that covers them all.
func (l *Log) Settled(ctx context.Context, tender, lot string) (tlog.SignedCheckpoint, error) {
	const last = `SELECT count(*) FILTER (WHERE round IS NULL), coalesce(max(round), -1) FROM event WHERE lot = $1 OR lot IS NULL AND tender = $2`
	size := int64(0)
	for {
		var waiting, round int64
		if err := l.pool.QueryRow(ctx, last, lot, tender).Scan(&waiting, &round); err != nil {
			return tlog.SignedCheckpoint{}, fmt.Errorf("events of lot: %w", err)
		}
		checkpoint, err := l.After(ctx, size)
		if err != nil {
			return tlog.SignedCheckpoint{}, err
		}
		if size = checkpoint.Body.Size; waiting == 0 && round < size {
			return checkpoint, nil
		}
	}
}

package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
)

// KeyPool keeps opening keys that the keyholders made in advance, as signed key records. Each is given to one lot, once.
type KeyPool struct{ db *DB }

// NewKeyPool makes the store.
func NewKeyPool(db *DB) *KeyPool { return &KeyPool{db} }

// Add stores a fresh key's signed record; the same again is no error.
func (p *KeyPool) Add(ctx context.Context, key string, record []byte) error {
	const insert = `INSERT INTO key_pool (key, record, at) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING`
	if _, err := p.db.app.Exec(ctx, insert, key, record, p.db.clock.Now()); err != nil {
		return fmt.Errorf("add opening key: %w", err)
	}
	return nil
}

// Take gives the lot a key for good, the oldest that is free, and returns its signed record; asked again for the same lot it
// returns the same. bidding.ErrMissing when the pool is empty.
func (p *KeyPool) Take(ctx context.Context, lot bidding.LotID) (record []byte, err error) {
	const taken = `SELECT record FROM key_pool WHERE lot = $1`
	const take = `UPDATE key_pool SET lot = $1 WHERE key = (
		SELECT key FROM key_pool WHERE lot IS NULL ORDER BY at, key LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING record`
	err = p.db.inTx(ctx, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		exclude(b, lot)
		b.Queue(taken, lot.String()).QueryRow(optional(&record))
		if err := tx.SendBatch(ctx, b).Close(); err != nil || record != nil {
			return err
		}
		return missing(tx.QueryRow(ctx, take, lot.String()).Scan(&record))
	})
	if err != nil {
		return nil, fmt.Errorf("take opening key: %w", err)
	}
	return record, nil
}

// Of returns the record of a lot's key; bidding.ErrMissing while it has none.
func (p *KeyPool) Of(ctx context.Context, lot bidding.LotID) (record []byte, err error) {
	err = p.db.app.QueryRow(ctx, `SELECT record FROM key_pool WHERE lot = $1`, lot.String()).Scan(&record)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, bidding.ErrMissing
	}
	if err != nil {
		return nil, fmt.Errorf("opening key: %w", err)
	}
	return record, nil
}

// Free counts the keys that stand ready.
func (p *KeyPool) Free(ctx context.Context) (n int, err error) {
	if err := p.db.app.QueryRow(ctx, `SELECT count(*) FROM key_pool WHERE lot IS NULL`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count opening keys: %w", err)
	}
	return n, nil
}

package postgres

import (
	"context"
	"fmt"
	"time"

	"sunbid/crypto/canon"
)

// Commands remembers the answers given to idempotency keys.
type Commands struct{ db *DB }

// NewCommands makes the store.
func NewCommands(db *DB) *Commands { return &Commands{db} }

// Recall returns the answer given to an owner's key, with the digest of the request that it answered;
// bidding.ErrMissing when the key is new.
func (c *Commands) Recall(ctx context.Context, owner, key string) (request canon.Hash, status int, body []byte, err error) {
	const find = `SELECT request, status, body FROM command WHERE owner = $1 AND key = $2`
	var digest []byte
	if err := c.db.app.QueryRow(ctx, find, owner, key).Scan(&digest, &status, &body); err != nil {
		return request, 0, nil, fmt.Errorf("recall command: %w", missing(err))
	}
	copy(request[:], digest)
	return request, status, body, nil
}

// Remember stores an answer. The first one stands; a second is no error and changes nothing.
func (c *Commands) Remember(ctx context.Context, owner, key string, request canon.Hash, status int, body []byte, at time.Time) error {
	const insert = `INSERT INTO command (owner, key, request, status, body, at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (owner, key) DO NOTHING`
	if body == nil {
		body = []byte{}
	}
	if _, err := c.db.app.Exec(ctx, insert, owner, key, request[:], status, body, at); err != nil {
		return fmt.Errorf("remember command: %w", err)
	}
	return nil
}

// Sweep forgets answers given before a moment.
func (c *Commands) Sweep(ctx context.Context, before time.Time) error {
	if _, err := c.db.app.Exec(ctx, `DELETE FROM command WHERE at < $1`, before); err != nil {
		return fmt.Errorf("sweep commands: %w", err)
	}
	return nil
}

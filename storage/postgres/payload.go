package postgres

import (
	"context"
	"fmt"

	"sunbid/crypto/canon"
	"sunbid/crypto/sm"
)

const insertPayload = `INSERT INTO payload (digest, kind, bytes, at) VALUES ($1, $2, $3, $4) ON CONFLICT (digest) DO NOTHING`

// PutPayload stores bytes that events name by their SM3 digest, and returns it. Storing the same bytes again is no error.
func (db *DB) PutPayload(ctx context.Context, kind string, body []byte) (canon.Hash, error) {
	digest := canon.Hash(sm.Sum(body))
	if _, err := db.app.Exec(ctx, insertPayload, digest[:], kind, body, db.clock.Now()); err != nil {
		return canon.Hash{}, fmt.Errorf("store %s: %w", kind, err)
	}
	return digest, nil
}

// Payload returns the bytes with this digest; bidding.ErrMissing when there are none, or no longer.
func (db *DB) Payload(ctx context.Context, digest canon.Hash) ([]byte, error) {
	var body []byte
	if err := db.app.QueryRow(ctx, `SELECT bytes FROM payload WHERE digest = $1`, digest[:]).Scan(&body); err != nil {
		return nil, fmt.Errorf("payload %s: %w", digest, missing(err))
	}
	return body, nil
}

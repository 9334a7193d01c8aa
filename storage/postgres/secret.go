package postgres

import (
	"context"
	"fmt"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
)

// Secrets keeps sessions and login challenges by the digest of their secret.
type Secrets struct{ db *DB }

// NewSecrets makes the store.
func NewSecrets(db *DB) *Secrets { return &Secrets{db} }

// Keep stores a new secret; a second one of the same kind and digest is a conflict.
func (s *Secrets) Keep(ctx context.Context, kind string, digest canon.Hash, body []byte, expires time.Time) error {
	const insert = `INSERT INTO web_secret (kind, digest, body, expires_at) VALUES ($1, $2, $3, $4)`
	if _, err := s.db.app.Exec(ctx, insert, kind, digest[:], body, expires); err != nil {
		return fmt.Errorf("keep %s: %w", kind, conflict(err))
	}
	return nil
}

// Find returns what was kept; bidding.ErrMissing when there is none or it has expired.
func (s *Secrets) Find(ctx context.Context, kind string, digest canon.Hash, at time.Time) ([]byte, error) {
	const find = `SELECT body FROM web_secret WHERE kind = $1 AND digest = $2 AND expires_at > $3`
	return s.one(ctx, find, kind, digest, at)
}

// Take is Find that leaves nothing: of two callers at once one gets it, the other bidding.ErrMissing.
func (s *Secrets) Take(ctx context.Context, kind string, digest canon.Hash, at time.Time) ([]byte, error) {
	const take = `DELETE FROM web_secret WHERE kind = $1 AND digest = $2 AND expires_at > $3 RETURNING body`
	return s.one(ctx, take, kind, digest, at)
}

func (s *Secrets) one(ctx context.Context, sql, kind string, digest canon.Hash, at time.Time) ([]byte, error) {
	var body []byte
	if err := s.db.app.QueryRow(ctx, sql, kind, digest[:], at).Scan(&body); err != nil {
		return nil, fmt.Errorf("find %s: %w", kind, missing(err))
	}
	return body, nil
}

// Replace changes body and expiry of an existing secret; bidding.ErrMissing when there is none.
func (s *Secrets) Replace(ctx context.Context, kind string, digest canon.Hash, body []byte, expires time.Time) error {
	const update = `UPDATE web_secret SET body = $3, expires_at = $4 WHERE kind = $1 AND digest = $2`
	tag, err := s.db.app.Exec(ctx, update, kind, digest[:], body, expires)
	if err != nil {
		return fmt.Errorf("replace %s: %w", kind, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("replace %s: %w", kind, bidding.ErrMissing)
	}
	return nil
}

// Drop removes a secret, which may be gone already.
func (s *Secrets) Drop(ctx context.Context, kind string, digest canon.Hash) error {
	if _, err := s.db.app.Exec(ctx, `DELETE FROM web_secret WHERE kind = $1 AND digest = $2`, kind, digest[:]); err != nil {
		return fmt.Errorf("drop %s: %w", kind, err)
	}
	return nil
}

// Sweep removes what has expired.
func (s *Secrets) Sweep(ctx context.Context, at time.Time) error {
	if _, err := s.db.app.Exec(ctx, `DELETE FROM web_secret WHERE expires_at <= $1`, at); err != nil {
		return fmt.Errorf("sweep secrets: %w", err)
	}
	return nil
}

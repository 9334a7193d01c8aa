package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/crypto/canon"
)

// Refusals keeps what known callers were refused and is no event: requests, and logins with an enrolled certificate. Who sends more
// than bid.RefusalsPerDay for one lot on one day is counted from there on, so nobody fills the database.
type Refusals struct{ db *DB }

// NewRefusals makes the store.
func NewRefusals(db *DB) *Refusals { return &Refusals{db} }

// dayOf is the day of a moment in UTC+8, in SQL.
func dayOf(at string) string { return `((` + at + ` AT TIME ZONE 'UTC') + interval '8 hours')::date` }

// Kinds of refusal_day.
const (
	dayOfAttempts = "attempt"
	dayOfRequests = "request"
)

// countRefusal counts one and tells whether it is to be kept: within the day's number.
func countRefusal() string {
	return `INSERT INTO refusal_day AS d (kind, org, lot, day, kept, more) VALUES ($1, $2, $3, ` + dayOf("$4::timestamptz") + `, 1, 0)
		ON CONFLICT (kind, org, lot, day) DO UPDATE SET kept = d.kept + (d.kept < $5)::integer, more = d.more + (d.kept >= $5)::integer
		RETURNING d.more = 0`
}

func within(ctx context.Context, tx pgx.Tx, kind, org, lot string, at time.Time) (keep bool, err error) {
	err = tx.QueryRow(ctx, countRefusal(), kind, org, lot, at, bid.RefusalsPerDay).Scan(&keep)
	if err != nil {
		return false, fmt.Errorf("count a refusal: %w", err)
	}
	return keep, nil
}

// Request records that a caller's request was refused: the endpoint as the access table has it, the code, never what was sent.
// A lot that is not there is left out, so that inventing lots makes no more rows.
func (s *Refusals) Request(ctx context.Context, by bidding.Actor, lot bidding.LotID, endpoint, code string, at time.Time) error {
	const insert = `INSERT INTO request_refused (org, person, role, lot, endpoint, code, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	return s.db.inTx(ctx, func(tx pgx.Tx) error {
		var known string
		const find = `SELECT coalesce((SELECT lot FROM lot WHERE lot = $1), '')`
		if err := tx.QueryRow(ctx, find, text(lot)).Scan(&known); err != nil {
			return fmt.Errorf("lot of a refused request: %w", err)
		}
		keep, err := within(ctx, tx, dayOfRequests, text(by.Org), known, at)
		if err != nil || !keep {
			return err
		}
		if _, err := tx.Exec(ctx, insert, text(by.Org), text(by.Person), string(by.Role), known, endpoint, code, at); err != nil {
			return fmt.Errorf("record a refused request: %w", err)
		}
		return nil
	})
}

// Login counts a refused login with a certificate. One that nobody enrolled leaves nothing.
func (s *Refusals) Login(ctx context.Context, certificate canon.Hash, code string, at time.Time) error {
	count := `INSERT INTO login_refused AS l (certificate, code, day, count, last_at)
		SELECT fingerprint, $2, ` + dayOf("$3::timestamptz") + `, 1, $3 FROM certificate WHERE fingerprint = $1 AND org IS NOT NULL
		ON CONFLICT (certificate, code, day) DO UPDATE SET count = l.count + 1, last_at = greatest(l.last_at, excluded.last_at)`
	if _, err := s.db.app.Exec(ctx, count, certificate[:], code, at); err != nil {
		return fmt.Errorf("record a refused login: %w", err)
	}
	return nil
}

package party

import (
	"context"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// Organisations keeps them. Every write is one transaction: row, events and documents together or nothing.
type Organisations interface {
	// Enrol finds the organisation by its code, or passes a fresh one (Snapshot().ID zero), and saves what fn did.
	// Two enrolments of one code at once are serialised.
	Enrol(ctx context.Context, by bidding.Actor, at time.Time, code string, fn func(*Organisation) (bidding.Document, error)) (bidding.Recorded, error)
	// Update loads, runs fn, saves. bidding.ErrMissing when there is none; bidding.ErrConflict when the version moved.
	Update(ctx context.Context, by bidding.Actor, at time.Time, id bidding.OrgID, fn func(*Organisation) ([]bidding.Document, error)) (bidding.Recorded, error)
	// ByCertificate is the organisation one of whose people has this certificate, in whatever standing; ErrMissing.
	ByCertificate(ctx context.Context, fingerprint canon.Hash) (State, error)
	// Get is one organisation; ErrMissing.
	Get(ctx context.Context, id bidding.OrgID) (State, error)
	// List pages through those of one standing (empty: all) in order of ID; next is empty at the end.
	List(ctx context.Context, standing Standing, cursor string, limit int) (page []State, next string, err error)
}

// Trust judges a certificate as of a moment: chain, validity, usage, revocation (crypto/pki).
type Trust interface {
	Judge(c *pki.Certificate, usage pki.Usage, at time.Time) error
}

package auth

import (
	"context"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// Secrets keeps what must expire, by kind and digest; the secret itself never reaches it.
type Secrets interface {
	// Keep stores a new row; it never overwrites.
	Keep(ctx context.Context, kind string, digest canon.Hash, body []byte, expires time.Time) error
	// Find returns the body; bidding.ErrMissing when there is none, or it has expired at `at`.
	Find(ctx context.Context, kind string, digest canon.Hash, at time.Time) ([]byte, error)
	// Take finds and removes in one step: of two callers one gets it, the other bidding.ErrMissing.
	Take(ctx context.Context, kind string, digest canon.Hash, at time.Time) ([]byte, error)
	// Replace changes body and expiry of an existing row; bidding.ErrMissing when it is gone.
	Replace(ctx context.Context, kind string, digest canon.Hash, body []byte, expires time.Time) error
	// Drop removes the row; that there was none is no error.
	Drop(ctx context.Context, kind string, digest canon.Hash) error
}

// Parties knows who stands behind a certificate (party.Service).
type Parties interface {
	// Actor refuses when the certificate is unknown or not active, or its holder does not have the role at that time.
	Actor(ctx context.Context, fingerprint canon.Hash, role bidding.Role, at time.Time) (bidding.Actor, error)
}

// Certificates judges a certificate as of a time: chain, validity, usage, revocation; a coded error says what is wrong.
type Certificates interface {
	Judge(c *pki.Certificate, usage pki.Usage, at time.Time) error
}

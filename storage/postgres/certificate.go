package postgres

import (
	"context"
	"fmt"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/party"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// Certificates implements the Certificates ports of the stages: it finds certificates here and has them judged by the trust.
type Certificates struct {
	organisations *Organisations
	trust         party.Trust
}

// NewCertificates makes the store.
func NewCertificates(db *DB, trust party.Trust) *Certificates {
	return &Certificates{NewOrganisations(db), trust}
}

const addCertificate = `INSERT INTO certificate (fingerprint, der, public) VALUES ($1, $2, true)
	ON CONFLICT (fingerprint) DO UPDATE SET public = true`

// Add makes a certificate known that belongs to no enrolled person, and public: the platform's, the log's, a keyholder's.
func (c *Certificates) Add(ctx context.Context, certificates ...*pki.Certificate) error {
	for _, x := range certificates {
		fingerprint := x.Fingerprint()
		if _, err := c.organisations.db.app.Exec(ctx, addCertificate, fingerprint[:], x.DER()); err != nil {
			return fmt.Errorf("store certificate: %w", err)
		}
	}
	return nil
}

// Find returns a certificate that was enrolled or added; bidding.ErrMissing when unknown.
func (c *Certificates) Find(ctx context.Context, fingerprint canon.Hash) (*pki.Certificate, error) {
	var der []byte
	err := c.organisations.db.app.QueryRow(ctx, `SELECT der FROM certificate WHERE fingerprint = $1`, fingerprint[:]).Scan(&der)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", missing(err))
	}
	return pki.ParseCertificate(der)
}

// Judge asks the trust.
func (c *Certificates) Judge(x *pki.Certificate, usage pki.Usage, at time.Time) error {
	return c.trust.Judge(x, usage, at)
}

// Holder is the organisation whose person has this certificate; bidding.ErrMissing.
func (c *Certificates) Holder(ctx context.Context, fingerprint canon.Hash) (party.State, error) {
	return c.organisations.ByCertificate(ctx, fingerprint)
}

// Bidder implements bid.Bidders.
func (c *Certificates) Bidder(ctx context.Context, org bidding.OrgID) (name, code string, err error) {
	return c.organisations.Bidder(ctx, org)
}

package client

import (
	"context"
	"fmt"
	"net/url"

	"sunbid/bidding"
	"sunbid/bidding/party"
	"sunbid/web/api/wire"
)

// Enrol hands in a signed enrolment. It needs no session.
func (c *Client) Enrol(ctx context.Context, signed party.SignedEnrolment) (wire.Enrolled, error) {
	raw, err := signed.Marshal()
	if err != nil {
		return wire.Enrolled{}, fmt.Errorf("encode enrolment: %w", err)
	}
	var out wire.Enrolled
	err = c.patient(ctx, call{method: "POST", path: "/enrolments", body: raw, media: "application/json", open: true}, &out)
	return out, err
}

// RehearsalCertificates asks the rehearsal's own authority for a pair; production answers bidding.ErrMissing.
func (c *Client) RehearsalCertificates(ctx context.Context, signing, encryption []byte) (wire.Certificates, error) {
	var out wire.Certificates
	err := c.public(ctx, "/rehearsal/certificates", wire.CertificateRequests{Signing: signing, Encryption: encryption}, &out)
	return out, err
}

// Renew replaces the caller's certificates.
func (c *Client) Renew(ctx context.Context, signed party.SignedRenewal) error {
	return postSigned(ctx, c, "/me/certificates", signed, nil)
}

// Organisations lists enrolments of one standing (empty: all), for the trading centre.
func (c *Client) Organisations(ctx context.Context, standing party.Standing, cursor string) (wire.Organisations, error) {
	var out wire.Organisations
	err := c.get(ctx, "/enrolments", url.Values{"standing": {string(standing)}, "cursor": {cursor}}, &out)
	return out, err
}

// Approve lets a person act in roles.
func (c *Client) Approve(ctx context.Context, org bidding.OrgID, person bidding.PersonID, roles []bidding.Role) error {
	return c.post(ctx, "/enrolments/"+org.String()+"/approve", wire.PersonRoles{Person: person, Roles: roles}, nil)
}

// Refuse does not.
func (c *Client) Refuse(ctx context.Context, org bidding.OrgID, person bidding.PersonID, reason string) error {
	return c.post(ctx, "/enrolments/"+org.String()+"/refuse", wire.PersonReason{Person: person, Reason: reason}, nil)
}

// Grant gives a person more roles.
func (c *Client) Grant(ctx context.Context, org bidding.OrgID, person bidding.PersonID, roles []bidding.Role) error {
	return c.post(ctx, "/enrolments/"+org.String()+"/grant", wire.PersonRoles{Person: person, Roles: roles}, nil)
}

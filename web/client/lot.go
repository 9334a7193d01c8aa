package client

import (
	"context"
	"fmt"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/notice"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/web/api/wire"
)

// postSigned sends a signed record as it is. Its hash is the Idempotency-Key, so that the same record again, even from
// another run of the program, is the same request.
func postSigned[T any](ctx context.Context, c *Client, path string, r pki.Signed[T], out any) error {
	raw, err := r.Marshal()
	if err != nil {
		return fmt.Errorf("encode signed record: %w", err)
	}
	hash, err := canon.HashOf(r)
	if err != nil {
		return fmt.Errorf("hash signed record: %w", err)
	}
	return c.postRaw(ctx, path, raw, hash.String(), out)
}

func onLot(id bidding.LotID, rest string) string { return "/lots/" + id.String() + rest }

// CreateTender makes a tender.
func (c *Client) CreateTender(ctx context.Context, n tender.New) (tender.State, error) {
	var out tender.State
	err := c.post(ctx, "/tenders", n, &out)
	return out, err
}

// DraftLot makes a lot of a tender.
func (c *Client) DraftLot(ctx context.Context, id bidding.TenderID, n tender.NewLot) (tender.LotState, error) {
	var out tender.LotState
	err := c.post(ctx, "/tenders/"+id.String()+"/lots", n, &out)
	return out, err
}

// CheckLot judges a lot's timetable as if it were announced now.
func (c *Client) CheckLot(ctx context.Context, id bidding.LotID) ([]law.Finding, error) {
	var out []law.Finding
	err := c.get(ctx, onLot(id, "/check"), nil, &out)
	return out, err
}

// DealOfficers registers the officers' key.
func (c *Client) DealOfficers(ctx context.Context, id bidding.LotID, key pki.Signed[custody.OfficerKey]) (tender.LotState, error) {
	var out tender.LotState
	err := postSigned(ctx, c, onLot(id, "/officer-key"), key, &out)
	return out, err
}

// Bind has the keyholders bind an opening key to the lot.
func (c *Client) Bind(ctx context.Context, id bidding.LotID, authorities []tender.Authority) (tender.LotState, error) {
	var out tender.LotState
	err := c.post(ctx, onLot(id, "/bind"), wire.Bind{Authorities: authorities}, &out)
	return out, err
}

// Announce publishes the signed tender notice with the contact block that it commits to.
func (c *Client) Announce(ctx context.Context, id bidding.LotID, n notice.Signed, contacts *notice.Contacts) (tender.LotState, error) {
	var out tender.LotState
	err := c.postNotice(ctx, onLot(id, "/announce"), n, contacts, &out)
	return out, err
}

func (c *Client) postNotice(ctx context.Context, path string, n notice.Signed, contacts *notice.Contacts, into any) error {
	raw, err := n.Marshal()
	if err != nil {
		return fmt.Errorf("encode notice: %w", err)
	}
	return c.post(ctx, path, wire.Notice{Notice: raw, Contacts: contacts}, into)
}

// Postpone moves the opening time with a signed postponement and its signed notice.
func (c *Client) Postpone(ctx context.Context, id bidding.LotID, p pki.Signed[custody.Postponement], n notice.Signed) (tender.LotState, error) {
	var out tender.LotState
	body := wire.Postpone{}
	var err error
	if body.Postponement, err = p.Marshal(); err != nil {
		return out, fmt.Errorf("encode postponement: %w", err)
	}
	if body.Notice, err = n.Marshal(); err != nil {
		return out, fmt.Errorf("encode notice: %w", err)
	}
	err = c.post(ctx, onLot(id, "/postpone"), body, &out)
	return out, err
}

// Terminate ends the lot with a signed notice and, once a key is bound, a signed erasure order.
func (c *Client) Terminate(ctx context.Context, id bidding.LotID, reason string, n notice.Signed, order *pki.Signed[custody.ErasureOrder]) (tender.LotState, error) {
	var out tender.LotState
	body := wire.Terminate{Reason: reason}
	var err error
	if body.Notice, err = n.Marshal(); err != nil {
		return out, fmt.Errorf("encode notice: %w", err)
	}
	if order != nil {
		if body.Order, err = order.Marshal(); err != nil {
			return out, fmt.Errorf("encode erasure order: %w", err)
		}
	}
	err = c.post(ctx, onLot(id, "/terminate"), body, &out)
	return out, err
}

// SuspendLot and ResumeLot hold a lot up before its opening.
func (c *Client) SuspendLot(ctx context.Context, id bidding.LotID, reason string) error {
	return c.post(ctx, onLot(id, "/suspend"), wire.Reason{Reason: reason}, nil)
}

// ResumeLot lets it go on.
func (c *Client) ResumeLot(ctx context.Context, id bidding.LotID, reason string) error {
	return c.post(ctx, onLot(id, "/resume"), wire.Reason{Reason: reason}, nil)
}

// PublishNotice publishes an addendum, a failure or, by the centre, an outage; contacts only with an addendum that commits to a new block.
func (c *Client) PublishNotice(ctx context.Context, n notice.Signed, contacts *notice.Contacts) (notice.State, error) {
	var out notice.State
	err := c.postNotice(ctx, "/notices", n, contacts, &out)
	return out, err
}

// Readiness tells whether all keyholders are ready, and who is not.
func (c *Client) Readiness(ctx context.Context) (wire.Readiness, error) {
	var out wire.Readiness
	err := c.get(ctx, "/readiness", nil, &out)
	return out, err
}

// Drill walks the opening's path with this lot's holders on a drill key, and tells who is not ready.
func (c *Client) Drill(ctx context.Context, id bidding.LotID) (wire.LotReadiness, error) {
	var out wire.LotReadiness
	err := c.do(ctx, call{method: "POST", path: onLot(id, "/drill"), key: newKey()}, &out)
	return out, err
}

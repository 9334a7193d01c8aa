package client

import (
	"context"
	"net/url"
	"strconv"

	"sunbid/bidding"
	"sunbid/bidding/gazette"
	"sunbid/crypto/canon"
	"sunbid/web/api/wire"
)

// Tenders lists what is announced; cursor "" begins, an empty Next ends.
func (c *Client) Tenders(ctx context.Context, query, region, cursor string, limit int) (wire.Tenders, error) {
	var out wire.Tenders
	err := c.get(ctx, "/tenders", url.Values{"q": {query}, "region": {region}, "cursor": {cursor}, "limit": {strconv.Itoa(limit)}}, &out)
	return out, err
}

// Tender reads one with its lots.
func (c *Client) Tender(ctx context.Context, id bidding.TenderID) (gazette.TenderPage, error) {
	var out gazette.TenderPage
	err := c.get(ctx, "/tenders/"+id.String(), nil, &out)
	return out, err
}

// Lot reads what is public of it.
func (c *Client) Lot(ctx context.Context, id bidding.LotID) (gazette.LotPage, error) {
	var out gazette.LotPage
	err := c.get(ctx, "/lots/"+id.String(), nil, &out)
	return out, err
}

// Keys reads what a bidder checks before it seals. Nothing of it is checked here.
func (c *Client) Keys(ctx context.Context, id bidding.LotID) (wire.Keys, error) {
	var out wire.Keys
	err := c.get(ctx, "/lots/"+id.String()+"/keys", nil, &out)
	return out, err
}

// Notices of a lot.
func (c *Client) Notices(ctx context.Context, id bidding.LotID) (wire.Notices, error) {
	var out wire.Notices
	err := c.get(ctx, "/lots/"+id.String()+"/notices", nil, &out)
	return out, err
}

// Document reads a public signed record by the hash of its body.
func (c *Client) Document(ctx context.Context, hash canon.Hash) (wire.Record, error) {
	var out wire.Record
	err := c.get(ctx, "/documents/"+hash.String(), nil, &out)
	return out, err
}

// OpeningStatus tells how an opening stands.
func (c *Client) OpeningStatus(ctx context.Context, id bidding.LotID) (gazette.OpeningPage, error) {
	var out gazette.OpeningPage
	err := c.get(ctx, "/lots/"+id.String()+"/opening/status", nil, &out)
	return out, err
}

// OpeningRows reads a page of the opening record, at most 2000 rows; bidding.ErrMissing until it is published.
func (c *Client) OpeningRows(ctx context.Context, id bidding.LotID, cursor string, limit int) (wire.Rows, error) {
	var out wire.Rows
	err := c.get(ctx, "/lots/"+id.String()+"/opening", url.Values{"cursor": {cursor}, "limit": {strconv.Itoa(limit)}}, &out)
	return out, err
}

// OpeningRecord reads the signed record.
func (c *Client) OpeningRecord(ctx context.Context, id bidding.LotID) (wire.Record, error) {
	var out wire.Record
	err := c.get(ctx, "/lots/"+id.String()+"/record", nil, &out)
	return out, err
}

// Checkpoint reads the log's newest.
func (c *Client) Checkpoint(ctx context.Context) (wire.Record, error) {
	var out wire.Record
	err := c.get(ctx, "/log/checkpoint", nil, &out)
	return out, err
}

// Consistency proves that the log of size `to` extends that of size `from`.
func (c *Client) Consistency(ctx context.Context, from, to int64) (wire.Consistency, error) {
	var out wire.Consistency
	err := c.get(ctx, "/log/consistency", url.Values{"from": {strconv.FormatInt(from, 10)}, "to": {strconv.FormatInt(to, 10)}}, &out)
	return out, err
}

// Trust reads the platform's trust list (canonical JSON); whom to trust is still the reader's decision.
func (c *Client) Trust(ctx context.Context) (wire.Record, error) {
	var out wire.Record
	err := c.get(ctx, "/trust", nil, &out)
	return out, err
}

// Time is the platform's clock.
func (c *Client) Time(ctx context.Context) (canon.Time, error) {
	var out wire.Time
	err := c.get(ctx, "/time", nil, &out)
	return out.Now, err
}

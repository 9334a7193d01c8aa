package client

import (
	"context"
	"net/url"
	"strconv"

	"sunbid/bidding"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/web/api/wire"
)

// Task is what an officer is to release: the freeze with its proofs and a page of parts of one kind. seen is the size of the
// last checkpoint the officer's client accepted (0: none).
func (c *Client) Task(ctx context.Context, lot bidding.LotID, kind seal.Kind, cursor string, seen int64) (wire.Task, error) {
	var out wire.Task
	err := c.get(ctx, onLot(lot, "/task"), url.Values{"kind": {string(kind)}, "cursor": {cursor}, "seen": {strconv.FormatInt(seen, 10)}}, &out)
	return out, err
}

// PostPartials hands in a signed batch.
func (c *Client) PostPartials(ctx context.Context, lot bidding.LotID, batch pki.Signed[custody.PartialsBatch]) error {
	return postSigned(ctx, c, onLot(lot, "/partials"), batch, nil)
}

// ReleaseMoment opens a later moment with the officers' signatures.
func (c *Client) ReleaseMoment(ctx context.Context, lot bidding.LotID, r pki.Signed[custody.MomentRelease]) error {
	return postSigned(ctx, c, onLot(lot, "/moments"), r, nil)
}

// DrillChallenge is what an officer's device is to open in a readiness drill.
func (c *Client) DrillChallenge(ctx context.Context, lot bidding.LotID) (wire.DrillChallenge, error) {
	var out wire.DrillChallenge
	err := c.get(ctx, onLot(lot, "/drill"), nil, &out)
	return out, err
}

// AnswerDrill hands in an officer's answer.
func (c *Client) AnswerDrill(ctx context.Context, lot bidding.LotID, a pki.Signed[custody.DrillAnswer]) error {
	return postSigned(ctx, c, onLot(lot, "/drill/answers"), a, nil)
}

// Process tells those who watch an opening who is there and who is missing.
func (c *Client) Process(ctx context.Context, lot bidding.LotID) (wire.Process, error) {
	var out wire.Process
	err := c.get(ctx, onLot(lot, "/process"), nil, &out)
	return out, err
}

// DetermineCause records why a bid was not decrypted.
func (c *Client) DetermineCause(ctx context.Context, lot bidding.LotID, b bidding.BidID, cause pki.Signed[custody.Cause]) error {
	return postSigned(ctx, c, onLot(lot, "/bids/"+b.String()+"/cause"), cause, nil)
}

// SignRecord adds the caller's signature to the opening record.
func (c *Client) SignRecord(ctx context.Context, lot bidding.LotID, s pki.Signature) error {
	return c.post(ctx, onLot(lot, "/record/signatures"), s, nil)
}

// SuspendOpening holds an opening up, and ResumeOpening lets it go on.
func (c *Client) SuspendOpening(ctx context.Context, lot bidding.LotID, reason string) error {
	return c.post(ctx, onLot(lot, "/opening/suspend"), wire.Reason{Reason: reason}, nil)
}

// ResumeOpening lets it go on.
func (c *Client) ResumeOpening(ctx context.Context, lot bidding.LotID, reason string) error {
	return c.post(ctx, onLot(lot, "/opening/resume"), wire.Reason{Reason: reason}, nil)
}

// Archive hands in a lot's archive key; the platform wraps the content keys to it.
func (c *Client) Archive(ctx context.Context, lot bidding.LotID, key pki.Signed[custody.ArchiveKey]) error {
	return postSigned(ctx, c, onLot(lot, "/archive"), key, nil)
}

// ArchiveFile reads how far a lot's archive is.
func (c *Client) ArchiveFile(ctx context.Context, lot bidding.LotID) (wire.Archive, error) {
	var out wire.Archive
	err := c.get(ctx, onLot(lot, "/archive"), nil, &out)
	return out, err
}

// EraseArchived orders the keyholders of an archived lot to erase.
func (c *Client) EraseArchived(ctx context.Context, lot bidding.LotID, order pki.Signed[custody.ErasureOrder]) error {
	return postSigned(ctx, c, onLot(lot, "/archive/erasure"), order, nil)
}

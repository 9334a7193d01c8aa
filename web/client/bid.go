package client

import (
	"context"
	"net/url"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/opening"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/web/api/wire"
)

// Submit hands in a signed statement: submit, replace or withdraw. The same statement again gives the same receipt.
// A refusal that was recorded comes as *Refused with its signed receipt.
func (c *Client) Submit(ctx context.Context, lot bidding.LotID, s seal.SignedStatement) (wire.Receipt, error) {
	var out wire.Receipt
	err := postSigned(ctx, c, onLot(lot, "/bids"), s, &out)
	return out, err
}

// OwnBid is the caller's organisation's bid for the lot; bidding.ErrMissing when there is none.
func (c *Client) OwnBid(ctx context.Context, lot bidding.LotID) (bid.State, error) {
	var out bid.State
	err := c.get(ctx, onLot(lot, "/bid"), nil, &out)
	return out, err
}

// Receipt by number, with its proof once the log has it.
func (c *Client) Receipt(ctx context.Context, id bidding.ReceiptID) (wire.Receipt, error) {
	var out wire.Receipt
	err := c.get(ctx, "/receipts/"+id.String(), nil, &out)
	return out, err
}

// Stanza is what a mode-B bidder decrypts after the opening time.
func (c *Client) Stanza(ctx context.Context, lot bidding.LotID, kind seal.Kind) (opening.StanzaB, error) {
	var out opening.StanzaB
	err := c.get(ctx, onLot(lot, "/bid/stanza"), url.Values{"kind": {string(kind)}}, &out)
	return out, err
}

// ReleaseKey hands in the decrypted key of one part.
func (c *Client) ReleaseKey(ctx context.Context, lot bidding.LotID, r pki.Signed[custody.KeyRelease]) error {
	return postSigned(ctx, c, onLot(lot, "/bid/key-release"), r, nil)
}

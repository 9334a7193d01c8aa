package postgres

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/opening"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// opening compares the frozen set with the bids, and the public rows with the record and the frozen set.
func (c *fsck) opening(ctx context.Context, o opening.State, events []bidding.Event) error {
	type stored struct{ State []byte }
	var frozen []bid.State
	var statements []canon.Hash
	err := each(ctx, c, `SELECT state FROM bid WHERE lot = $1 AND admitted ORDER BY bid COLLATE "C"`, func(x stored) {
		s, err := thaw[bid.State](x.State)
		if err != nil {
			c.r.fault("bid.state in %s: %v", o.Lot, err)
			return
		}
		frozen, statements = append(frozen, s), append(statements, s.Statement)
	}, o.Lot.String())
	if err != nil {
		return err
	}
	if len(frozen) != o.Count || custody.FreezeRoot(statements) != o.Root {
		c.r.fault("bid.admitted in %s: the admitted are not the frozen", o.Lot)
	}
	if o.Published.IsZero() {
		return nil
	}
	record, err := c.record(ctx, o)
	if record == nil || err != nil {
		return err
	}
	c.signers(o, events, record.Signers())
	c.readOut(o, frozen, record.Body)
	return c.rows(ctx, o, record.Body.Rows)
}

// record reads the opening record that the events name; nil, and a fault, when it is not readable. Its hash and signatures are looked at with
// the other documents.
func (c *fsck) record(ctx context.Context, o opening.State) (*pki.Signed[custody.OpeningRecord], error) {
	type stored struct{ Signed []byte }
	var record *pki.Signed[custody.OpeningRecord]
	err := each(ctx, c, `SELECT signed FROM document WHERE hash = $1`, func(x stored) {
		s, err := pki.ParseSigned[custody.OpeningRecord](x.Signed)
		if err == nil {
			err = s.Body.Check()
		}
		if err != nil {
			c.r.fault("document.signed of %s is wrong: the opening record of %s: %v", o.Record, o.Lot, err)
			return
		}
		record = &s
	}, o.Record[:])
	return record, err
}

// signers wants who signed the record by the events to stand under it, and besides the platform nobody else.
func (c *fsck) signers(o opening.State, events []bidding.Event, signers []canon.Hash) {
	want := 1
	for _, e := range events {
		if e, ok := e.(opening.RecordSigned); ok {
			want++
			if !slices.Contains(signers, e.Signer) {
				c.r.fault("document.signed of %s lacks the signature of %s", o.Record, e.Signer)
			}
		}
	}
	if len(signers) != want {
		c.r.fault("document.signed of %s has %d signatures, %d were made", o.Record, len(signers), want)
	}
}

// readOut holds the record against the frozen bids.
func (c *fsck) readOut(o opening.State, frozen []bid.State, record custody.OpeningRecord) {
	opened := 0
	for i, x := range record.Rows {
		if x.Status == custody.Opened {
			opened++
		}
		if i >= len(frozen) || x.Bid != frozen[i].ID.String() || x.Statement != frozen[i].Statement || !x.Arrival.Equal(frozen[i].Arrival.Time) ||
			x.Bidder != (custody.NamedBidder{Name: frozen[i].BidderName, Code: frozen[i].Code}) {
			c.r.fault("opening record of %s: row %s is not of the frozen bid", o.Lot, x.Bid)
		}
	}
	if record.Lot != o.Lot.String() || record.Tender != o.Tender.String() || record.Freeze != o.Freeze || len(record.Rows) != o.Count ||
		opened != o.Opened || len(record.Rows)-opened != o.NotOpened {
		c.r.fault("opening record of %s is not what its events say", o.Lot)
	}
}

// rows compares the public rows with the record's.
func (c *fsck) rows(ctx context.Context, o opening.State, rows []custody.Row) error {
	type stored struct {
		Bid  string
		Body []byte
	}
	public := map[string][]byte{}
	err := each(ctx, c, `SELECT bid, body FROM opening_row WHERE lot = $1`, func(x stored) { public[x.Bid] = x.Body }, o.Lot.String())
	if err != nil {
		return err
	}
	for _, x := range rows {
		body, ok := public[x.Bid]
		delete(public, x.Bid)
		if want, err := canon.Marshal(x); err != nil || !ok || !bytes.Equal(want, body) {
			c.differs("opening_row", "body", fmt.Sprintf("%s in %s", x.Bid, o.Lot))
		}
	}
	for extra := range public {
		c.r.fault("opening_row %s in %s is of no row of the record", extra, o.Lot)
	}
	return nil
}

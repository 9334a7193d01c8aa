package cast

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// look is how often a watcher asks.
const look = 50 * time.Millisecond

// Await watches the public API until the opening is published, and reads every row of the record.
func (a Announced) Await(ctx context.Context, p *Person) ([]custody.Row, error) {
	for {
		status, err := p.Client.OpeningStatus(ctx, a.Lot)
		if err == nil && !status.PublishedAt.IsZero() {
			return a.Rows(ctx, p)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("watch the opening: %w (%v)", ctx.Err(), err)
		case <-time.After(look):
		}
	}
}

// Rows reads the published opening record page by page.
func (a Announced) Rows(ctx context.Context, p *Person) ([]custody.Row, error) {
	const page = 500
	var rows []custody.Row
	for cursor, more := "", true; more; more = cursor != "" {
		answer, err := p.Client.OpeningRows(ctx, a.Lot, cursor, page)
		if err != nil {
			return nil, fmt.Errorf("read the opening record: %w", err)
		}
		for _, raw := range answer.Rows {
			var row custody.Row
			if err := canon.Unmarshal(raw, &row); err != nil {
				return nil, fmt.Errorf("read the opening record: %w", err)
			}
			rows = append(rows, row)
		}
		cursor = answer.Next
	}
	return rows, nil
}

// SignRecord adds the person's signature to the published opening record; a second time changes nothing.
func (a Announced) SignRecord(ctx context.Context, p *Person) error {
	raw, err := p.Client.OpeningRecord(ctx, a.Lot)
	if err != nil {
		return fmt.Errorf("read the opening record: %w", err)
	}
	record, err := pki.ParseSigned[custody.OpeningRecord](raw)
	if err != nil {
		return fmt.Errorf("read the opening record: %w", err)
	}
	signed, err := pki.Sign(record.Body, p.Who.Signer)
	if err != nil {
		return err
	}
	if slices.Contains(record.Signers(), signed.Signatures[0].Signer) {
		return nil
	}
	if err := p.Client.SignRecord(ctx, a.Lot, signed.Signatures[0]); err != nil {
		return fmt.Errorf("sign the opening record: %w", err)
	}
	return nil
}

package rehearse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// patience bounds every wait: beyond it the rehearsal has failed.
const patience = 5 * time.Minute

// open waits for the opening time, replays the decrypt commands in mode B, and watches the public API until every price is there.
func (r *rehearsal) open(ctx context.Context) error {
	r.say("等待开标 / waiting for the opening time")
	if err := until(ctx, r.checked.OpeningAt); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	replayed := make(chan error, 1)
	go func() { replayed <- r.decrypts(ctx) }()
	rows, err := r.lot.Await(ctx, r.hosts.Tenderer)
	if err = errors.Join(err, <-replayed); err != nil {
		return err
	}
	r.report.Seconds.AllPrices = Rounded(time.Since(r.checked.OpeningAt).Seconds())
	r.say("全部报价已公布，开标后 %.2f 秒 / all prices", r.report.Seconds.AllPrices)
	return r.compare(rows)
}

// compare holds what was published against the input, to the fen.
func (r *rehearsal) compare(rows []custody.Row) error {
	want := map[string]Row{}
	for i, b := range r.bidders {
		want[b.Code] = r.Rows[i]
	}
	r.report.PricesMatch = true
	for _, row := range rows {
		in, ok := want[row.Bidder.Code]
		if !ok {
			r.report.PricesMatch = false
			r.say("公布了不存在的投标人 / unknown bidder %s", row.Bidder.Name)
			continue
		}
		delete(want, row.Bidder.Code)
		if row.Readout == nil {
			r.report.NotOpened++
			if r.Mode != law.BidderKey || in.Decrypted {
				r.say("未解密 / not decrypted: %s %s", row.Bidder.Name, row.Reason)
			}
			continue
		}
		r.report.Opened++
		if row.Readout.PriceFen == nil || bidding.Fen(*row.Readout.PriceFen) != in.Price || row.Bidder.Name != in.Bidder {
			r.report.PricesMatch = false
			r.say("报价不一致 / price differs: %s", row.Bidder.Name)
		}
	}
	if len(want) > 0 {
		r.report.PricesMatch = false
		r.say("缺少 %d 个投标人 / missing", len(want))
	}
	return nil
}

// settle does what people do after the read-out: the tenderer determines the cause of what was not decrypted, tenderer and agency
// sign the record, and the bodies open.
func (r *rehearsal) settle(ctx context.Context) error {
	raw, err := r.hosts.Tenderer.Client.OpeningRecord(ctx, r.lot.Lot)
	if err != nil {
		return err
	}
	record, err := pki.ParseSigned[custody.OpeningRecord](raw)
	if err != nil {
		return err
	}
	for _, row := range record.Body.Rows {
		if row.Readout != nil {
			continue
		}
		if err := r.determine(ctx, row); err != nil {
			return err
		}
		r.report.Revoked++
	}
	bytes, err := canon.Marshal(record.Body)
	if err != nil {
		return err
	}
	for _, p := range []*signer{{r.hosts.Tenderer.Who.Signer, r.hosts.Tenderer.Client}, {r.hosts.Agency.Who.Signer, r.hosts.Agency.Client}} {
		sig, err := p.key.Sign(bytes)
		if err != nil {
			return err
		}
		if err := p.client.SignRecord(ctx, r.lot.Lot, pki.Signature{Signer: p.key.Certificate().Fingerprint(), Sig: sig}); err != nil {
			return fmt.Errorf("sign the record: %w", err)
		}
	}
	return r.bodies(ctx)
}

type signer struct {
	key    pki.Signer
	client interface {
		SignRecord(context.Context, bidding.LotID, pki.Signature) error
	}
}

// determine says why a bid was not decrypted: in this replay the bidder never gave the command (电子招标投标办法 art. 31).
func (r *rehearsal) determine(ctx context.Context, row custody.Row) error {
	id, err := bidding.ParseBidID(row.Bid)
	if err != nil {
		return err
	}
	cause, err := pki.Sign(custody.Cause{
		Type: custody.TypeCause, Lot: r.lot.Lot.String(), Bid: row.Bid, Cause: "bidder", TreatedAs: "revoked",
		Evidence: "解密时限内投标人未发出解密指令（" + row.Reason + "）。",
	}, r.hosts.Tenderer.Who.Signer)
	if err != nil {
		return err
	}
	if err := r.hosts.Tenderer.Client.DetermineCause(ctx, r.lot.Lot, id, cause); err != nil {
		return fmt.Errorf("determine cause: %w", err)
	}
	return nil
}

func until(ctx context.Context, at time.Time) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Until(at)):
		return nil
	}
}

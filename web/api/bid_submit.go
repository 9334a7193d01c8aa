package api

import (
	"context"
	"net/http"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/crypto/seal"
	"sunbid/web/api/wire"
	"sunbid/web/problem"
)

func (s *Server) submitBid() {
	add(s, action{http.MethodPost, "/lots/{id}/bids", "submit-bid", "bid", "递交、更换或撤回投标（签名记录 sunbid/submit/v1）", 201},
		func(ctx context.Context, in *recordForLot) (wire.Receipt, error) {
			statement, err := signed[seal.Statement](in.RawBody)
			if err != nil {
				return wire.Receipt{}, err
			}
			r, err := s.services.Bids.Submit(ctx, in.actor(), in.Lot, statement)
			return receipt(r), withReceipt(err, r)
		})
}

func receipt(r bid.ReceiptBundle) wire.Receipt {
	return wire.Receipt{Receipt: r.Receipt, Proof: r.Proof}
}

// withReceipt hands a refusal on together with its signed receipt (拒收回执), where there is one.
func withReceipt(err error, r bid.ReceiptBundle) error {
	if err == nil || len(r.Receipt) == 0 {
		return err
	}
	p, known := problem.Of(err)
	if !known || p.Code == bidding.ErrMissing.Code {
		return err
	}
	p.Receipt = r.Receipt
	return p
}

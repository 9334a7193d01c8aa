package desk

import (
	"crypto/rand"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// ErrNoOfficers: nobody to deal to.
var ErrNoOfficers = bidding.Refuse("desk-no-officers", bidding.Invalid, "", "没有指定解锁人，或门限大于人数。", "no officers were named, or the threshold is above their number")

// Deal makes the officers' key (锁 C) of a lot on the tenderer's own machine and signs it. The secret is erased before it returns.
func Deal(dealer *Identity, class bidding.Class, tender bidding.TenderID, lot bidding.LotID, threshold int, officers []custody.Officer, at time.Time) (pki.Signed[custody.OfficerKey], error) {
	if threshold < 1 || threshold > len(officers) {
		return pki.Signed[custody.OfficerKey]{}, ErrNoOfficers
	}
	return custody.DealOfficerKey(rand.Reader, custody.Dealing{
		Class: string(class), Tender: tender.String(), Lot: lot.String(), Threshold: threshold, DealtAt: canon.At(at),
	}, officers, dealer.Signer)
}

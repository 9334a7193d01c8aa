package notice

import (
	"context"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// Subject is the tender a notice speaks of, as the store knows it: who may sign for it and what the last number was.
type Subject struct {
	Tender   bidding.TenderID
	Class    bidding.Class
	Tenderer bidding.OrgID
	Agency   bidding.OrgID // zero: none
	RuleSet  law.RuleSet
	Numbers  int             // notices so far
	Lots     []bidding.LotID // of this tender
	Opening  time.Time       // earliest current opening time among the lots the notice speaks of, zero when none is announced
}

// Notices keeps them.
type Notices interface {
	// Publish runs fn in one transaction that serialises notices of one tender, then stores notice, event, document and contact block (Notice.Contacts).
	// lot is zero when the notice speaks of all lots. bidding.ErrMissing when there is no such tender or lot.
	Publish(ctx context.Context, by bidding.Actor, at time.Time, tender bidding.TenderID, lot bidding.LotID, fn func(Subject) (*Notice, bidding.Document, error)) (bidding.Recorded, error)
	// Of lists a tender's notices in order of number.
	Of(ctx context.Context, tender bidding.TenderID) ([]State, error)
}

// Certificates finds and judges signers.
type Certificates interface {
	// Find returns an enrolled certificate, bidding.ErrMissing when unknown.
	Find(ctx context.Context, fingerprint canon.Hash) (*pki.Certificate, error)
	// Judge as of a moment.
	Judge(c *pki.Certificate, usage pki.Usage, at time.Time) error
}

package tender

import (
	"context"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/notice"
	"sunbid/bidding/party"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
)

// Side is what a command leaves beside its aggregate, in the same transaction.
type Side struct {
	Documents []bidding.Document // signed records, put by hash
	Notice    *notice.Notice     // a notice published with it, stored with its contact block
	Erase     bool               // insert the job that calls Service.EraseKeys until it succeeds
}

// Tenders keeps tenders and lots.
type Tenders interface {
	// Create stores a fresh tender.
	Create(ctx context.Context, by bidding.Actor, at time.Time, t *Tender) (bidding.Recorded, error)
	// Draft stores a fresh lot that fn makes for the tender; number is the next free one.
	Draft(ctx context.Context, by bidding.Actor, at time.Time, tender bidding.TenderID, fn func(t State, number int) (*Lot, error)) (bidding.Recorded, error)
	// Update takes the lot's exclusive gate first, loads tender and lot, runs fn, saves lot, events, documents, notice and due_at (Lot.NextDue).
	// Also given is the number of notices the tender has. ErrMissing when there is no such lot; fn's error unchanged and nothing saved.
	Update(ctx context.Context, by bidding.Actor, at time.Time, lot bidding.LotID, fn func(t State, notices int, l *Lot) (Side, error)) (bidding.Recorded, error)
	// Lot reads both; ErrMissing.
	Lot(ctx context.Context, lot bidding.LotID) (State, LotState, error)
	// Tender reads it with its lots in order of number; ErrMissing.
	Tender(ctx context.Context, id bidding.TenderID) (State, []LotState, error)
	// Document reads a signed record by hash; ErrMissing.
	Document(ctx context.Context, hash canon.Hash) (bidding.Document, error)
	// SaveDocument adds a record that no event names yet (an erased statement).
	SaveDocument(ctx context.Context, d bidding.Document) error
	// Due lists lots whose due_at is not after at, soonest first.
	Due(ctx context.Context, at time.Time, limit int) ([]bidding.LotID, error)
}

// Keyholders are the organisations that hold lock T, seen from the platform. All calls are remote and outside any transaction.
type Keyholders interface {
	// Ready is nil when all n answer, are of this class and their clocks agree within 2 s; else a refusal naming who is not ready.
	Ready(ctx context.Context) error
	// Take reserves a key of the pool for the lot; asked again for one lot it returns the same key.
	Take(ctx context.Context, lot bidding.LotID) (pki.Signed[custody.KeyRecord], error)
	// Bind sends the request (its binding not signed yet) to all n and collects their signatures. Repeating it with the same body is harmless.
	Bind(ctx context.Context, r custody.BindRequest) (pki.Signed[custody.Binding], error)
	// Postpone collects what signatures it can get; who refused is in the error when fewer than need signed.
	Postpone(ctx context.Context, r custody.PostponeRequest, need int) (pki.Signed[custody.Postponement], error)
	// Erase asks all n; the statements of those who did are returned even when others did not (then with an error naming them).
	Erase(ctx context.Context, r custody.EraseRequest) ([]pki.Signed[custody.Erased], error)
}

// Certificates finds and judges signers.
type Certificates interface {
	// Find returns an enrolled certificate, or one of a keyholder; bidding.ErrMissing when unknown.
	Find(ctx context.Context, fingerprint canon.Hash) (*pki.Certificate, error)
	// Judge as of a moment.
	Judge(c *pki.Certificate, usage pki.Usage, at time.Time) error
	// Holder is the organisation whose person has this certificate; bidding.ErrMissing.
	Holder(ctx context.Context, fingerprint canon.Hash) (party.State, error)
}

// Parties reads organisations.
type Parties interface {
	// Get is one organisation; bidding.ErrMissing.
	Get(ctx context.Context, id bidding.OrgID) (party.State, error)
}

// Ports are what the service needs.
type Ports struct {
	Tenders      Tenders
	Keyholders   Keyholders
	Certificates Certificates
	Parties      Parties
}

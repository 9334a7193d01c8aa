package bid

import (
	"context"
	"io"
	"time"

	"sunbid/bidding"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
)

// Uploads keeps sealed files on their way.
type Uploads interface {
	// Create stores a fresh one if admit(count, bytes) is nil, given the bidder's open uploads for the lot, all under one lock.
	Create(ctx context.Context, u Upload, admit func(open int, bytes int64) error) error
	// Get returns it with its pieces; bidding.ErrMissing when there is none or it is not of this organisation.
	Get(ctx context.Context, by bidding.OrgID, id bidding.UploadID) (Upload, error)
	// AddPiece stores a verified piece. The same n again with the same leaves is harmless; with others ErrPieceDiffers.
	AddPiece(ctx context.Context, by bidding.OrgID, id bidding.UploadID, p Piece) error
	// Seal marks it sealed and stores the part, in one transaction; again with the same digest is harmless, with another ErrUploadSealed.
	Seal(ctx context.Context, p SealedPart) error
	// Parts finds sealed parts of this organisation for this lot by digest; those unknown are absent from the map.
	Parts(ctx context.Context, lot bidding.LotID, by bidding.OrgID, digests []canon.Hash) (map[canon.Hash]SealedPart, error)
	// Expire removes what expired before at and no statement uses, and returns its objects for deletion. Of those that were never
	// sealed an attempt is recorded (Stopped), in the same transaction.
	Expire(ctx context.Context, at time.Time, limit int) ([]Object, error)
}

// Attempt is a refusal to be recorded.
type Attempt struct {
	Event   AttemptRefused
	Receipt bidding.ReceiptID // zero when no receipt is given (a part, not a statement)
	Signed  []byte            // the signed statement as it came; nil for parts
}

// Bids keeps bids, receipts and refused attempts.
type Bids interface {
	// Window reads the lot's present window; bidding.ErrMissing while the lot is not announced or unknown.
	Window(ctx context.Context, lot bidding.LotID) (Window, error)
	// Update takes the lot's shared gate first, loads window and bid (of by.Org; fresh with a zero ID when there is none), runs fn,
	// writes bid, events and the statement, then calls receipt with what was recorded and stores its result under the statement's hash:
	// one transaction. fn's error comes back unchanged and nothing is written. A statement that has its receipt already: ErrAlready.
	Update(ctx context.Context, by bidding.Actor, at time.Time, lot bidding.LotID, s Statement, fn func(Window, *Bid) error, receipt func(bidding.Recorded) (Receipt, error)) (Receipt, error)
	// Refused writes the attempt and, when it has a receipt number, the signed refusal that receipt makes: its own transaction. Of those
	// without a number RefusalsPerDay are written for each bidder, lot and day (UTC+8); the others are counted.
	Refused(ctx context.Context, by bidding.Actor, at time.Time, a Attempt, receipt func(bidding.Recorded) (Receipt, error)) (Receipt, error)
	// ReceiptFor finds the accepted receipt of a statement of this organisation; bidding.ErrMissing.
	ReceiptFor(ctx context.Context, by bidding.OrgID, statement canon.Hash) (Receipt, error)
	// Receipt by number, of this organisation; bidding.ErrMissing.
	Receipt(ctx context.Context, by bidding.OrgID, id bidding.ReceiptID) (Receipt, error)
	// Own is the organisation's bid for the lot; bidding.ErrMissing.
	Own(ctx context.Context, by bidding.OrgID, lot bidding.LotID) (State, error)
}

// Statement is a signed submit statement as it is stored with the bid.
type Statement struct {
	Hash   canon.Hash
	Bid    bidding.BidID
	Signed []byte // canonical
	Parts  []SealedPart
}

// Receipt as it is stored and given back.
type Receipt struct {
	ID        bidding.ReceiptID
	Statement canon.Hash
	Signed    []byte           // canonical pki.Signed[seal.Receipt]
	Recorded  bidding.Recorded // where the event stands, for the proof
}

// ReceiptBundle is what the bidder gets: the signed receipt and, once the log has it, the proof.
type ReceiptBundle struct {
	Receipt []byte           // canonical pki.Signed[seal.Receipt]
	Proof   *tlog.EventProof // nil: not yet; the receipt's merge_by is the promise
}

// Vault is where octets lie.
type Vault interface {
	// Put streams exactly size octets and returns when they are durable; on error nothing usable is left.
	Put(ctx context.Context, r io.Reader, size int64) (Object, error)
	// Get streams an object, that version.
	Get(ctx context.Context, o Object) (io.ReadCloser, error)
	// Retain locks the versions until then; repeating it is harmless, shortening impossible.
	Retain(ctx context.Context, objects []Object, until time.Time) error
	// Delete removes what was never retained.
	Delete(ctx context.Context, objects []Object) error
}

// Log is the transparency log seen from a command.
type Log interface {
	// Proof blocks until the recorded event is published or ctx ends.
	Proof(ctx context.Context, e bidding.RecordedEvent) (tlog.EventProof, error)
}

// Certificates finds and judges bidders' certificates.
type Certificates interface {
	// Find returns an enrolled certificate; bidding.ErrMissing.
	Find(ctx context.Context, fingerprint canon.Hash) (*pki.Certificate, error)
	// Judge as of a moment.
	Judge(c *pki.Certificate, usage pki.Usage, at time.Time) error
}

// Bidders names the legal person behind an organisation; bidding.ErrMissing.
type Bidders interface {
	Bidder(ctx context.Context, org bidding.OrgID) (name, code string, err error)
}

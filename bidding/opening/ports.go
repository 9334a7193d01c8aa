package opening

import (
	"context"
	"io"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/party"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
	"sunbid/crypto/tlog"
)

// Outcome is what a command leaves beside its aggregates, in the same transaction.
type Outcome struct {
	Documents []bidding.Document
	Rows      []Row       // with the publication, and only then: the public rows
	Kinds     []seal.Kind // insert one job each: Service.OpenBodies(lot, kind), until it succeeds
	Erase     bool        // insert the job that calls Service.Erase until it succeeds
	Archive   bool        // insert the job that calls Service.Rewrap until it succeeds
}

// Batch is one holder's partial decryptions, as stored.
type Batch struct {
	Hash   canon.Hash // of its body
	Lock   string     // custody.LockT, custody.LockC
	Index  int        // holder
	Kind   seal.Kind
	Moment string
	Signed []byte // canonical pki.Signed[custody.PartialsBatch]
}

// KeyRelease is a mode-B key as stored; the newest for a digest counts.
type KeyRelease struct {
	ID     int64 // of its row; the higher is the newer
	Bid    bidding.BidID
	Digest canon.Hash
	Signed []byte // canonical pki.Signed[custody.KeyRelease]
}

// OpenedPart is the result of a body's job. The content key is sealed to the opening service: never plaintext at rest.
type OpenedPart struct {
	Lot      bidding.LotID
	Bid      bidding.BidID
	Kind     seal.Kind
	Digest   canon.Hash
	Key      []byte     // SM2 (raw) of the content key to the opening service's encryption key; nil when it did not open
	Content  canon.Hash // SM3 of the content; zero when it did not open
	Length   int64      // of the content, octets
	Reason   string     // code why it did not open; empty when it did
	OpenedAt canon.Time
}

// Store keeps openings.
type Store interface {
	// Freeze takes the lot's exclusive gate first, loads tender, lot and every bid that stands (Standing submitted), runs fn, saves
	// lot and opening with events, documents and jobs, and marks the bids as admitted: one transaction. fn's error unchanged.
	// When the lot has an opening already: ErrFrozenAlready, nothing saved.
	Freeze(ctx context.Context, by bidding.Actor, at time.Time, lot bidding.LotID, fn func(tender.State, *tender.Lot, []Admitted) (*Opening, Outcome, error)) (bidding.Recorded, error)
	// Update takes the exclusive gate, loads lot and opening, runs fn, saves both with events, documents, rows and jobs.
	// ErrNotFrozen while nothing is frozen, bidding.ErrMissing when there is no such lot.
	Update(ctx context.Context, by bidding.Actor, at time.Time, lot bidding.LotID, fn func(*tender.Lot, *Opening) (Outcome, error)) (bidding.Recorded, error)
	// Load reads lot and opening; bidding.ErrMissing when there is no such lot, a State with empty Stage while nothing is frozen.
	Load(ctx context.Context, lot bidding.LotID) (tender.LotState, State, error)
	// Admitted reads the frozen set in ascending order of bid (bytes of the text form).
	Admitted(ctx context.Context, lot bidding.LotID) ([]Admitted, error)
	// Document reads a signed record by hash; bidding.ErrMissing.
	Document(ctx context.Context, hash canon.Hash) (bidding.Document, error)
	// Documents reads a lot's signed records of one type, in no order.
	Documents(ctx context.Context, lot bidding.LotID, kind string) ([]bidding.Document, error)
	// Due lists lots whose opening time is not after at and whose opening is neither published, failed nor suspended.
	Due(ctx context.Context, at time.Time, limit int) ([]bidding.LotID, error)

	// SaveBatch stores a verified batch; the same again is harmless.
	SaveBatch(ctx context.Context, lot bidding.LotID, b Batch) error
	// Batches reads those of one kind that came after a cursor (0: all) in order of arrival, and the next cursor.
	Batches(ctx context.Context, lot bidding.LotID, kind seal.Kind, after int64) ([]Batch, int64, error)
	// SaveKeyRelease stores a released key and its event (stream of its own) in one transaction, under the lot's shared gate;
	// check sees the opening as it is then.
	SaveKeyRelease(ctx context.Context, by bidding.Actor, at time.Time, lot bidding.LotID, r KeyRelease, e KeyReceived, check func(State) error) (bidding.Recorded, error)
	// KeyReleases reads those of a lot that are not among the known, oldest first. There is no cursor: numbers are given before commit, so a
	// cursor would need commits one after another, and a thousand bidders decrypt in the same minute.
	KeyReleases(ctx context.Context, lot bidding.LotID, known []int64) ([]KeyRelease, error)
	// SaveOpenedPart stores the result of a body's job; again with the same content is harmless.
	SaveOpenedPart(ctx context.Context, p OpenedPart) error
	// OpenedPart reads it; bidding.ErrMissing.
	OpenedPart(ctx context.Context, lot bidding.LotID, b bidding.BidID, kind seal.Kind) (OpenedPart, error)
	// OpenedParts lists the bids whose part of that kind has a result.
	OpenedParts(ctx context.Context, lot bidding.LotID, kind seal.Kind) ([]bidding.BidID, error)
}

// Parts reads sealed parts.
type Parts interface {
	// Fronts reads the fronts of parts by digest; one that is missing is an error, never a gap.
	Fronts(ctx context.Context, lot bidding.LotID, digests []canon.Hash) (map[canon.Hash]bid.SealedPart, error)
	// Chunks streams all sealed chunks of a part in order, without the front.
	Chunks(ctx context.Context, p bid.SealedPart) (io.ReadCloser, error)
}

// Ports are what the service needs.
type Ports struct {
	Store        Store
	Parts        Parts
	Keyholders   Keyholders
	Log          Log
	Submissions  Submissions
	Certificates Certificates
	Strongbox    Strongbox
}

// Keyholder is one organisation that holds a share of lock T. Calls are remote.
type Keyholder interface {
	Index() int
	Name() string
	// LastSeen is the size of the last checkpoint it accepted.
	LastSeen(ctx context.Context) (int64, error)
	// Release answers with partials for the items it accepts and its reasons for the others.
	Release(ctx context.Context, r custody.ReleaseRequest) (custody.Release, error)
	// Postpone brings it a postponement in force that it was not there to sign.
	Postpone(ctx context.Context, r custody.PostponeRequest) error
	// Erase destroys its share.
	Erase(ctx context.Context, r custody.EraseRequest) (pki.Signed[custody.Erased], error)
}

// Keyholders finds those of a key, in order of index.
type Keyholders interface {
	Of(ctx context.Context, key custody.KeyRecord) ([]Keyholder, error)
}

// Log is the transparency log.
type Log interface {
	// Disclosed blocks until the event is published or ctx ends, then gives it with its proof. The platform may only ask for
	// events the law has let out.
	Disclosed(ctx context.Context, stream string, seq int) (tlog.Disclosed, error)
	// Consistency from an older size to the size of a newer checkpoint.
	Consistency(ctx context.Context, from, to int64) ([]canon.Hash, error)
}

// Submissions are the submit commands under way: Drain returns when all that were stamped before the call have ended, or ctx ends.
type Submissions interface {
	Drain(ctx context.Context, lot bidding.LotID)
}

// Certificates finds signers.
type Certificates interface {
	// Find returns a certificate, enrolled or of a keyholder; bidding.ErrMissing.
	Find(ctx context.Context, fingerprint canon.Hash) (*pki.Certificate, error)
	// Judge as of a moment.
	Judge(c *pki.Certificate, usage pki.Usage, at time.Time) error
	// Holder is the organisation whose person has this certificate; bidding.ErrMissing.
	Holder(ctx context.Context, fingerprint canon.Hash) (party.State, error)
}

// Strongbox holds the opening service's own encryption key.
type Strongbox interface {
	// PublicKey content keys are sealed to.
	PublicKey() sm.PublicKey
	// Open a sealed content key.
	Open(sealed []byte) ([]byte, error)
}

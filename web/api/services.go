package api

import (
	"context"
	"io"
	"time"

	"sunbid/bidding"
	"sunbid/bidding/bid"
	"sunbid/bidding/gazette"
	"sunbid/bidding/law"
	"sunbid/bidding/notice"
	"sunbid/bidding/opening"
	"sunbid/bidding/party"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/web/api/wire"
	"sunbid/web/auth"
	"sunbid/web/live"
	"sunbid/web/public"
)

// Services are what the handlers call; each command is one call.
type Services struct {
	Clock    bidding.Clock
	Auth     *auth.Service
	Commands Commands
	Gazette  gazette.Reader
	Parties  Parties
	Notices  Notices
	Tenders  Tenders
	Bids     Bids
	Refusals Refusals
	Openings Openings
	Drills   Drills
	Bundles  Bundles
	Health   Health
	Trust    Trust
	// Rehearsal issues certificates; nil outside class rehearsal.
	Rehearsal Rehearsal
	Live      *live.Hub
	Pages     *public.Site
}

// Parties is party.Service.
type Parties interface {
	Enrol(ctx context.Context, signed party.SignedEnrolment) (party.State, bidding.PersonID, error)
	Approve(ctx context.Context, by bidding.Actor, org bidding.OrgID, person bidding.PersonID, roles []bidding.Role) error
	Refuse(ctx context.Context, by bidding.Actor, org bidding.OrgID, person bidding.PersonID, reason string) error
	Grant(ctx context.Context, by bidding.Actor, org bidding.OrgID, person bidding.PersonID, roles []bidding.Role) error
	Suspend(ctx context.Context, by bidding.Actor, org bidding.OrgID, reason string) error
	Resume(ctx context.Context, by bidding.Actor, org bidding.OrgID, reason string) error
	Renew(ctx context.Context, by bidding.Actor, signed party.SignedRenewal) error
	List(ctx context.Context, by bidding.Actor, standing party.Standing, cursor string, limit int) ([]party.State, string, error)
}

// Notices is notice.Service.
type Notices interface {
	Publish(ctx context.Context, by bidding.Actor, signed notice.Signed, contacts *notice.Contacts) (notice.State, error)
}

// Tenders is tender.Service.
type Tenders interface {
	Create(ctx context.Context, by bidding.Actor, n tender.New) (tender.State, error)
	Draft(ctx context.Context, by bidding.Actor, id bidding.TenderID, n tender.NewLot) (tender.LotState, error)
	Check(ctx context.Context, by bidding.Actor, lot bidding.LotID) ([]law.Finding, error)
	DealOfficers(ctx context.Context, by bidding.Actor, lot bidding.LotID, key pki.Signed[custody.OfficerKey]) (tender.LotState, error)
	Bind(ctx context.Context, by bidding.Actor, lot bidding.LotID, authorities []tender.Authority) (tender.LotState, error)
	Announce(ctx context.Context, by bidding.Actor, lot bidding.LotID, n notice.Signed, contacts *notice.Contacts) (tender.LotState, error)
	Postpone(ctx context.Context, by bidding.Actor, lot bidding.LotID, p pki.Signed[custody.Postponement], n notice.Signed) (tender.LotState, error)
	Terminate(ctx context.Context, by bidding.Actor, lot bidding.LotID, reason string, n notice.Signed, order *pki.Signed[custody.ErasureOrder]) (tender.LotState, error)
	Suspend(ctx context.Context, by bidding.Actor, lot bidding.LotID, reason string) (tender.LotState, error)
	Resume(ctx context.Context, by bidding.Actor, lot bidding.LotID, reason string) (tender.LotState, error)
}

// Bids is bid.Service.
type Bids interface {
	Begin(ctx context.Context, by bidding.Actor, lot bidding.LotID, kind seal.Kind, size int64, chunks int) (bid.Upload, error)
	Get(ctx context.Context, by bidding.Actor, upload bidding.UploadID) (bid.Upload, error)
	AcceptPart(ctx context.Context, by bidding.Actor, upload bidding.UploadID, n int, leaves []canon.Hash, r io.Reader, size int64) (bid.Upload, error)
	Seal(ctx context.Context, by bidding.Actor, upload bidding.UploadID, front []byte) (bid.SealedPart, error)
	// Submit stamps the arrival itself. With a refusal that was recorded comes the signed refusal receipt.
	Submit(ctx context.Context, by bidding.Actor, lot bidding.LotID, s seal.SignedStatement) (bid.ReceiptBundle, error)
	Receipt(ctx context.Context, by bidding.Actor, id bidding.ReceiptID) (bid.ReceiptBundle, error)
	Own(ctx context.Context, by bidding.Actor, lot bidding.LotID) (bid.State, error)
	// RefusedRequest records a refusal that no command made.
	RefusedRequest(ctx context.Context, by bidding.Actor, lot bidding.LotID, about string, r *bidding.Refusal) error
}

// Refusals keeps what known callers were refused where it is no attempt at a bid. It bounds what it keeps.
type Refusals interface {
	// Request: endpoint is method and path as in the access table; the lot may be none, or one that is not there.
	Request(ctx context.Context, by bidding.Actor, lot bidding.LotID, endpoint, code string, at time.Time) error
	// Login leaves nothing when nobody enrolled the certificate.
	Login(ctx context.Context, certificate canon.Hash, code string, at time.Time) error
}

// Openings is opening.Service.
type Openings interface {
	Status(ctx context.Context, by bidding.Actor, lot bidding.LotID) (opening.Status, error)
	Task(ctx context.Context, by bidding.Actor, lot bidding.LotID, kind seal.Kind, cursor string, seen int64) (opening.TaskPage, error)
	AcceptPartials(ctx context.Context, by bidding.Actor, lot bidding.LotID, batch pki.Signed[custody.PartialsBatch]) error
	ReleaseMoment(ctx context.Context, by bidding.Actor, lot bidding.LotID, r pki.Signed[custody.MomentRelease]) error
	Stanza(ctx context.Context, by bidding.Actor, lot bidding.LotID, kind seal.Kind) (opening.StanzaB, error)
	KeyRelease(ctx context.Context, by bidding.Actor, lot bidding.LotID, r pki.Signed[custody.KeyRelease]) error
	DetermineCause(ctx context.Context, by bidding.Actor, lot bidding.LotID, cause pki.Signed[custody.Cause]) error
	SignRecord(ctx context.Context, by bidding.Actor, lot bidding.LotID, signature pki.Signature) error
	Archive(ctx context.Context, by bidding.Actor, lot bidding.LotID, key pki.Signed[custody.ArchiveKey]) error
	OrderErasure(ctx context.Context, by bidding.Actor, lot bidding.LotID, order pki.Signed[custody.ErasureOrder]) error
	ArchiveFile(ctx context.Context, by bidding.Actor, lot bidding.LotID) (opening.ArchiveFile, error)
	Suspend(ctx context.Context, by bidding.Actor, lot bidding.LotID, reason string) error
	Resume(ctx context.Context, by bidding.Actor, lot bidding.LotID, reason string) error
}

// Drills asks the keyholders and officers whether they would be there.
type Drills interface {
	// Readiness asks all keyholders now, and lists the lots that open within a day with who of them is not ready and why.
	Readiness(ctx context.Context) (wire.Readiness, error)
	// Drill walks the whole way from key to opened content with all keyholders on a throw-away lot.
	Drill(ctx context.Context, by bidding.Actor, lot bidding.LotID) (wire.LotReadiness, error)
	// OfLot is how the lot stood at its last drill; nil when the lot has no keys yet or its opening has begun.
	OfLot(ctx context.Context, lot bidding.LotID) (*wire.LotReadiness, error)
	// Challenge seals a nonce to one of the lot's officers; Answer takes what the officer's device made of it.
	Challenge(ctx context.Context, by bidding.Actor, lot bidding.LotID) (wire.DrillChallenge, error)
	Answer(ctx context.Context, by bidding.Actor, lot bidding.LotID, a pki.Signed[custody.DrillAnswer]) error
}

// Bundles gives the public bundle of a lot.
type Bundles interface {
	// Bundle is a tar file and its size; bidding.ErrMissing, or an Early refusal before the publication. It asks nothing about bids before.
	Bundle(ctx context.Context, lot bidding.LotID) (io.ReadCloser, int64, error)
}

// Trust is the platform's trust list, canonical (crypto/SPEC.md section 9).
type Trust interface{ TrustList() []byte }

// Rehearsal issues certificates for 演练.
type Rehearsal interface {
	// Issue checks both requests and issues a signing and an encryption certificate, DER.
	Issue(ctx context.Context, signing, encryption []byte) (signingCert, encryptionCert []byte, err error)
}

// Health is what /healthz and /metrics tell: the platform's own state, nothing that follows what bidders do.
type Health interface {
	Health(ctx context.Context) Vitals
}

// Vitals of the platform.
type Vitals struct {
	Database     bool
	Objects      bool
	LogSize      int64
	LogLag       time.Duration // since the last checkpoint
	Keyholders   []KeyholderVitals
	ClockOffset  time.Duration // against the keyholders' median
	ClockChecked bool
}

// KeyholderVitals is one keyholder as the platform last saw it.
type KeyholderVitals struct {
	Name        string
	Ready       bool
	ClockOffset time.Duration
}

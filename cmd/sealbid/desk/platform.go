package desk

import (
	"context"

	"sunbid/bidding"
	"sunbid/bidding/party"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/web/api/wire"
	"sunbid/web/client"
)

// ErrOffline: the platform cannot be reached now; what was under way goes on when the same command is run again.
var ErrOffline = client.ErrConnection

// Lots is what fetching a lot needs of the platform. *client.Client is all of these ports.
type Lots interface {
	Keys(ctx context.Context, lot bidding.LotID) (wire.Keys, error)
	Trust(ctx context.Context) (wire.Record, error)
}

// Bids is what handing in needs of the platform.
type Bids interface {
	// Upload brings a sealed file to the platform, or the rest of one begun before.
	Upload(ctx context.Context, lot bidding.LotID, f client.File, resume bidding.UploadID, began func(bidding.UploadID), progress func(done, total int64)) (wire.Sealed, error)
	// Submit sends a signed statement; the same statement again gets the same receipt. A recorded refusal is a *client.Refused.
	Submit(ctx context.Context, lot bidding.LotID, s seal.SignedStatement) (wire.Receipt, error)
	// Receipt gives a receipt again, with its proof once the log has it.
	Receipt(ctx context.Context, id bidding.ReceiptID) (wire.Receipt, error)
	// ReleaseKey hands in a mode-B key.
	ReleaseKey(ctx context.Context, lot bidding.LotID, r pki.Signed[custody.KeyRelease]) error
}

// Enrolments is what enrolling needs of the platform.
type Enrolments interface {
	// RehearsalCertificates has the rehearsal's own authority certify two keys; bidding.ErrMissing in production.
	RehearsalCertificates(ctx context.Context, signing, encryption []byte) (wire.Certificates, error)
	Enrol(ctx context.Context, e party.SignedEnrolment) (wire.Enrolled, error)
}

// Officers is what an officer needs of the platform.
type Officers interface {
	// Task gives a page of parts of one kind. seen is the size of the last checkpoint seen, from which the consistency proof starts.
	Task(ctx context.Context, lot bidding.LotID, kind seal.Kind, cursor string, seen int64) (wire.Task, error)
	PostPartials(ctx context.Context, lot bidding.LotID, batch pki.Signed[custody.PartialsBatch]) error
}

package seal

// Error is a failure with a stable code, as vectors name it. It says nothing about secrets.
type Error struct{ code, say string }

func (e *Error) Error() string { return "seal: " + e.say }

// Code is the stable name of the failure.
func (e *Error) Code() string { return e.code }

// Is compares codes, so that an error with details is its sentinel.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.code == e.code
}

func because(kind *Error, detail string) error { return &Error{kind.code, kind.say + ": " + detail} }

// The failures of this package; errors that say more satisfy errors.Is with them.
var (
	// ErrMagic: not a sealed file of this version.
	ErrMagic = &Error{"file-magic", "not a sealed file of version 1"}
	// ErrTruncated: the file or a chunk ends too early.
	ErrTruncated = &Error{"file-truncated", "sealed file is truncated"}
	// ErrHeader: a header that is not exactly one of section 4.
	ErrHeader = &Error{"header-malformed", "header is malformed"}
	// ErrTampered: a chunk that does not decrypt at its place.
	ErrTampered = &Error{"chunk-tampered", "chunk does not decrypt at its place"}
	// ErrPadding: padding that is not zeros.
	ErrPadding = &Error{"padding", "padding is not zero"}
	// ErrLength: a length that the kind does not allow or that does not fit the chunks.
	ErrLength = &Error{"length", "length does not fit"}
	// ErrRoot: chunks that are not those the bidder signed.
	ErrRoot = &Error{"root-mismatch", "chunks are not those that were signed"}
	// ErrSignature: the bidder's signature is wrong, or another certificate's.
	ErrSignature = &Error{"signature-invalid", "bidder's signature does not hold"}
	// ErrLabel: a stanza's plaintext is of another label.
	ErrLabel = &Error{"label-mismatch", "stanza is of another label"}
	// ErrCommit: the opened keys are not those the header commits to.
	ErrCommit = &Error{"commit-mismatch", "keys do not fit the header's commitment"}
	// ErrBidderKey: stanza B is there or not there against the mode, or does not open.
	ErrBidderKey = &Error{"bidder-key", "bidder's stanza does not open"}
	// ErrChunkChanged: a chunk is sealed a second time with other content.
	ErrChunkChanged = &Error{"chunk-changed", "content of a sealed chunk has changed"}
	// ErrChunkMissing: finishing before every chunk is sealed, or a chunk number that does not exist.
	ErrChunkMissing = &Error{"chunk-missing", "chunk is not sealed or does not exist"}
	// ErrState: a saved state that is not one.
	ErrState = &Error{"state-malformed", "saved state is malformed"}
	// ErrReadout: a read-out that is not one of section 4.2.
	ErrReadout = &Error{"readout-malformed", "read-out is malformed"}
	// ErrManifest: a container whose manifest is wrong.
	ErrManifest = &Error{"manifest-malformed", "manifest is malformed"}
	// ErrContent: a file of a container that is not as its manifest says.
	ErrContent = &Error{"manifest-digest", "file does not fit its manifest"}
	// ErrStatement: a submit statement that is not one of section 5.
	ErrStatement = &Error{"statement-malformed", "statement is malformed"}
	// ErrReceipt: a receipt that is not one of section 5.
	ErrReceipt = &Error{"receipt-malformed", "receipt is malformed"}
)

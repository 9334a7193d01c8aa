// Package gazette is what the public may see (公开信息), and nothing else: plain values and the port that reads them.
// The store behind it runs under a database role that has no grant on any table of bids (招标投标法 art. 22), so a public
// page cannot count them even by mistake.
package gazette

import (
	"context"

	"sunbid/bidding"
	"sunbid/bidding/law"
	"sunbid/bidding/notice"
	"sunbid/bidding/tender"
	"sunbid/crypto/canon"
)

// TenderLine is a tender in a list.
type TenderLine struct {
	ID        bidding.TenderID `json:"id"`
	Class     bidding.Class    `json:"class"`
	Number    string           `json:"number"`
	Title     string           `json:"title"`
	Region    string           `json:"region"`
	Regime    law.Regime       `json:"regime"`
	Tenderer  string           `json:"tenderer"`
	Lots      int              `json:"lots"`
	NextAt    canon.Time       `json:"next_at"`   // soonest opening time still to come, else the last one
	Stage     tender.Stage     `json:"stage"`     // of the lot that opens then
	Suspended bool             `json:"suspended"` // that lot is
}

// TenderPage is a tender with what is public of its lots. Drafts are not public.
type TenderPage struct {
	Tender  tender.State `json:"tender"`
	Lots    []LotPage    `json:"lots"`
	Notices []Notice     `json:"notices"`
}

// Notice as published, with the contact block (联系方式) that it commits to: absent when it has none, when that was erased, and when what is
// stored is not what the signed notice commits to.
type Notice struct {
	notice.State
	Contacts *notice.Contacts `json:"contacts,omitempty"`
}

// LotPage is what is public of a lot: the same before the opening whether nobody or a thousand have bid.
type LotPage struct {
	ID             bidding.LotID     `json:"id"`
	Tender         bidding.TenderID  `json:"tender"`
	Number         int               `json:"number"`
	Name           string            `json:"name"`
	Class          bidding.Class     `json:"class"`
	RuleSet        string            `json:"rule_set"`
	Mode           law.Mode          `json:"mode"`
	DecryptWindow  int64             `json:"decrypt_window_ms"`
	Remedy         string            `json:"remedy"`
	CeilingFen     bidding.Fen       `json:"ceiling_fen"`
	Kinds          []tender.PartRule `json:"kinds"`
	DocumentsFrom  canon.Time        `json:"documents_from"`
	DocumentsUntil canon.Time        `json:"documents_until"`
	SubmitFrom     canon.Time        `json:"submit_from"`
	OpeningAt      canon.Time        `json:"opening_at"`
	OpeningTimes   []canon.Time      `json:"opening_times"`
	Stage          tender.Stage      `json:"stage"`
	Suspended      bool              `json:"suspended"`
	Binding        canon.Hash        `json:"binding"`
}

// Keys is what a bidder checks before it seals. All are signed records as JSON; certificates are DER.
type Keys struct {
	KeyRecord     []byte   `json:"key_record"`
	OfficerKey    []byte   `json:"officer_key"`
	Binding       []byte   `json:"binding"`
	Postponements [][]byte `json:"postponements"`
	Certificates  [][]byte `json:"certificates"`
	Events        [][]byte `json:"events"` // disclosed events that prove binding and postponements, once published
}

// OpeningPage tells how an opening stands, without telling how many bid before the law lets that out.
type OpeningPage struct {
	Lot         bidding.LotID `json:"lot"`
	Stage       string        `json:"stage"` // "" before the opening time
	Suspended   bool          `json:"suspended"`
	WindowEnd   canon.Time    `json:"window_end,omitzero"`
	PublishedAt canon.Time    `json:"published_at,omitzero"`
	Opened      int           `json:"opened"`     // 0 until published
	NotOpened   int           `json:"not_opened"` // 0 until published
	Record      canon.Hash    `json:"record,omitzero"`
	Signers     []string      `json:"signers"` // roles that signed the record
	Moments     []Moment      `json:"moments"` // later moments that the officers released (双信封)
}

// Moment is a later moment that is open.
type Moment struct {
	Moment  string     `json:"moment"`
	Release canon.Hash `json:"release"` // the officers' signed record, a public document
	At      canon.Time `json:"at"`      // when the platform took it
}

// Row is one line of the opening record; Body is the canonical row of crypto/SPEC.md section 8.
type Row struct {
	Bid  bidding.BidID `json:"bid"`
	Body []byte        `json:"body"`
	// Cause is the tenderer's finding why it was not decrypted; nil before it, and for who opened.
	Cause *Cause `json:"cause,omitempty"`
}

// Cause is a finding about a bid that was not decrypted (电子招标投标办法 art. 31).
type Cause struct {
	Bid       bidding.BidID `json:"bid"`
	Cause     string        `json:"cause"`      // bidder, other
	TreatedAs string        `json:"treated_as"` // revoked (视为撤销), withdrawn (视为撤回)
	Record    canon.Hash    `json:"record"`     // of the signed finding
}

// Reader reads it. Everything missing, unpublished or not public is bidding.ErrMissing. Cursors are opaque; "" begins, "" ends.
type Reader interface {
	Tenders(ctx context.Context, query, region, cursor string, limit int) ([]TenderLine, string, error)
	Tender(ctx context.Context, id bidding.TenderID) (TenderPage, error)
	Lot(ctx context.Context, id bidding.LotID) (LotPage, error)
	Keys(ctx context.Context, id bidding.LotID) (Keys, error)
	Notices(ctx context.Context, id bidding.LotID) ([]Notice, error)
	// Document is a public signed record (notices, keys, freeze and opening record once that is published) as JSON.
	Document(ctx context.Context, hash canon.Hash) ([]byte, error)
	Opening(ctx context.Context, id bidding.LotID) (OpeningPage, error)
	Rows(ctx context.Context, id bidding.LotID, cursor string, limit int) ([]Row, string, error)
	// Record is the signed opening record.
	Record(ctx context.Context, id bidding.LotID) ([]byte, error)
	// Checkpoint is the newest signed checkpoint.
	Checkpoint(ctx context.Context) ([]byte, error)
	// Consistency proof between two sizes of the log.
	Consistency(ctx context.Context, from, to int64) ([]canon.Hash, error)
}

package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"
	"unicode/utf8"

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
)

// What every port answers when there is nothing: bidding.ErrMissing. Records are noted on the way (see empty in fuzz_test.go).

// keep is what a database makes of texts: some it does not take, and that is then our fault.
func keep(texts ...string) error {
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.Contains(s, "\x00") {
			return errors.New("a text that no database takes")
		}
	}
	return bidding.ErrMissing
}

// keepAll is keep for whatever is stored as JSON.
func keepAll(v any) error {
	b, err := json.Marshal(v)
	if err == nil && bytes.Contains(b, []byte(`\u0000`)) && !bytes.Contains(b, []byte(`\\u0000`)) {
		return errors.New("a text that no database takes")
	}
	return errors.Join(err, bidding.ErrMissing)
}

func (e *empty) TrustList() []byte                                  { return []byte(`{}`) }
func (e *empty) Judge(*pki.Certificate, pki.Usage, time.Time) error { return nil }
func (e *empty) Issue(context.Context, []byte, []byte) ([]byte, []byte, error) {
	return nil, nil, bidding.ErrMissing
}
func (e *empty) Actor(context.Context, canon.Hash, bidding.Role, time.Time) (bidding.Actor, error) {
	return bidding.Actor{}, bidding.ErrMissing
}
func (e *empty) Recall(context.Context, string, string) (canon.Hash, int, []byte, error) {
	return canon.Hash{}, 0, nil, bidding.ErrMissing
}
func (e *empty) Remember(context.Context, string, string, canon.Hash, int, []byte, time.Time) error {
	return nil
}

type secrets struct {
	*empty
	clock *clock
}

func (secrets) Keep(context.Context, string, canon.Hash, []byte, time.Time) error { return nil }
func (s secrets) Find(context.Context, string, canon.Hash, time.Time) ([]byte, error) {
	return s.session(s.clock), nil
}
func (secrets) Take(context.Context, string, canon.Hash, time.Time) ([]byte, error) {
	return nil, bidding.ErrMissing
}
func (secrets) Replace(context.Context, string, canon.Hash, []byte, time.Time) error { return nil }
func (secrets) Drop(context.Context, string, canon.Hash) error                       { return nil }

func (e *empty) Enrol(_ context.Context, s party.SignedEnrolment) (party.State, bidding.PersonID, error) {
	return party.State{}, bidding.PersonID{}, e.took(given(s))
}
func (e *empty) Approve(context.Context, bidding.Actor, bidding.OrgID, bidding.PersonID, []bidding.Role) error {
	return bidding.ErrMissing
}
func (e *empty) Refuse(_ context.Context, _ bidding.Actor, _ bidding.OrgID, _ bidding.PersonID, reason string) error {
	return keep(reason)
}
func (e *empty) Grant(context.Context, bidding.Actor, bidding.OrgID, bidding.PersonID, []bidding.Role) error {
	return bidding.ErrMissing
}
func (e *empty) Renew(_ context.Context, _ bidding.Actor, s party.SignedRenewal) error {
	return e.took(given(s))
}
func (e *empty) List(_ context.Context, _ bidding.Actor, s party.Standing, cursor string, _ int) ([]party.State, string, error) {
	return nil, "", keep(string(s), cursor)
}
func (e *empty) Publish(_ context.Context, _ bidding.Actor, s notice.Signed, _ *notice.Contacts) (notice.State, error) {
	return notice.State{}, e.took(given(s))
}

// organisations are apart because tenders and organisations are both suspended.
type organisations struct{ *empty }

func (organisations) Suspend(_ context.Context, _ bidding.Actor, _ bidding.OrgID, reason string) error {
	return keep(reason)
}
func (organisations) Resume(context.Context, bidding.Actor, bidding.OrgID, string) error {
	return bidding.ErrMissing
}

type tenders struct{ e *empty }

func (tenders) Create(_ context.Context, _ bidding.Actor, n tender.New) (tender.State, error) {
	return tender.State{}, keepAll(n)
}
func (tenders) Draft(_ context.Context, _ bidding.Actor, _ bidding.TenderID, n tender.NewLot) (tender.LotState, error) {
	return tender.LotState{}, keepAll(n)
}
func (tenders) Check(context.Context, bidding.Actor, bidding.LotID) ([]law.Finding, error) {
	return nil, bidding.ErrMissing
}
func (x tenders) DealOfficers(_ context.Context, _ bidding.Actor, _ bidding.LotID, s pki.Signed[custody.OfficerKey]) (tender.LotState, error) {
	return tender.LotState{}, x.e.took(given(s))
}
func (tenders) Bind(context.Context, bidding.Actor, bidding.LotID, []tender.Authority) (tender.LotState, error) {
	return tender.LotState{}, bidding.ErrMissing
}
func (x tenders) Announce(_ context.Context, _ bidding.Actor, _ bidding.LotID, s notice.Signed, _ *notice.Contacts) (tender.LotState, error) {
	return tender.LotState{}, x.e.took(given(s))
}
func (tenders) Postpone(context.Context, bidding.Actor, bidding.LotID, pki.Signed[custody.Postponement], notice.Signed) (tender.LotState, error) {
	return tender.LotState{}, bidding.ErrMissing
}
func (tenders) Terminate(context.Context, bidding.Actor, bidding.LotID, string, notice.Signed, *pki.Signed[custody.ErasureOrder]) (tender.LotState, error) {
	return tender.LotState{}, bidding.ErrMissing
}
func (tenders) Suspend(_ context.Context, _ bidding.Actor, _ bidding.LotID, reason string) (tender.LotState, error) {
	return tender.LotState{}, keep(reason)
}
func (tenders) Resume(context.Context, bidding.Actor, bidding.LotID, string) (tender.LotState, error) {
	return tender.LotState{}, bidding.ErrMissing
}

type bids struct{ e *empty }

func (bids) Begin(context.Context, bidding.Actor, bidding.LotID, seal.Kind, int64, int) (bid.Upload, error) {
	return bid.Upload{}, bidding.ErrMissing
}
func (bids) Get(context.Context, bidding.Actor, bidding.UploadID) (bid.Upload, error) {
	return bid.Upload{}, bidding.ErrMissing
}
func (bids) AcceptPart(_ context.Context, _ bidding.Actor, _ bidding.UploadID, _ int, _ []canon.Hash, r io.Reader, _ int64) (bid.Upload, error) {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return bid.Upload{}, err
	}
	return bid.Upload{}, bidding.ErrMissing
}
func (bids) Seal(_ context.Context, _ bidding.Actor, _ bidding.UploadID, front []byte) (bid.SealedPart, error) {
	if _, err := seal.ParseFront(front); err != nil {
		return bid.SealedPart{}, err
	}
	return bid.SealedPart{}, bidding.ErrMissing
}
func (x bids) Submit(_ context.Context, _ bidding.Actor, _ bidding.LotID, s seal.SignedStatement) (bid.ReceiptBundle, error) {
	return bid.ReceiptBundle{}, x.e.took(given(s))
}
func (bids) Receipt(context.Context, bidding.Actor, bidding.ReceiptID) (bid.ReceiptBundle, error) {
	return bid.ReceiptBundle{}, bidding.ErrMissing
}
func (bids) Own(context.Context, bidding.Actor, bidding.LotID) (bid.State, error) {
	return bid.State{}, bidding.ErrMissing
}

type openings struct{ e *empty }

func (openings) Status(context.Context, bidding.Actor, bidding.LotID) (opening.Status, error) {
	return opening.Status{}, bidding.ErrMissing
}
func (openings) Task(context.Context, bidding.Actor, bidding.LotID, seal.Kind, string, int64) (opening.TaskPage, error) {
	return opening.TaskPage{}, bidding.ErrMissing
}
func (x openings) AcceptPartials(_ context.Context, _ bidding.Actor, _ bidding.LotID, s pki.Signed[custody.PartialsBatch]) error {
	return x.e.took(given(s))
}
func (x openings) ReleaseMoment(_ context.Context, _ bidding.Actor, _ bidding.LotID, s pki.Signed[custody.MomentRelease]) error {
	return x.e.took(given(s))
}
func (openings) Stanza(context.Context, bidding.Actor, bidding.LotID, seal.Kind) (opening.StanzaB, error) {
	return opening.StanzaB{}, bidding.ErrMissing
}
func (x openings) KeyRelease(_ context.Context, _ bidding.Actor, _ bidding.LotID, s pki.Signed[custody.KeyRelease]) error {
	return x.e.took(given(s))
}
func (x openings) Archive(_ context.Context, _ bidding.Actor, _ bidding.LotID, s pki.Signed[custody.ArchiveKey]) error {
	return x.e.took(given(s))
}
func (x openings) OrderErasure(_ context.Context, _ bidding.Actor, _ bidding.LotID, s pki.Signed[custody.ErasureOrder]) error {
	return x.e.took(given(s))
}
func (openings) ArchiveFile(context.Context, bidding.Actor, bidding.LotID) (opening.ArchiveFile, error) {
	return opening.ArchiveFile{}, bidding.ErrMissing
}
func (x openings) DetermineCause(_ context.Context, _ bidding.Actor, _ bidding.LotID, s pki.Signed[custody.Cause]) error {
	return x.e.took(given(s))
}
func (openings) SignRecord(context.Context, bidding.Actor, bidding.LotID, pki.Signature) error {
	return bidding.ErrMissing
}
func (openings) Suspend(context.Context, bidding.Actor, bidding.LotID, string) error {
	return bidding.ErrMissing
}
func (openings) Resume(context.Context, bidding.Actor, bidding.LotID, string) error {
	return bidding.ErrMissing
}

type drills struct {
	keyholderDown
	e *empty
}

func (x drills) Answer(_ context.Context, _ bidding.Actor, _ bidding.LotID, s pki.Signed[custody.DrillAnswer]) error {
	return x.e.took(given(s))
}

func (drills) Readiness(context.Context) (wire.Readiness, error) { return wire.Readiness{}, nil }

type nothingPublic struct{}

func (nothingPublic) Tenders(_ context.Context, query, region, cursor string, _ int) ([]gazette.TenderLine, string, error) {
	return nil, "", keep(query, region, cursor)
}
func (nothingPublic) Tender(context.Context, bidding.TenderID) (gazette.TenderPage, error) {
	return gazette.TenderPage{}, bidding.ErrMissing
}
func (nothingPublic) Lot(context.Context, bidding.LotID) (gazette.LotPage, error) {
	return gazette.LotPage{}, bidding.ErrMissing
}
func (nothingPublic) Keys(context.Context, bidding.LotID) (gazette.Keys, error) {
	return gazette.Keys{}, bidding.ErrMissing
}
func (nothingPublic) Notices(context.Context, bidding.LotID) ([]gazette.Notice, error) {
	return nil, bidding.ErrMissing
}
func (nothingPublic) Document(context.Context, canon.Hash) ([]byte, error) {
	return nil, bidding.ErrMissing
}
func (nothingPublic) Opening(context.Context, bidding.LotID) (gazette.OpeningPage, error) {
	return gazette.OpeningPage{}, bidding.ErrMissing
}
func (nothingPublic) Rows(_ context.Context, _ bidding.LotID, cursor string, _ int) ([]gazette.Row, string, error) {
	return nil, "", keep(cursor)
}
func (nothingPublic) Record(context.Context, bidding.LotID) ([]byte, error) {
	return nil, bidding.ErrMissing
}
func (nothingPublic) Checkpoint(context.Context) ([]byte, error) { return nil, bidding.ErrMissing }
func (nothingPublic) Consistency(context.Context, int64, int64) ([]canon.Hash, error) {
	return nil, bidding.ErrMissing
}

func (e *empty) Request(_ context.Context, _ bidding.Actor, _ bidding.LotID, endpoint, code string, _ time.Time) error {
	if err := keep(endpoint, code); !errors.Is(err, bidding.ErrMissing) {
		return err
	}
	return nil
}
func (e *empty) Login(context.Context, canon.Hash, string, time.Time) error { return nil }
func (bids) RefusedRequest(context.Context, bidding.Actor, bidding.LotID, string, *bidding.Refusal) error {
	return bidding.ErrMissing
}

package faults_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/faults/ledger"
	"sunbid/crypto/bundle"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/web/api/wire"
)

// account is what one bidder was told, kept beside the desk and compared with the opening record: it knows receipts and nothing else.
type account struct {
	*cast.Bidder
	told    []told
	retries int
}

// told is one verified receipt.
type told struct {
	action    seal.Action
	accepted  bool
	code      string // of a refusal
	receipt   string // its number
	bid       string
	statement canon.Hash
	arrival   time.Time
	price     bidding.Fen
}

// errRefused: the platform refused with a signed receipt. errTooLate: nothing was handed in, since not even the upload began in time.
var errRefused, errTooLate = errors.New("refused with a receipt"), errors.New("the upload came too late")

// again is how long a bidder waits before running its program again.
const again = 150 * time.Millisecond

// handIn runs the desk's command again and again, as a bidder does whose platform went away, until a receipt is there.
func (a *account) handIn(ctx context.Context, act seal.Action, price bidding.Fen) error {
	for {
		file, path, err := a.Desk.HandIn(ctx, act, time.Now(), nil)
		r := file.Receipt.Body
		var no *bidding.Refusal
		switch {
		case err == nil, path != "" && r.Outcome == seal.OutcomeRefused:
			a.told = append(a.told, told{act, err == nil, r.Refusal, r.Receipt, r.Bid, r.Statement, r.Arrival.Time, price})
			if err != nil {
				return errRefused
			}
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("%s: no receipt after %d tries: %w", a.Name, a.retries, err)
		case errors.As(err, &no) && no.Class == bidding.Late:
			return errTooLate
		case errors.As(err, &no) && no.Class != bidding.Unready && no.Class != bidding.TooMany:
			return fmt.Errorf("%s: %s without a receipt: %w", a.Name, act, err)
		}
		a.retries++
		time.Sleep(again)
	}
}

// submit seals everything anew and hands it in.
func (a *account) submit(ctx context.Context, price bidding.Fen, body []byte) error {
	if err := a.Seal(ctx, cast.Offer{Price: price, Days: 100, Security: "保函", Body: body}); err != nil {
		return err
	}
	return a.handIn(ctx, seal.ActionSubmit, price)
}

// replace hands in another price sheet.
func (a *account) replace(ctx context.Context, price bidding.Fen) error {
	if err := a.SealReadout(ctx, cast.Offer{Price: price, Days: 90, Security: "保函"}); err != nil {
		return err
	}
	return a.handIn(ctx, seal.ActionReplace, price)
}

// late plays out what comes after the deadline: nothing of it is accepted, and a statement is refused with a signed receipt.
func (a *account) late(ctx context.Context) error {
	if err := a.handIn(ctx, seal.ActionWithdraw, 0); !errors.Is(err, errRefused) {
		return fmt.Errorf("%s: withdrawing after the deadline: %v", a.Name, err)
	}
	return nil
}

// held is a line on which statements arrive only after the deadline, however early they were sent.
type held struct {
	desk.Bids
	until time.Time
}

func (h held) Submit(ctx context.Context, lot bidding.LotID, s seal.SignedStatement) (wire.Receipt, error) {
	time.Sleep(time.Until(h.until))
	return h.Bids.Submit(ctx, lot, s)
}

// standing is what must open: the last accepted statement, unless it withdrew.
func (a *account) standing() (told, bool) {
	for i := len(a.told) - 1; i >= 0; i-- {
		if a.told[i].accepted {
			return a.told[i], a.told[i].action != seal.ActionWithdraw
		}
	}
	return told{}, false
}

// compare holds the opening against the accounts and what a watcher saw of the public interface, if there was one.
func compare(t *testing.T, record custody.OpeningRecord, freeze custody.Freeze, accounts []*account, saw watched, trust *pki.Trust) {
	t.Helper()
	book := ledger.Ledger{OpeningAt: record.OpeningAt.Time, Frozen: freeze.Count, Checkpoints: saw.heads,
		Sights: append(saw.sights, ledger.Sight{What: "the publication", At: record.PublishedAt.Time})}
	var statements []canon.Hash
	acknowledged, refused, superseded, withdrawn, retries := 0, 0, 0, 0, 0
	for _, a := range accounts {
		retries += a.retries
		accepted := 0
		for _, r := range a.told {
			entry := ledger.Answer{Bidder: a.Code, Action: ledger.Action(r.action), Statement: r.statement, Price: int64(r.price), Outcome: ledger.Refused,
				Bid: r.bid, Code: r.code, Arrival: r.arrival}
			if r.accepted {
				entry.Outcome = ledger.Accepted
				accepted++
			} else {
				refused++
			}
			book.Answers = append(book.Answers, entry)
		}
		acknowledged += accepted
		a.receipts(t, trust)
		if last, stands := a.standing(); stands {
			statements = append(statements, last.statement)
			superseded += accepted - 1
		} else if accepted > 0 {
			withdrawn++
		}
	}
	if freeze.Root != custody.FreezeRoot(statements) {
		t.Errorf("frozen %d with root %v; acknowledged and standing are %d", freeze.Count, freeze.Root, len(statements))
	}
	for _, row := range record.Rows {
		r := ledger.Row{Bidder: row.Bidder.Code, Bid: row.Bid, Statement: row.Statement}
		if row.Status == custody.Opened && row.Readout != nil && row.Readout.PriceFen != nil {
			r.Opened, r.Price = true, *row.Readout.PriceFen
		}
		book.Rows = append(book.Rows, r)
	}
	for _, f := range book.Judge() {
		t.Error(f)
	}
	t.Logf("%d statements acknowledged, %d refused with receipts, %d superseded, %d bids withdrawn, %d opened, commands run again %d times; %d heads of the log and %d sights",
		acknowledged, refused, superseded, withdrawn, len(record.Rows), retries, len(saw.heads), len(book.Sights))
}

// receipts are all kept at the desk, and each verifies offline.
func (a *account) receipts(t *testing.T, trust *pki.Trust) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(a.Desk.Home.Receipts(a.Desk.Lot.ID), "*.json"))
	if err != nil || len(files) != len(a.told) {
		t.Errorf("%s: %d receipts for %d answers (%v)", a.Name, len(files), len(a.told), err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, c := range bundle.VerifyReceipt(data, trust).Checks {
			if c.Err != nil {
				t.Errorf("%s: receipt: %v", a.Name, c.Err)
			}
		}
	}
}

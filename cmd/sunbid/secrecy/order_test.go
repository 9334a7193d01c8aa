package secrecy_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/cmd/sunbid/node"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
)

// inNoOrder looks at identities and slots in the order in which their events were written: no more of them may rise than of coins
// that fall heads. The bounds are beyond ten standard deviations.
func (h *hall) inNoOrder(t *testing.T) {
	t.Helper()
	lot := h.lots[2].Lot.String()
	for what, sql := range map[string]string{
		"bids":     `SELECT e.stream FROM event e JOIN bid b ON b.bid = e.stream AND e.seq = 1 WHERE b.lot = $1 ORDER BY e.id`,
		"receipts": `SELECT r.receipt FROM receipt r JOIN event e USING (stream, seq) WHERE e.lot = $1 ORDER BY e.id`,
		"slots":    `SELECT lpad(slot::text, 6, '0') FROM event WHERE lot = $1 AND slot IS NOT NULL AND type LIKE 'bid.%' ORDER BY id`,
		"uploads":  `SELECT upload FROM sealed_part WHERE lot = $1 AND kind = 'body' ORDER BY at`,
		"objects":  `SELECT p.object FROM upload_piece p JOIN upload u USING (upload) WHERE u.lot = $1 AND u.kind = 'body' ORDER BY p.at`,
		"versions": `SELECT p.version FROM upload_piece p JOIN upload u USING (upload) WHERE u.lot = $1 AND u.kind = 'body' ORDER BY p.at`,
	} {
		rows, err := h.owner.Query(t.Context(), sql, lot)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		list, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		rises := 0
		for i := 1; i < len(list); i++ {
			if list[i-1] < list[i] {
				rises++
			}
		}
		if n := len(list); n < many || rises < n/3 || rises > n-n/3 {
			t.Errorf("%s: of %d in a row %d rise", what, n, rises)
		}
		t.Logf("%s: %d, of which %d rise", what, len(list), rises)
	}
}

// receiptsAlike compares the receipts of the lot of 3 with those of the lot of 300: the same form, 16 siblings, and only as much of
// the log's path as the log is high. A bidder learns nothing of others from its own.
func (h *hall) receiptsAlike(t *testing.T) {
	t.Helper()
	forms := map[string]int{}
	for i, n := range []int{0, few, 3 * few} {
		for _, person := range h.bidders[:n] {
			own, err := person.Client.OwnBid(t.Context(), h.lots[i].Lot)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := json.Marshal(own)
			if err != nil {
				t.Fatal(err)
			}
			forms["bid "+masked(string(raw))]++
		}
	}
	rows, err := h.owner.Query(t.Context(), `SELECT receipt, org, r.signed::text FROM receipt r`)
	if err != nil {
		t.Fatal(err)
	}
	type stored struct{ Receipt, Org, Signed string }
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[stored])
	if err != nil || len(list) != few+many {
		t.Fatalf("%d receipts: %v", len(list), err)
	}
	for _, r := range list {
		forms["receipt "+masked(r.Signed)]++
	}
	if len(forms) != 2 {
		t.Errorf("bids and receipts have %d forms: %v", len(forms), forms)
	}
	receipts := map[string]string{}
	for _, r := range list {
		receipts[r.Org] = r.Receipt
	}
	h.proofsAlike(t, receipts)
}

// proofsAlike fetches proofs as bidders do.
func (h *hall) proofsAlike(t *testing.T, receipts map[string]string) {
	t.Helper()
	var slots []int
	for _, person := range h.bidders[:10] {
		id, err := bidding.ParseReceiptID(receipts[person.Org.String()])
		if err != nil {
			t.Fatal(err)
		}
		got, err := person.Client.Receipt(t.Context(), id)
		if err != nil || got.Proof == nil {
			t.Fatalf("no proof: %v", err)
		}
		if n := len(got.Proof.Siblings); n != 16 {
			t.Errorf("a proof has %d siblings", n)
		}
		for _, s := range got.Proof.Siblings {
			if s == (canon.Hash{}) {
				t.Error("an empty sibling tells that nobody is there")
			}
		}
		slots = append(slots, got.Proof.Slot)
	}
	if highest := slices.Max(slots); highest < 4*many {
		t.Errorf("slots are counted up: %v", slots)
	}
}

// objectsAreClosed: the folder of the embedded store lets nobody in but the platform's own user.
func (h *hall) objectsAreClosed(t *testing.T) {
	t.Helper()
	closed := 0
	err := filepath.WalkDir(filepath.Join(h.Dir, "objects"), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 && d.IsDir() {
			t.Errorf("%s is open to others: %v", path, info.Mode())
		}
		closed++
		return nil
	})
	if err != nil || closed < many {
		t.Errorf("%d files and folders: %v", closed, err)
	}
}

// logCertificate is the certificate that signs this stack's log.
func (h *hall) logCertificate() (*pki.Certificate, error) {
	c, err := node.Load(h.ConfigFile())
	if err != nil {
		return nil, err
	}
	der, err := os.ReadFile(c.Log.Certificate)
	if err != nil {
		return nil, err
	}
	return pki.ParseCertificate(der)
}

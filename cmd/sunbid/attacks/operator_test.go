package attacks_test

import (
	"bytes"
	"encoding/hex"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/cmd/sunbid/node"
	"sunbid/cmd/sunbid/stack"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
	"sunbid/crypto/tdh2"
)

// operatorOpens tries what the platform's operator can try before the keyholders release: every key of the platform and of the
// rehearsal's authority on every stanza and every boxed share that database and objects hold, and a search for the content.
func (s *scene) operatorOpens(t *testing.T) {
	keys := s.operatorKeys(t)
	rows, err := s.db.Query(t.Context(), `SELECT front FROM sealed_part`)
	if err != nil {
		t.Fatal(err)
	}
	fronts := 0
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			t.Fatal(err)
		}
		front, err := seal.ParseFront(raw)
		if err != nil {
			t.Fatal(err)
		}
		fronts++
		for name, key := range keys {
			for _, stanza := range []tdh2.Stanza{front.Header.T, front.Header.C} {
				if _, err := key.Decrypt(stanza.Ciphertext()); err == nil {
					t.Errorf("the %s key opens a stanza", name)
				}
			}
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if fronts < 6 {
		t.Errorf("%d sealed parts tried, fewer than three bids have", fronts)
	}
	for _, o := range s.soonFile.OfficerKey.Body.Officers {
		for name, key := range keys {
			if _, err := key.DecryptDER(o.Share); err == nil {
				t.Errorf("the %s key opens the share of %s", name, o.Name)
			}
		}
	}
	s.contentIsNowhere(t)
	if got := s.text(t, `SELECT count(*)::text FROM opening_batch`); got != "0" {
		t.Errorf("%s partial decryptions before the opening", got)
	}
}

// operatorKeys are the private keys in the platform's folder, by name; the keyholders' and officers' folders are theirs.
func (s *scene) operatorKeys(t *testing.T) map[string]*sm.PrivateKey {
	t.Helper()
	config, err := node.Load(s.ConfigFile())
	if err != nil {
		t.Fatal(err)
	}
	passphrase, err := node.Secret(config.PassphraseFile)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]*sm.PrivateKey{}
	for name, file := range map[string]node.KeyFile{"platform": config.Platform, "log": config.Log, "strongbox": config.Strongbox} {
		text, err := node.Secret(file.Key)
		if err != nil {
			t.Fatal(err)
		}
		if keys[name], err = sm.ParseEncryptedPEM(text, passphrase); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

// contentIsNowhere searches objects, logs and the whole database for the words of a bid.
func (s *scene) contentIsNowhere(t *testing.T) {
	t.Helper()
	needle := []byte(s.marker)
	files := 0
	for _, folder := range []string{"objects", "log", "postgres"} {
		err := filepath.WalkDir(filepath.Join(s.Dir, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil // what PostgreSQL removes while we look
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return nil
			}
			files++
			if bytes.Contains(content, needle) {
				t.Errorf("the content of a bid stands in %s", path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 20 {
		t.Errorf("only %d files were searched", files)
	}
	if found := s.tablesWith(t); len(found) > 0 {
		t.Errorf("the content of a bid stands in %v", found)
	}
}

// tablesWith are the tables with a row that holds the words of a bid, as text or as bytes.
func (s *scene) tablesWith(t *testing.T) []string {
	t.Helper()
	rows, err := s.db.Query(t.Context(), `SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 15 {
		t.Fatalf("%d tables: %v", len(tables), err)
	}
	var found []string
	for _, table := range tables {
		query := `SELECT count(*)::text FROM ` + table + ` t WHERE position($1 in t::text) > 0 OR position($2 in t::text) > 0`
		if s.text(t, query, s.marker, hex.EncodeToString([]byte(s.marker))) != "0" {
			found = append(found, table)
		}
	}
	return found
}

// operatorMovesItsClock moves the platform's own clock past the opening time of the far lot: the platform freezes, logs and asks,
// all of it genuine, and the keyholders say no by their own clocks. What a bidder submits now is late; its upload was in time.
func (s *scene) operatorMovesItsClock(t *testing.T, b *bidder) {
	readout := s.part(t, b, s.farKeys, seal.KindReadout, 100)
	s.stored(t, b, s.far.Lot, readout)
	st := s.next(t, b)
	for i := range st.Parts {
		if st.Parts[i].Kind == seal.KindReadout {
			st.Parts[i].Digest, st.Parts[i].Size = readout.Digest, readout.Size
		}
	}
	if err := stack.SetClock(s.PlatformClock(), 4*time.Hour); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	b.token = s.login(t, b.Who.Signer) // the session of before has long expired
	a := s.attack(t, "a clock that jumps between upload and submit", b, true, refusal{409, "bid-after-deadline", "E20-27"}, func() answer {
		return s.post(t, b, s.far.Lot, raw(t, signed(t, st, b.Who.Signer)))
	})
	if r := signedReceipt(t, a); r.Outcome != seal.OutcomeRefused || !r.Arrival.After(s.farKeys.OpeningAt) {
		t.Errorf("receipt of the late bid: %+v", r)
	}
	frozen := `SELECT count(*)::text FROM event WHERE lot = $1 AND type = 'opening.frozen.v1'`
	for end := time.Now().Add(15 * time.Second); s.text(t, frozen, s.far.Lot.String()) != "1"; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the platform did not freeze by its moved clock")
		}
	}
	time.Sleep(3 * time.Second) // the freeze is in the log, and the keyholders have been asked
	if got := s.text(t, `SELECT count(*)::text FROM opening_batch WHERE lot = $1`, s.far.Lot.String()); got != "0" {
		t.Errorf("the keyholders released %s batches by the platform's clock", got)
	}
	if page, err := s.Hosts.Tenderer.Client.OpeningStatus(t.Context(), s.far.Lot); err != nil || !page.PublishedAt.IsZero() {
		t.Errorf("opening by a moved clock: %+v %v", page, err)
	}
	if err := stack.SetClock(s.PlatformClock(), 0); err != nil {
		t.Fatal(err)
	}
}

// late: after the near lot's opening time nothing is taken: no statement, no upload.
func (s *scene) late(t *testing.T, b, other *bidder) {
	time.Sleep(time.Until(s.soonAt.Add(100 * time.Millisecond)))
	st := s.next(t, b)
	st.Tender, st.Lot, st.Binding, st.Version, st.Previous, st.Action = s.soon.Tender.String(), s.soon.Lot.String(), s.soonKeys.Binding, 1, canon.Hash{}, seal.ActionSubmit
	st.Parts = s.next(t, other).Parts
	a := s.attack(t, "late bid", b, true, refusal{409, "bid-after-deadline", "E20-27"}, func() answer {
		return s.post(t, b, s.soon.Lot, raw(t, signed(t, st, b.Who.Signer)))
	})
	if r := signedReceipt(t, a); r.Outcome != seal.OutcomeRefused || r.Refusal != "bid-after-deadline" {
		t.Errorf("receipt of the late bid: %+v", r)
	}
	s.attack(t, "late upload", b, true, refusal{409, "bid-after-deadline", "E20-27"}, func() answer { return s.begin(t, b, s.soon.Lot, seal.KindReadout, 70_000, 1) })
}

// publishedPartials: after the opening the bundle holds the partial decryptions of read-outs, under both locks, and of nothing else.
func (s *scene) publishedPartials(t *testing.T) {
	if _, err := s.soon.Await(t.Context(), s.Hosts.Tenderer); err != nil {
		t.Fatal(err)
	}
	bodies := `SELECT count(*)::text FROM opening_batch WHERE lot = $1 AND kind = 'body'`
	for end := time.Now().Add(20 * time.Second); s.text(t, bodies, s.soon.Lot.String()) == "0"; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("no body was opened: there is nothing to leak")
		}
	}
	if found := s.tablesWith(t); len(found) == 0 {
		t.Error("the search for a bid's content finds nothing even now that it is public")
	}
	dir := filepath.Join(t.TempDir(), "bundle")
	if out, err := exec.CommandContext(t.Context(), s.Binaries.Sunbid, "export", "--config", s.ConfigFile(), "--lot", s.soon.Lot.String(), dir).CombinedOutput(); err != nil {
		t.Fatalf("export: %v %s", err, out)
	}
	s.contactsAreNotInside(t, dir)
	locks := map[string]int{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if what := bundletest.Personal(content); what != "" {
			t.Errorf("%s holds a %s", path, what)
		}
		if strings.Contains(filepath.ToSlash(path), "/partials/") {
			batch, err := pki.ParseSigned[custody.PartialsBatch](content)
			if err != nil {
				return err
			}
			if batch.Body.Kind != string(seal.KindReadout) {
				t.Errorf("%s: partial decryptions of %s are public", path, batch.Body.Kind)
			}
			locks[batch.Body.Lock]++
		}
		return nil
	})
	if err != nil || locks[custody.LockT] == 0 || locks[custody.LockC] == 0 {
		t.Errorf("bundle: %v, batches %v", err, locks)
	}
}

// bids are three whole bids for each lot, by the same three bidders.
func (s *scene) bids(t *testing.T) []*bidder {
	t.Helper()
	var list []*bidder
	for _, name := range []string{"甲建设有限公司", "乙建设有限公司", "丙建设有限公司"} {
		list = append(list, s.person(t, name, time.Now().AddDate(1, 0, 0)))
	}
	done := make(chan error, 2*len(list))
	for _, b := range list {
		for _, lot := range []bidding.LotID{s.soon.Lot, s.far.Lot} {
			go func() {
				keys, file := s.soonKeys, s.soonFile
				if lot == s.far.Lot {
					keys, file = s.farKeys, s.farFile
				}
				done <- s.handedIn(t, b, keys, file)
			}()
		}
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	return list
}

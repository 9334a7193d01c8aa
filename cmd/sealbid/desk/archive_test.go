package desk_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sunbid/bidding"
	"sunbid/cmd/sealbid/desk"
	"sunbid/crypto/bundle"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/custody/custodytest"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tdh2"
)

func need[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// Dealt, confirmed, archived and exported; then two of three archivists' files open the part byte for byte and one does not.
func TestArchiveOpensOffline(t *testing.T) {
	t.Parallel()
	ca := custodytest.NewCA(t, pki.Rehearsal)
	platform, dealer, bidder := custodytest.NewParty(t, ca, "平台"), custodytest.NewParty(t, ca, "招标人"), custodytest.NewParty(t, ca, "投标人")
	var people []*desk.Identity
	var archivists []custody.Officer
	certificates := []*pki.Certificate{platform.Signer.Certificate(), dealer.Signer.Certificate()}
	for _, p := range custodytest.NewParties(t, ca, "档案保管人", 3) {
		people = append(people, need(desk.NewIdentity(p.SigningKey, p.Opener, p.Signer.Certificate(), p.Encryption))(t))
		archivists, certificates = append(archivists, p.Officer("archivist")), append(certificates, p.Signer.Certificate())
	}
	dir, lot, tender := t.TempDir(), custodytest.ID("lt"), custodytest.ID("td")
	keyFile := filepath.Join(dir, "key.json")
	who := need(desk.NewIdentity(dealer.SigningKey, dealer.Opener, dealer.Signer.Certificate(), dealer.Encryption))(t)
	if err := desk.DealArchive(who, custody.Dealing{Class: pki.Rehearsal, Tender: tender, Lot: lot, Threshold: 2, DealtAt: canon.At(time.Now())}, archivists, keyFile); err != nil {
		t.Fatal(err)
	}
	for i, p := range people {
		if missing := need(desk.ConfirmArchiveKey(p, keyFile))(t); missing != 2-i {
			t.Fatalf("%d archivists missing after %d", missing, i+1)
		}
	}
	key := need(desk.ReadArchiveKey(keyFile))(t)

	content := []byte(strings.Repeat("技术标正文", 1000))
	poly := need(tdh2.NewPolynomial(rand.Reader, 1))(t)
	share, point := need(poly.Share(1))(t), poly.Commitments()[0]
	purpose := seal.Purpose{Class: pki.Rehearsal, Binding: canon.Sum([]byte("binding")), Lot: lot, Bidder: bidder.Print(), Kind: seal.KindBody, Moment: seal.MomentOpening, NotBefore: canon.At(time.Now()).Time}
	sealer := need(seal.NewSealer(rand.Reader, seal.Keys{T: point, C: point}, purpose, int64(len(content))))(t)
	chunk, _, err := sealer.SealChunk(0, content)
	if err != nil {
		t.Fatal(err)
	}
	front := need(sealer.Finish(bidder.Signer))(t)
	var halves [2][32]byte
	for i, st := range []tdh2.Stanza{front.Header.T, front.Header.C} {
		d, _, err := tdh2.Partials(rand.Reader, share, []tdh2.Item{need(st.Item(front.Header.Label()))(t)})
		if err != nil {
			t.Fatal(err)
		}
		halves[i] = need(seal.OpenStanza(st, d[0], front.Header.Label()))(t)
	}
	cek := need(front.CEK(halves[0], halves[1], nil))(t)
	a := custody.Archive{Type: custody.TypeArchive, Class: pki.Rehearsal, Tender: tender, Lot: lot, Binding: purpose.Binding, Freeze: canon.Sum([]byte("freeze")), ArchiveKey: need(key.Hash())(t), ArchivedAt: canon.At(time.Now()), Parts: []custody.ArchivedPart{}}
	if err := a.Keep(rand.Reader, key.Body.PublicKey, custody.ArchivedPart{Bid: custodytest.ID("bd"), Kind: string(seal.KindBody), Digest: front.Digest(), Commit: front.Header.Commit}, cek); err != nil {
		t.Fatal(err)
	}
	record := need(pki.Sign(a, platform.Signer))(t)
	folder := filepath.Join(dir, "archive")
	file := append(front.Bytes(), chunk...)
	short := func(custody.ArchivedPart) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(file[:len(file)-1])), nil
	}
	if err := bundle.WriteArchive(folder, key, record, certificates, short); err == nil {
		t.Fatal("a cut part was archived")
	}
	if err := bundle.WriteArchive(folder, key, record, certificates, func(custody.ArchivedPart) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(file)), nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := bundle.ReadArchive(folder, func(*pki.Certificate) bool { return false }); !errors.Is(err, bundle.ErrArchiveFolder) {
		t.Fatalf("another platform's archive: %v", err)
	}
	f := need(bundle.ReadArchive(folder, func(c *pki.Certificate) bool { return c.Fingerprint() == platform.Print() }))(t)
	one, three, out := filepath.Join(dir, "1.json"), filepath.Join(dir, "3.json"), filepath.Join(dir, "out")
	for path, p := range map[string]*desk.Identity{one: people[0], three: people[2]} {
		if err := desk.ReleaseArchive(p, f, path); err != nil {
			t.Fatal(err)
		}
	}
	if names, err := desk.OpenArchive(f, []string{one}, out); err == nil || len(names) != 0 {
		t.Fatal("one archivist opened it alone")
	}
	names := need(desk.OpenArchive(f, []string{one, three}, out))(t)
	if got := need(os.ReadFile(filepath.Join(out, names[0])))(t); !bytes.Equal(got, content) {
		t.Fatal("another content")
	}
	order := need(desk.OrderArchivedErasure(who, need(bidding.ParseLotID(lot))(t), need(record.Marshal())(t)))(t)
	if order.Body.Ground != need(record.Hash())(t) {
		t.Error("the order rests on another record")
	}
}

package seal_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/canon/canontest"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tlog"
)

const bundleVector = "../../testdata/vectors/bundle"

// FuzzStatement: a submit statement has one encoding, and what still verifies is a bidder's statement, byte for byte.
func FuzzStatement(f *testing.F) {
	paths, err := filepath.Glob(bundleVector + "/bids/*/statement.json")
	if err != nil || len(paths) == 0 {
		f.Fatal(err)
	}
	genuine := map[string]*pki.Certificate{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		s, err := pki.ParseSigned[seal.Statement](data)
		if err != nil {
			f.Fatal(err)
		}
		der, err := os.ReadFile(bundleVector + "/certificates/" + s.Signatures[0].Signer.String() + ".der")
		if err != nil {
			f.Fatal(err)
		}
		if genuine[string(data)], err = pki.ParseCertificate(der); err != nil {
			f.Fatal(err)
		}
	}
	f.Add([]byte(`{"body":{"parts":[` + strings.Repeat("{},", 500) + `{}]},"signatures":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, ok := canontest.OneEncoding(t, data, pki.ParseSigned[seal.Statement], seal.SignedStatement.Marshal)
		if !ok {
			return
		}
		if err := s.Body.Check(); err != nil {
			canontest.Refused(t, data, err)
		}
		for _, c := range genuine {
			if s.VerifyAll(c) == nil && genuine[string(data)] != c {
				t.Fatalf("verifies, and was not signed: %s", data)
			}
		}
	})
}

// FuzzReceipt: a receipt has one encoding, and the check of its form refuses with a code. FuzzReceiptFile of package bundle verifies it.
func FuzzReceipt(f *testing.F) {
	w := newWorld(f)
	at := canon.At(time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC))
	tender, bid := "td_00000000000000000000000000", "bd_00000000000000000000000000"
	r := seal.Receipt{
		Type: seal.ReceiptType, Receipt: "rc_00000000000000000000000000", Class: pki.Rehearsal, Tender: tender, Lot: lotA, Bid: bid, Version: 1, Action: seal.ActionSubmit,
		Statement: canon.Hash{1}, Arrival: at, Outcome: seal.OutcomeAccepted, Salt: make([]byte, 32), MergeBy: at,
		Parts: []seal.ReceivedPart{{Kind: seal.KindReadout, Digest: canon.Hash{2}, Size: 66_000, Objects: []string{"v1"}}},
		Envelope: tlog.Envelope{Type: tlog.EnvelopeType, Tender: tender, Lot: lotA, Stream: bid, Seq: 1, Event: "bid.submitted.v1", At: at, By: tlog.By{Actor: "ps_0", Role: "bidder"},
			Body: json.RawMessage(`{"arrival":"2026-03-01T01:00:00.000Z"}`)},
	}
	refused := r
	refused.Outcome, refused.Refusal, refused.Parts, refused.Timestamp = seal.OutcomeRefused, "submit-late", []seal.ReceivedPart{}, []byte{1, 2, 3}
	for _, r := range []seal.Receipt{r, refused} {
		s, err := pki.Sign(r, w.bidder)
		if err != nil {
			f.Fatal(err)
		}
		if err := r.Check(); err != nil {
			f.Fatal(err)
		}
		data, err := s.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, ok := canontest.OneEncoding(t, data, pki.ParseSigned[seal.Receipt], seal.SignedReceipt.Marshal)
		if !ok {
			return
		}
		if err := s.Body.Check(); err != nil {
			canontest.Refused(t, data, err)
		}
	})
}

// FuzzContainer: a container that is read is the one that its files make, byte for byte.
func FuzzContainer(f *testing.F) {
	for _, names := range [][]string{{"报价.pdf"}, {"a.txt", "b.txt"}} {
		var files []seal.File
		for _, n := range names {
			files = append(files, seal.File{Name: n, Media: "application/pdf", Size: int64(len(n)), Content: strings.NewReader(n)})
		}
		c, err := seal.NewContainer(files)
		if err != nil {
			f.Fatal(err)
		}
		data, err := io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("\x00\x20\x00\x00{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var files []seal.File
		var err error
		canontest.Bounded(t, data, func() {
			files = nil
			_, err = seal.ParseContainer(bytes.NewReader(data), func(e seal.Entry, content io.Reader) error {
				b, err := io.ReadAll(content)
				files = append(files, seal.File{Name: e.Name, Media: e.Media, Size: e.Size, Content: bytes.NewReader(b)})
				return err
			})
		})
		if err != nil {
			canontest.Refused(t, data, err)
			return
		}
		c, err := seal.NewContainer(files)
		if err != nil {
			t.Fatalf("%q is read, and cannot be made: %v", data, err)
		}
		again, err := io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%q is read, and written as %q: %v", data, again, err)
		}
	})
}

// FuzzSealedFile changes a sealed file in one place: the root, the signature or the opening refuses it with a code, unless nothing was
// changed. Its front is read within the order of its own length.
func FuzzSealedFile(f *testing.F) {
	w := newWorld(f)
	plain, err := goodReadout().Encode()
	if err != nil {
		f.Fatal(err)
	}
	file, front := w.sealed(f, seal.KindReadout, true, plain)
	key, err := w.cek(f, front)
	if err != nil {
		f.Fatal(err)
	}
	for _, at := range []int{0, 4, 9, 100, front.Size() - 96, front.Size() - 1, front.Size(), len(file) - 1, len(file)} {
		f.Add(uint32(at), uint32(0), []byte{})
		f.Add(uint32(at), uint32(1), []byte{0})
		f.Add(uint32(at), uint32(1), []byte{})
	}
	f.Fuzz(func(t *testing.T, at, cut uint32, put []byte) {
		changed := canontest.Splice(file, at, cut, put)
		r := bytes.NewReader(changed)
		var got seal.Front
		var err error
		canontest.Within(t, 64<<10, changed, func() { r.Reset(changed); got, err = seal.ReadFront(r) })
		if err != nil {
			canontest.Refused(t, put, err)
			return
		}
		if err := got.Verify(w.bidder.Certificate()); err != nil {
			canontest.Refused(t, put, err)
			return
		}
		var out bytes.Buffer
		if err := seal.OpenFile(key, got, r, &out); err != nil {
			canontest.Refused(t, put, err)
		} else if !bytes.Equal(changed, file) || !bytes.Equal(out.Bytes(), plain) {
			t.Fatalf("%d octets from %d on changed into %x, and it opens", cut, at, put)
		}
	})
}

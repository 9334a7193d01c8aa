package bundle_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"sunbid/crypto/bundle"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tlog"
)

func TestReceipt(t *testing.T) {
	t.Parallel()
	o := bundletest.New(t, bundletest.Wanted{Bids: 2})
	good := receipt(t, o)
	for _, c := range []struct {
		name, breaks string
		change       func(*bundle.ReceiptFile)
	}{
		{"as given", "", func(*bundle.ReceiptFile) {}},
		{"fresh, no proof yet", "", func(f *bundle.ReceiptFile) { f.Proof = nil }},
		{"without statement", "", func(f *bundle.ReceiptFile) { f.Statement = nil }},
		{"arrival changed", bundle.CheckReceipt, func(f *bundle.ReceiptFile) {
			f.Receipt.Body.Arrival = canon.At(f.Receipt.Body.Arrival.Add(-time.Minute))
		}},
		{"certificate missing", bundle.CheckReceipt, func(f *bundle.ReceiptFile) { f.Certificates = f.Certificates[1:] }},
		{"statement of another bidder", bundle.CheckStatement, func(f *bundle.ReceiptFile) {
			s, by := o.Statement(1)
			f.Statement, f.Certificates = &s, append(f.Certificates, by.Signing.DER())
		}},
		{"parts left out, refused", "", func(f *bundle.ReceiptFile) {
			r := &f.Receipt.Body
			r.Outcome, r.Refusal, r.Parts = seal.OutcomeRefused, "submit-late", []seal.ReceivedPart{}
			f.Receipt, _ = pki.Sign(*r, o.Platform.Signer)
		}},
		{"event of another bid", bundle.CheckEnvelope, func(f *bundle.ReceiptFile) {
			d := submitted(o, 1)
			f.Receipt.Body.Envelope, f.Receipt.Body.Salt = d.Envelope, d.Salt
			f.Receipt, _ = pki.Sign(f.Receipt.Body, o.Platform.Signer)
		}},
		{"proof of another event", bundle.CheckProof, func(f *bundle.ReceiptFile) { p := submitted(o, 1).Proof; f.Proof = &p }},
		{"signed by somebody else", bundle.CheckTrust, func(f *bundle.ReceiptFile) {
			f.Receipt, _ = pki.Sign(f.Receipt.Body, o.Tenderer.Signer)
			f.Certificates = append(f.Certificates, o.Tenderer.Signing.DER())
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := good
			c.change(&file)
			data, err := canon.Marshal(file)
			if err != nil {
				t.Fatal(err)
			}
			r := bundle.VerifyReceipt(data, trustOf(t, o))
			if c.breaks == "" {
				if !r.OK() || !r.Trusted() {
					t.Errorf("%+v", r.Checks)
				}
				return
			}
			if check, _ := r.Find(c.breaks); r.OK() || check.Err == nil {
				t.Errorf("%s holds: %+v", c.breaks, r.Checks)
			}
		})
	}
	if r := bundle.VerifyReceipt([]byte("{}"), nil); r.OK() {
		t.Error("an empty receipt holds")
	}
}

// TestReceiptSaysWhatItsStatementSays: a platform that signs another class, tender, lot, bid, version, action or part than the
// statement has, whose hash it names, has signed its own refutation.
func TestReceiptSaysWhatItsStatementSays(t *testing.T) {
	t.Parallel()
	o := bundletest.New(t, bundletest.Wanted{Bids: 2})
	good := receipt(t, o)
	for name, change := range map[string]func(*seal.Receipt){
		"class": func(r *seal.Receipt) {
			r.Class = map[string]string{"rehearsal": "production", "production": "rehearsal"}[r.Class]
		},
		"tender":  func(r *seal.Receipt) { r.Tender = bundletest.NewID("td"); r.Envelope.Tender = r.Tender },
		"lot":     func(r *seal.Receipt) { r.Lot = bundletest.NewID("lt"); r.Envelope.Lot = r.Lot },
		"bid":     func(r *seal.Receipt) { r.Bid = bundletest.NewID("bd") },
		"version": func(r *seal.Receipt) { r.Version++ },
		"action":  func(r *seal.Receipt) { r.Action = seal.ActionWithdraw },
		"no part": func(r *seal.Receipt) { r.Parts = []seal.ReceivedPart{} },
		"digest":  func(r *seal.Receipt) { r.Parts[0].Digest[0] ^= 1 },
		"size":    func(r *seal.Receipt) { r.Parts[0].Size++ },
		"kind":    func(r *seal.Receipt) { r.Parts[0].Kind = seal.KindPrice },
		"a refused one's part": func(r *seal.Receipt) {
			r.Outcome, r.Refusal, r.Parts[0].Size = seal.OutcomeRefused, "submit-late", r.Parts[0].Size+1
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := good
			file.Receipt.Body.Parts = slices.Clone(good.Receipt.Body.Parts)
			change(&file.Receipt.Body)
			var err error
			file.Receipt, err = pki.Sign(file.Receipt.Body, o.Platform.Signer)
			check(t, err)
			data, err := canon.Marshal(file)
			check(t, err)
			c, _ := bundle.VerifyReceipt(data, nil).Find(bundle.CheckStatement)
			var broken *bundle.Broken
			if !errors.As(c.Err, &broken) || broken.Code() != "receipt-contradicts" {
				t.Errorf("the statement's check says %v", c.Err)
			}
		})
	}
}

// trustOf answers for bidders too, whose issuer stands in no receipt.
func trustOf(t testing.TB, o *bundletest.Opening) *pki.Trust {
	trust := o.Trust(t)
	trust.Issuers = append(trust.Issuers, o.Bidders.Certificate())
	return trust
}

// submitted is the event of the newest statement of the i-th bid.
func submitted(o *bundletest.Opening, i int) tlog.Disclosed {
	s, _ := o.Statement(i)
	for _, e := range o.Contents.Events {
		if e.Envelope.Stream == s.Body.Bid && e.Envelope.Seq == s.Body.Version {
			return e
		}
	}
	return tlog.Disclosed{}
}

func receipt(t testing.TB, o *bundletest.Opening) bundle.ReceiptFile {
	t.Helper()
	s, by := o.Statement(0)
	event := submitted(o, 0)
	hash, err := s.Hash()
	if err != nil {
		t.Fatal(err)
	}
	var arrival canon.Time
	for _, r := range o.Contents.Record.Body.Rows {
		if r.Bid == s.Body.Bid {
			arrival = r.Arrival
		}
	}
	signed, err := pki.Sign(seal.Receipt{
		Type: seal.ReceiptType, Receipt: bundletest.NewID("rc"), Class: o.Class, Tender: o.Tender, Lot: o.Lot, Bid: s.Body.Bid, Version: s.Body.Version,
		Action: s.Body.Action, Statement: hash, Arrival: arrival, Outcome: seal.OutcomeAccepted,
		Parts:    []seal.ReceivedPart{{Kind: seal.KindReadout, Digest: s.Body.Parts[0].Digest, Size: s.Body.Parts[0].Size, Objects: []string{"v1"}}},
		Envelope: event.Envelope, Salt: event.Salt, MergeBy: canon.At(arrival.Add(time.Minute)),
	}, o.Platform.Signer)
	if err != nil {
		t.Fatal(err)
	}
	return bundle.ReceiptFile{Type: bundle.TypeReceiptFile, Receipt: signed, Statement: &s, Proof: &event.Proof,
		Certificates: [][]byte{o.Platform.Signing.DER(), by.Signing.DER(), o.LogParty.Signing.DER()}}
}

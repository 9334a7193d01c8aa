package second_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sunbid/crypto/bundle"
	"sunbid/crypto/bundle/bundletest"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/tlog"
)

// TestReceipt has a receipt read by both implementations, as given and changed: they break at the same check.
func TestReceipt(t *testing.T) {
	t.Parallel()
	o := bundletest.New(t, bundletest.Wanted{Bids: 2})
	good := receipt(t, o)
	sign := func(f *bundle.ReceiptFile, change func(*seal.Receipt)) {
		change(&f.Receipt.Body)
		var err error
		f.Receipt, err = pki.Sign(f.Receipt.Body, o.Platform.Signer)
		check(t, err)
	}
	cases := map[string]func(*bundle.ReceiptFile){
		"as given":          func(*bundle.ReceiptFile) {},
		"no proof yet":      func(f *bundle.ReceiptFile) { f.Proof = nil },
		"without statement": func(f *bundle.ReceiptFile) { f.Statement = nil },
		"arrival changed": func(f *bundle.ReceiptFile) {
			f.Receipt.Body.Arrival = canon.At(f.Receipt.Body.Arrival.Add(-time.Minute))
		},
		"certificate missing": func(f *bundle.ReceiptFile) { f.Certificates = f.Certificates[1:] },
		"of another bidder": func(f *bundle.ReceiptFile) {
			s, by := o.Statement(1)
			f.Statement, f.Certificates = &s, append(f.Certificates, by.Signing.DER())
		},
		"event of another bid": func(f *bundle.ReceiptFile) {
			sign(f, func(r *seal.Receipt) { d := submitted(o, 1); r.Envelope, r.Salt = d.Envelope, d.Salt })
		},
		"another arrival": func(f *bundle.ReceiptFile) {
			sign(f, func(r *seal.Receipt) { r.Arrival = canon.At(r.Arrival.Add(time.Second)) })
		},
		"another salt": func(f *bundle.ReceiptFile) {
			sign(f, func(r *seal.Receipt) { r.Salt = bytes.Repeat(canon.Hex{7}, 32) })
		},
		"a refusal without code": func(f *bundle.ReceiptFile) { sign(f, func(r *seal.Receipt) { r.Outcome = "refused" }) },
		"another class":          func(f *bundle.ReceiptFile) { sign(f, func(r *seal.Receipt) { r.Class = "production" }) },
		"another bid":            func(f *bundle.ReceiptFile) { sign(f, func(r *seal.Receipt) { r.Bid = bundletest.NewID("bd") }) },
		"another version":        func(f *bundle.ReceiptFile) { sign(f, func(r *seal.Receipt) { r.Version++ }) },
		"another action":         func(f *bundle.ReceiptFile) { sign(f, func(r *seal.Receipt) { r.Action = seal.ActionWithdraw }) },
		"a part left out":        func(f *bundle.ReceiptFile) { sign(f, func(r *seal.Receipt) { r.Parts = []seal.ReceivedPart{} }) },
		"another digest":         func(f *bundle.ReceiptFile) { sign(f, func(r *seal.Receipt) { r.Parts[0].Digest[0] ^= 1 }) },
		"another size":           func(f *bundle.ReceiptFile) { sign(f, func(r *seal.Receipt) { r.Parts[0].Size++ }) },
		"another tender": func(f *bundle.ReceiptFile) {
			sign(f, func(r *seal.Receipt) { r.Tender = bundletest.NewID("td"); r.Envelope.Tender = r.Tender })
		},
		"another lot": func(f *bundle.ReceiptFile) {
			sign(f, func(r *seal.Receipt) { r.Lot = bundletest.NewID("lt"); r.Envelope.Lot = r.Lot })
		},
		"refused, with no part": func(f *bundle.ReceiptFile) {
			sign(f, func(r *seal.Receipt) { r.Outcome, r.Refusal, r.Parts = "refused", "submit-late", []seal.ReceivedPart{} })
		},
		"refused, with another part": func(f *bundle.ReceiptFile) {
			sign(f, func(r *seal.Receipt) { r.Outcome, r.Refusal, r.Parts[0].Size = "refused", "submit-late", 1 })
		},
		"proof of another event": func(f *bundle.ReceiptFile) { p := submitted(o, 1).Proof; f.Proof = &p },
		"signed by somebody else": func(f *bundle.ReceiptFile) {
			var err error
			f.Receipt, err = pki.Sign(f.Receipt.Body, o.Tenderer.Signer)
			check(t, err)
			f.Certificates = append(f.Certificates, o.Tenderer.Signing.DER())
		},
	}
	list := o.Trust(t)
	list.Issuers = append(list.Issuers, o.Bidders.Certificate()) // the bidders' issuer stands in no receipt
	dir := t.TempDir()
	raw, err := list.Marshal()
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, "trust.json"), raw, 0o600))
	args, names, first := []string{"receipt", "--trust", filepath.Join(dir, "trust.json")}, []string{}, []bundle.Report{}
	add := func(name string, data []byte) {
		path := filepath.Join(dir, name+".receipt")
		check(t, os.WriteFile(path, data, 0o600))
		args, names, first = append(args, path), append(names, name), append(first, bundle.VerifyReceipt(data, list))
	}
	for name, change := range cases {
		file := copied(t, good)
		change(&file)
		data, err := canon.Marshal(file)
		check(t, err)
		add(name, data)
	}
	whole, err := canon.Marshal(good)
	check(t, err)
	for _, at := range []int{0, len(whole) / 3, len(whole) / 2, len(whole) - 1} {
		flipped := bytes.Clone(whole)
		flipped[at] ^= 1
		add("flip "+string(rune('a'+len(names))), flipped)
	}
	printed, _ := python(t, nil, args...)
	d := json.NewDecoder(bytes.NewReader(printed))
	for i, name := range names {
		var second []result
		check(t, d.Decode(&second))
		for n, one := range first[i].Checks {
			if want, got := outcome(one), second[n].Status; got != want {
				t.Errorf("%s: %s is %s (%s) for the second, %s (%v) for the first", name, one.Name, got, second[n].Code, want, one.Err)
			}
		}
	}
}

// outcome is ok, failed, not-present, not-checked or skipped.
func outcome(c bundle.Check) string {
	switch {
	case c.Err != nil:
		return "failed"
	case c.Skipped == bundle.NotPresent || c.Skipped == bundle.NotChecked:
		return c.Skipped
	case c.Skipped != "":
		return "skipped"
	}
	return "ok"
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

// copied shares nothing with the original.
func copied(t *testing.T, f bundle.ReceiptFile) (c bundle.ReceiptFile) {
	t.Helper()
	data, err := canon.Marshal(f)
	check(t, err)
	check(t, canon.Unmarshal(data, &c))
	return c
}

func receipt(t *testing.T, o *bundletest.Opening) bundle.ReceiptFile {
	t.Helper()
	s, by := o.Statement(0)
	event := submitted(o, 0)
	hash, err := s.Hash()
	check(t, err)
	var arrival canon.Time
	for _, r := range o.Contents.Record.Body.Rows {
		if r.Bid == s.Body.Bid {
			arrival = r.Arrival
		}
	}
	part := s.Body.Parts[0]
	signed, err := pki.Sign(seal.Receipt{
		Type: seal.ReceiptType, Receipt: bundletest.NewID("rc"), Class: o.Class, Tender: o.Tender, Lot: o.Lot, Bid: s.Body.Bid,
		Version: s.Body.Version, Action: s.Body.Action, Statement: hash, Arrival: arrival, Outcome: seal.OutcomeAccepted,
		Parts:    []seal.ReceivedPart{{Kind: part.Kind, Digest: part.Digest, Size: part.Size, Objects: []string{"v1"}}},
		Envelope: event.Envelope, Salt: event.Salt, MergeBy: canon.At(arrival.Add(time.Minute)),
	}, o.Platform.Signer)
	check(t, err)
	return bundle.ReceiptFile{Type: bundle.TypeReceiptFile, Receipt: signed, Statement: &s, Proof: &event.Proof,
		Certificates: [][]byte{o.Platform.Signing.DER(), by.Signing.DER(), o.LogParty.Signing.DER()}}
}

package custody_test

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sunbid/crypto/canon"
	"sunbid/crypto/canon/canontest"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/tdh2"
)

const bundleVector = "../../testdata/vectors/bundle"

// decoder reads one kind of message and holds it to what every decoder is asked.
type decoder struct {
	name string
	try  func(t testing.TB, data []byte, known custody.Certificates, genuine map[string]bool)
}

// record is the decoder of a signed record. Where every signature is a good one of certificates of the vectors, body and signatures
// are those of the vectors; that there may be fewer of them is for the rules of each record.
func record[T any](name string) decoder {
	return decoder{name, func(t testing.TB, data []byte, known custody.Certificates, genuine map[string]bool) {
		s, ok := canontest.OneEncoding(t, data, pki.ParseSigned[T], pki.Signed[T].Marshal)
		if !ok {
			return
		}
		if form, ok := any(s.Body).(interface{ Check() error }); ok {
			var err error
			canontest.Bounded(t, data, func() { err = form.Check() })
			if err != nil {
				canontest.Refused(t, data, err)
			}
		}
		var by []*pki.Certificate
		for _, signer := range s.Signers() {
			if c := known(signer); c != nil {
				by = append(by, c)
			}
		}
		if s.VerifyAll(by...) != nil {
			return
		}
		for _, part := range parts(t, data) {
			if !genuine[part] {
				t.Fatalf("verifies, and was not signed: %s in %s", part, data)
			}
		}
	}}
}

// plainly is the decoder of a message that carries records and is not signed itself.
func plainly[T any](name string) decoder {
	return decoder{name, func(t testing.TB, data []byte, _ custody.Certificates, _ map[string]bool) {
		canontest.OneEncoding(t, data, func(b []byte) (v T, err error) { return v, canon.Unmarshal(b, &v) }, func(v T) ([]byte, error) { return canon.Marshal(v) })
	}}
}

// records are all signed records of this package; the place in the list is the first argument of FuzzRecords.
func records() []decoder {
	return []decoder{
		record[custody.KeyRecord]("key-record.json"), record[custody.OfficerKey]("officer-key.json"), record[custody.Binding]("binding.json"),
		record[custody.Postponement]("postponement-1.json"), record[custody.Freeze]("freeze.json"), record[custody.OpeningRecord]("record.json"),
		record[custody.Cause]("causes.jsonl"), record[custody.KeyRelease]("bids/*/key-release.json"), record[custody.PartialsBatch]("partials/*.json"),
		record[custody.MomentRelease](""), record[custody.ErasureOrder](""), record[custody.Erased](""), record[custody.DrillAnswer](""),
		record[custody.DKGCommit]("commits"), record[custody.DKGReveal]("reveals"), record[custody.DKGCheck]("checks"), record[custody.DKGAnswer]("answers"),
		record[custody.ArchiveKey](""), record[custody.Archive](""), record[custody.ArchivePartials](""),
	}
}

// messages go between platform, keyholders and officers over mutual TLS, or lie on a keyholder's disk.
func messages() []decoder {
	return []decoder{
		plainly[custody.BindRequest]("bind"), plainly[custody.PostponeRequest]("postpone"), plainly[custody.EraseRequest]("erase"), plainly[custody.GenerateRequest]("generate"),
		plainly[custody.Release]("release answer"), plainly[custody.GenerateReply]("generate answer"), plainly[custody.Health]("health"), plainly[custody.Problem]("problem"),
		plainly[pki.Signature]("signature"), plainly[custody.FreezeEvidence]("freeze evidence"), plainly[custody.MomentEvidence]("moment evidence"), plainly[[]tdh2.Point]("points"),
	}
}

// shipped is every certificate of the vectors, and every signed record of them under the number of its decoder.
func shipped(tb testing.TB) (known custody.Certificates, seeds map[int][][]byte, v vectors) {
	tb.Helper()
	read := func(path string) []byte {
		data, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		return data
	}
	if err := json.Unmarshal(read(vectorFile), &v); err != nil {
		tb.Fatal(err)
	}
	ders := v.Certificates
	paths, _ := filepath.Glob(bundleVector + "/certificates/*.der")
	for _, p := range paths {
		ders = append(ders, read(p))
	}
	var list []*pki.Certificate
	for _, der := range ders {
		c, err := pki.ParseCertificate(der)
		if err != nil {
			tb.Fatal(err)
		}
		list = append(list, c)
	}
	seeds = map[int][][]byte{}
	for i, d := range records() {
		paths, _ := filepath.Glob(bundleVector + "/" + d.name)
		for _, p := range paths {
			if info, err := os.Stat(p); d.name != "" && err == nil && info.Mode().IsRegular() {
				seeds[i] = append(seeds[i], []byte(strings.TrimSpace(string(read(p)))))
			}
		}
		for _, c := range v.Ceremonies[:1] {
			for name, raw := range map[string]json.RawMessage{"commits": c.Commits, "reveals": c.Reveals, "checks": c.Checks, "answers": c.Answers} {
				var all []any
				if json.Unmarshal(raw, &all); name != d.name {
					continue
				}
				for _, m := range all {
					text, err := json.Marshal(m) // keys ascend, numbers are small: this is canonical
					if err != nil {
						tb.Fatal(err)
					}
					seeds[i] = append(seeds[i], text)
				}
			}
		}
	}
	return custody.CertificatesOf(list...), seeds, v
}

// FuzzRecords: every signed record has one encoding, is refused with a code, and cannot be changed under its signatures.
func FuzzRecords(f *testing.F) {
	known, seeds, v := shipped(f)
	genuine := map[string]bool{}
	for i, list := range seeds {
		for _, data := range list {
			for _, part := range parts(f, data) {
				genuine[part] = true
			}
			f.Add(byte(i), data)
		}
	}
	for _, c := range v.Ceremonies { // records of spoilt ceremonies are signed too
		for _, raw := range []json.RawMessage{c.Commits, c.Reveals, c.Checks, c.Answers} {
			for _, m := range elements(f, raw) {
				for _, part := range parts(f, m) {
					genuine[part] = true
				}
			}
		}
	}
	hash := canon.Hash{7}.String()
	for i, body := range map[int]string{
		9:  `{"after":"` + hash + `","binding":"` + hash + `","class":"rehearsal","lot":"lt_00000000000000000000000000","moment":"technical","tender":"td_00000000000000000000000000","type":"sunbid/release/v1"}`,
		10: `{"binding":"` + hash + `","class":"rehearsal","ground":"` + hash + `","lot":"lt_00000000000000000000000000","reason":"terminated","tender":"td_00000000000000000000000000","type":"sunbid/erasure-order/v1"}`,
		11: `{"class":"rehearsal","erased_at":"2026-03-01T01:00:00.000Z","index":1,"key":"ky_00000000000000000000000000","lot":"lt_00000000000000000000000000","type":"sunbid/erased/v1"}`,
		12: `{"answered_at":"2026-03-01T01:00:00.000Z","class":"rehearsal","lot":"lt_00000000000000000000000000","nonce":"` + hash + `","type":"sunbid/drill-answer/v1"}`,
	} {
		f.Add(byte(i), []byte(`{"body":`+body+`,"signatures":[{"sig":"`+strings.Repeat("00", 64)+`","signer":"`+hash+`"}]}`))
	}
	f.Add(byte(5), []byte(`{"body":{"rows":[`+strings.Repeat("{},", 900)+`{}]},"signatures":[]}`))
	f.Add(byte(8), []byte(`{"body":{"items":[`+strings.Repeat("0,", 900)+`{}]},"signatures":[]}`))
	decoders := records()
	f.Fuzz(func(t *testing.T, kind byte, data []byte) {
		decoders[int(kind)%len(decoders)].try(t, data, known, genuine)
	})
}

// parts are the body and every signature of a signed record.
func parts(tb testing.TB, data []byte) (texts []string) {
	tb.Helper()
	var signed pki.Signed[json.RawMessage]
	if err := json.Unmarshal(data, &signed); err != nil {
		tb.Fatal(err)
	}
	for _, s := range signed.Signatures {
		texts = append(texts, s.Sig.String())
	}
	return append(texts, string(signed.Body))
}

// elements are the texts of a JSON list's elements, canonical.
func elements(tb testing.TB, raw json.RawMessage) (texts [][]byte) {
	tb.Helper()
	var all []any
	if len(raw) > 0 && json.Unmarshal(raw, &all) != nil {
		tb.Fatalf("not a list: %s", raw)
	}
	for _, m := range all {
		text, err := json.Marshal(m)
		if err != nil {
			tb.Fatal(err)
		}
		texts = append(texts, text)
	}
	return texts
}

// FuzzMessages: what goes between the parties has one encoding and is refused with a code.
func FuzzMessages(f *testing.F) {
	_, seeds, v := shipped(f)
	first := func(i int) string { return string(seeds[i][0]) }
	r, err := custody.ParseReleaseRequest(v.Release.Request)
	if err != nil {
		f.Fatal(err)
	}
	evidence, err := canon.Marshal(r.Freeze)
	if err != nil {
		f.Fatal(err)
	}
	for i, text := range []string{
		`{"binding":` + first(2) + `,"dealer":"AA==","key_record":` + first(0) + `,"officer_key":` + first(1) + `}`,
		`{"certificates":["AA=="],"postponement":` + first(3) + `}`,
		`{"certificates":[],"freeze":` + string(evidence) + `,"order":null}`,
		`{"commits":[` + first(13) + `],"step":"reveal"}`,
		`{"batch":` + first(8) + `,"refused":[{"code":"release-label-mismatch","detail":"x","item":1}]}`,
		`{"commit":` + first(13) + `}`,
		`{"checkpoint":7,"class":"rehearsal","clock":"2026-03-01T01:00:00.000Z","index":1,"origin":"","pool":3,"version":"1"}`,
		`{"code":"release-too-early","detail":"x","holder":1}`,
		`{"sig":"00","signer":"` + canon.Hash{}.String() + `"}`,
		string(evidence),
		`{"certificates":["AA=="],"consistency":{"from":0,"path":[]},"event":null,"release":null}`,
		`["` + tdh2.Generator().String() + `"]`,
	} {
		f.Add(byte(i), []byte(text))
	}
	f.Add(byte(3), []byte(`{"reveals":[`+strings.Repeat("0,", 900)+`0],"step":"check"}`))
	decoders := messages()
	f.Fuzz(func(t *testing.T, kind byte, data []byte) {
		decoders[int(kind)%len(decoders)].try(t, data, nil, nil)
	})
}

// FuzzParseReleaseRequest: a release request has one encoding; its items point into what was given.
func FuzzParseReleaseRequest(f *testing.F) {
	_, _, v := shipped(f)
	f.Add(v.Release.Request)
	f.Add([]byte("SRLQ\x01\x00\x00\x00\x02{}\x00\x00\x00\x01"))
	f.Add(binary.BigEndian.AppendUint32([]byte("SRLQ\x01"), 1<<31))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, ok := canontest.OneEncoding(t, b, custody.ParseReleaseRequest, custody.ReleaseRequest.Encode)
		if ok && (len(r.Items) < 1 || len(r.Items) > custody.MaxBatch) {
			t.Fatalf("%d items", len(r.Items))
		}
	})
}

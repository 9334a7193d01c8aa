package custody_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"sunbid/cmd/dev/goldentest"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
)

const archiveVectorFile = "../../testdata/vectors/archive.json"

// archiveVectors are what a second implementation checks its archives against. Certificates are DER, secrets are hex.
type archiveVectors struct {
	About        string            `json:"about"`
	Certificates [][]byte          `json:"certificates"`
	Dealer       canon.Hash        `json:"dealer"`
	Keys         []recordCase      `json:"archive_keys"`
	Shares       []officerShareKey `json:"shares"`   // of the first archive key
	Archives     []recordCase      `json:"archives"` // against the first archive key
	Labels       []canon.Hex       `json:"labels"`   // of the first archive's parts
	Openings     []archiveOpening  `json:"openings"` // of parts of the first archive
}

type archiveOpening struct {
	Name    string          `json:"name"`
	Digest  canon.Hash      `json:"digest"`
	Batches json.RawMessage `json:"batches"`
	Key     canon.Hex       `json:"content_key,omitempty"`
	Expect  string          `json:"expect,omitempty"`
}

func TestArchiveVectors(t *testing.T) {
	t.Parallel()
	if goldentest.Asked() {
		writeArchiveVectors(t)
		return
	}
	raw, err := os.ReadFile(archiveVectorFile)
	ok(t, err)
	var v archiveVectors
	ok(t, json.Unmarshal(raw, &v))
	certs := map[canon.Hash]*pki.Certificate{}
	for _, der := range v.Certificates {
		c, err := pki.ParseCertificate(der)
		ok(t, err)
		certs[c.Fingerprint()] = c
	}
	find := func(f canon.Hash) *pki.Certificate { return certs[f] }
	for _, c := range v.Keys {
		_, err := custody.VerifyArchiveKey(signed[custody.ArchiveKey](t, c.Record), v.Dealer, find)
		expects(t, "archive key: "+c.Name, err, c.Expect)
	}
	key := signed[custody.ArchiveKey](t, v.Keys[0].Record)
	for _, s := range v.Shares {
		device, err := sm.ParsePKCS8(s.Key)
		ok(t, err)
		share, err := custody.OpenArchiveShare(key.Body, s.Signing, device)
		ok(t, err)
		if canon.Hex(share.Bytes()).String() != s.Share.String() {
			t.Errorf("share of archivist %d", share.Index)
		}
	}
	for _, c := range v.Archives {
		expects(t, "archive: "+c.Name, custody.VerifyArchive(signed[custody.Archive](t, c.Record).Body, key), c.Expect)
	}
	archive := signed[custody.Archive](t, v.Archives[0].Record).Body
	for i, p := range archive.Parts {
		if canon.Hex(archive.Label(p)).String() != v.Labels[i].String() {
			t.Errorf("label %d", i)
		}
	}
	for _, c := range v.Openings {
		cek, err := custody.OpenArchived(archive, key, c.Digest, list[custody.ArchivePartials](t, c.Batches), find)
		expects(t, "opening: "+c.Name, err, c.Expect)
		if err == nil && canon.Hex(cek[:]).String() != c.Key.String() {
			t.Errorf("opening: %s: another content key", c.Name)
		}
	}
}

func writeArchiveVectors(t *testing.T) {
	t.Helper()
	w := newWorld(t, 2, 3)
	s := w.archive(t, 2)
	other := w.dealArchive(t)
	v := archiveVectors{About: "crypto/SPEC.md section 8.1. Rehearsal keys made for this file only.", Dealer: w.Dealer.Print()}
	v.Certificates, _ = s.certificates(append(slices.Clone(other.people), w.Dealer, w.Platform)...)
	unconfirmed, byPlatform := s.key, w.dealArchiveBy(t, w.Platform)
	ders, _ := byPlatform.certificates()
	v.Certificates = append(v.Certificates, ders...)
	unconfirmed.Signatures = slices.DeleteFunc(slices.Clone(s.key.Signatures), func(x pki.Signature) bool { return x.Signer == s.people[2].Print() })
	v.Keys = []recordCase{{"good", encoded(t, s.key), ""}, {"archivist 3 has not confirmed", encoded(t, unconfirmed), "archive-key-unfit"}, {"dealt by the platform", encoded(t, byPlatform.key), "archive-key-unfit"}}
	for _, p := range s.people {
		der, err := p.Opener.MarshalPKCS8()
		ok(t, err)
		share, err := custody.OpenArchiveShare(s.key.Body, p.Print(), p.Opener)
		ok(t, err)
		v.Shares = append(v.Shares, officerShareKey{p.Print(), der, share.Bytes()})
	}
	put := func(name, code string, change func(*custody.Archive)) {
		v.Archives = append(v.Archives, recordCase{name, encoded(t, w.archiveAgain(t, s, change).record), code})
	}
	put("good", "", func(*custody.Archive) {})
	put("the keys of two parts are exchanged", "archive-mismatch", func(a *custody.Archive) {
		a.Parts[0].Stanza, a.Parts[1].Stanza = a.Parts[1].Stanza, a.Parts[0].Stanza
	})
	put("another bid", "archive-mismatch", func(a *custody.Archive) { a.Parts[0].Bid = "bd_00000000000000000000000000" })
	put("another digest", "archive-mismatch", func(a *custody.Archive) { a.Parts[0].Digest = canon.Sum(nil) })
	put("another commit", "archive-mismatch", func(a *custody.Archive) { a.Parts[1].Commit = canon.Sum(nil) })
	put("another lot", "archive-key-unfit", func(a *custody.Archive) { a.Lot = "lt_00000000000000000000000000" })
	put("another archive key", "archive-mismatch", func(a *custody.Archive) { a.ArchiveKey = mustHash(t, other.key) })
	put("parts out of order", "record-malformed", func(a *custody.Archive) { slices.Reverse(a.Parts) })
	for _, p := range s.record.Body.Parts {
		v.Labels = append(v.Labels, s.record.Body.Label(p))
	}
	one, two := s.bodies[0].Front.Digest(), s.bodies[1].Front.Digest()
	opening := func(name, code string, cek canon.Hex, digest canon.Hash, batches ...pki.Signed[custody.ArchivePartials]) {
		v.Openings = append(v.Openings, archiveOpening{name, digest, encoded(t, batches), cek, code})
	}
	opening("archivists 1 and 3", "", s.keys[0][:], one, s.release(t, 1, one, two), s.release(t, 3, one))
	opening("all three", "", s.keys[1][:], two, s.release(t, 1, two), s.release(t, 2, two), s.release(t, 3, one, two))
	opening("k−1 archivists", "open-too-few", nil, one, s.release(t, 1, one))
	opening("the second of another part", "open-too-few", nil, one, s.release(t, 1, one), s.release(t, 2, two))
	opening("a part that is not archived", "archive-part-unknown", nil, canon.Sum(nil), s.release(t, 1, one), s.release(t, 2, one))
	lie := s.release(t, 2, one).Body
	lie.Items = s.release(t, 1, one).Body.Items
	forged, err := pki.Sign(lie, s.people[1].Signer)
	ok(t, err)
	opening("archivist 2 lies", "partials-proof", nil, one, s.release(t, 1, one), forged)
	b, err := json.MarshalIndent(v, "", " ")
	ok(t, err)
	goldentest.Write(t, "testdata/vectors/archive.json", append(b, '\n'))
}

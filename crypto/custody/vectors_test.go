package custody_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	"sunbid/cmd/dev/goldentest"
	"sunbid/crypto/canon"
	"sunbid/crypto/custody"
	"sunbid/crypto/custody/custodytest"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
	"sunbid/crypto/tdh2"
)

const vectorFile = "../../testdata/vectors/custody.json"

// vectors are what a second implementation checks itself against. Certificates are DER, secrets are hex.
type vectors struct {
	About        string            `json:"about"`
	Certificates [][]byte          `json:"certificates"`
	FreezeRoots  []freezeRootCase  `json:"freeze_roots"`
	Group        []vectorMember    `json:"group"`
	Plan         custody.Plan      `json:"plan"`
	Ceremonies   []ceremonyCase    `json:"ceremonies"`
	KeyRecords   []recordCase      `json:"key_records"`
	InForce      []inForceCase     `json:"in_force"`
	Release      releaseVector     `json:"release"`
	Shares       []officerShareKey `json:"officer_shares"`
}

type freezeRootCase struct {
	Statements []canon.Hash `json:"statements"`
	Root       canon.Hash   `json:"root"`
}

type vectorMember struct {
	Name       string     `json:"name"`
	Signing    canon.Hash `json:"signing"`
	Encryption canon.Hash `json:"encryption"`
}

type ceremonyCase struct {
	Name    string          `json:"name"`
	Commits json.RawMessage `json:"commits"`
	Reveals json.RawMessage `json:"reveals"`
	Checks  json.RawMessage `json:"checks"`
	Answers json.RawMessage `json:"answers"`
	Record  *canon.Hash     `json:"record,omitempty"` // hash of the key record that follows
	Expect  string          `json:"expect,omitempty"`
	Holder  int             `json:"holder,omitempty"` // who is at fault
}

type recordCase struct {
	Name   string          `json:"name"`
	Record json.RawMessage `json:"record"`
	Expect string          `json:"expect,omitempty"`
}

type inForceCase struct {
	Name          string          `json:"name"`
	Binding       json.RawMessage `json:"binding"`
	KeyRecord     json.RawMessage `json:"key_record"`
	Postponements json.RawMessage `json:"postponements"`
	At            canon.Time      `json:"at"`
	Expect        string          `json:"expect,omitempty"`
}

// officerShareKey opens one officer's share in release.officer_key.
type officerShareKey struct {
	Signing canon.Hash `json:"signing"`
	Key     canon.Hex  `json:"key"`   // PKCS #8 of the encryption key
	Share   canon.Hex  `json:"share"` // what it must give
}

// releaseVector is one request to officer 1, and what becomes of each item.
type releaseVector struct {
	KeyRecord  json.RawMessage `json:"key_record"`
	OfficerKey json.RawMessage `json:"officer_key"`
	Binding    json.RawMessage `json:"binding"`
	Platform   canon.Hash      `json:"platform"`
	Log        canon.Hash      `json:"log"`
	Dealer     canon.Hash      `json:"dealer"`
	Signer     canon.Hex       `json:"signer"` // PKCS #8 of officer 1's signing key
	Clock      canon.Time      `json:"clock"`
	Request    []byte          `json:"request"`
	Expect     []string        `json:"expect"`   // by item; empty when released
	Partials   []tdh2.Point    `json:"partials"` // of the released items, in order
}

func TestVectors(t *testing.T) {
	t.Parallel()
	if goldentest.Asked() {
		writeVectors(t)
		return
	}
	raw, err := os.ReadFile(vectorFile)
	ok(t, err)
	var v vectors
	ok(t, json.Unmarshal(raw, &v))
	certs := map[canon.Hash]*pki.Certificate{}
	for _, der := range v.Certificates {
		c, err := pki.ParseCertificate(der)
		ok(t, err)
		certs[c.Fingerprint()] = c
	}
	find := func(f canon.Hash) *pki.Certificate { return certs[f] }
	for i, c := range v.FreezeRoots {
		if got := custody.FreezeRoot(c.Statements); got != c.Root {
			t.Errorf("freeze root %d: %v, want %v", i, got, c.Root)
		}
	}
	var group custody.Roster
	for _, m := range v.Group {
		group = append(group, custody.Member{Name: m.Name, Signing: find(m.Signing), Encryption: find(m.Encryption)})
	}
	for _, c := range v.Ceremonies {
		record, err := custody.JudgeCeremony(v.Plan, group, list[custody.DKGCommit](t, c.Commits), list[custody.DKGReveal](t, c.Reveals), list[custody.DKGCheck](t, c.Checks), list[custody.DKGAnswer](t, c.Answers))
		expects(t, "ceremony: "+c.Name, err, c.Expect)
		var r *custody.Refusal
		if errors.As(err, &r) && r.Holder() != c.Holder {
			t.Errorf("ceremony: %s: names %d, want %d", c.Name, r.Holder(), c.Holder)
		}
		if err == nil {
			if h, err := canon.HashOf(record); err != nil || c.Record == nil || h != *c.Record {
				t.Errorf("ceremony: %s: another record", c.Name)
			}
		}
	}
	for _, c := range v.KeyRecords {
		r, err := pki.ParseSigned[custody.KeyRecord](compact(t, c.Record))
		if err == nil {
			_, err = custody.VerifyKeyRecord(r, find)
		}
		expects(t, "key record: "+c.Name, err, c.Expect)
	}
	for _, c := range v.InForce {
		at, err := custody.InForce(signed[custody.Binding](t, c.Binding), list[custody.Postponement](t, c.Postponements), signed[custody.KeyRecord](t, c.KeyRecord).Body, find)
		expects(t, "in force: "+c.Name, err, c.Expect)
		if !at.Equal(c.At.Time) {
			t.Errorf("in force: %s: %v, want %v", c.Name, at, c.At)
		}
	}
	checkReleaseVector(t, v, find)
}

func checkReleaseVector(t *testing.T, v vectors, find custody.Certificates) {
	t.Helper()
	officerKey := signed[custody.OfficerKey](t, v.Release.OfficerKey)
	for _, s := range v.Shares {
		key, err := sm.ParsePKCS8(s.Key)
		ok(t, err)
		share, err := custody.OpenOfficerShare(officerKey.Body, s.Signing, key)
		ok(t, err)
		if canon.Hex(share.Bytes()).String() != s.Share.String() {
			t.Errorf("share of officer %d", share.Index)
		}
	}
	key, err := sm.ParsePKCS8(v.Release.Signer)
	ok(t, err)
	signer, err := pki.NewSigner(key, find(officerKey.Body.Officers[0].Certificate))
	ok(t, err)
	share, err := tdh2.NewShare(1, v.Shares[0].Share)
	ok(t, err)
	known := custody.Known{Class: custody.Rehearsal, Platform: []*pki.Certificate{find(v.Release.Platform)}, Log: []*pki.Certificate{find(v.Release.Log)}}
	file := custody.OfficerFile{KeyRecord: signed[custody.KeyRecord](t, v.Release.KeyRecord), OfficerKey: officerKey, Binding: signed[custody.Binding](t, v.Release.Binding), Dealer: find(v.Release.Dealer), Certificates: find}
	k, err := custody.NewOfficerKeeper(rand.Reader, known, file, signer, share, custody.NewMemory(), func() time.Time { return v.Release.Clock.Time })
	ok(t, err)
	r, err := custody.ParseReleaseRequest(v.Release.Request)
	ok(t, err)
	a, err := k.Release(r)
	ok(t, err)
	got := make([]string, len(r.Items))
	for _, x := range a.Refused {
		got[x.Item] = x.Code
	}
	for i := range got {
		if got[i] != v.Release.Expect[i] {
			t.Errorf("release item %d: %q, want %q", i, got[i], v.Release.Expect[i])
		}
	}
	for i, it := range a.Batch.Body.Items {
		if it.Partial != v.Release.Partials[i] {
			t.Errorf("partial %d", i)
		}
	}
}

func expects(t *testing.T, name string, err error, code string) {
	t.Helper()
	got := ""
	var coded interface{ Code() string }
	if errors.As(err, &coded) {
		got = coded.Code()
	} else if err != nil {
		got = err.Error()
	}
	if got != code {
		t.Errorf("%s: %q, want %q", name, got, code)
	}
}

// compact undoes the vector file's indentation.
func compact(t *testing.T, raw json.RawMessage) []byte {
	t.Helper()
	var v any
	ok(t, json.Unmarshal(raw, &v))
	b, err := json.Marshal(v) // sorts keys; our records hold no float and no character that it writes otherwise
	ok(t, err)
	return b
}

func signed[T any](t *testing.T, raw json.RawMessage) pki.Signed[T] {
	t.Helper()
	s, err := pki.ParseSigned[T](compact(t, raw))
	ok(t, err)
	return s
}

func list[T any](t *testing.T, raw json.RawMessage) []pki.Signed[T] {
	t.Helper()
	var items []json.RawMessage
	ok(t, json.Unmarshal(raw, &items))
	var out []pki.Signed[T]
	for _, it := range items {
		out = append(out, signed[T](t, it))
	}
	return out
}

func encoded(t *testing.T, v any) json.RawMessage {
	t.Helper()
	b, err := canon.Marshal(v)
	ok(t, err)
	if string(b) == "null" {
		return json.RawMessage("[]")
	}
	return b
}

func writeVectors(t *testing.T) {
	t.Helper()
	v := vectors{About: "crypto/SPEC.md section 7. Rehearsal keys made for this file only."}
	for _, n := range []int{0, 1, 2, 3, 5, 8} {
		c := freezeRootCase{Statements: []canon.Hash{}}
		for i := range n {
			c.Statements = append(c.Statements, canon.Sum([]byte{byte(i)}))
		}
		c.Root = custody.FreezeRoot(c.Statements)
		v.FreezeRoots = append(v.FreezeRoots, c)
	}
	ceremonyVectors(t, &v)
	w := newWorld(t, 2, 3)
	add := func(list ...custodytest.Party) {
		for _, p := range list {
			v.Certificates = append(v.Certificates, p.Signer.Certificate().DER(), p.Encryption.DER())
		}
	}
	add(w.Platform, w.Log.Party, w.Dealer)
	add(w.Officers...)
	for _, h := range w.holders {
		add(h.Party)
	}
	good := encoded(t, w.KeyRecord)
	missing, stranger, wrong := w.KeyRecord, w.KeyRecord, w.KeyRecord
	missing.Signatures = missing.Signatures[:2]
	s, err := pki.Sign(w.KeyRecord.Body, w.Dealer.Signer)
	ok(t, err)
	stranger.Signatures = append([]pki.Signature(nil), stranger.Signatures[:2]...)
	ok(t, stranger.AddSignature(s.Signatures[0]))
	wrong.Body.Verification = append([]tdh2.Point(nil), wrong.Body.Verification...)
	wrong.Body.Verification[1] = wrong.Body.Verification[0]
	v.KeyRecords = []recordCase{{"good", good, ""}, {"one signature missing", encoded(t, missing), "record-signatures"}, {"signed by a stranger", encoded(t, stranger), "record-signatures"}, {"a verification share that does not follow", encoded(t, wrong), "record-malformed"}}

	r := w.Postpone(t, 1, w.OpeningAt, w.OpeningAt.Add(time.Hour))
	posts := []pki.Signed[custody.Postponement]{r.Postponement}
	for i, h := range w.holders[:2] {
		sig, err := h.Postpone(r)
		ok(t, err)
		next := posts[i]
		ok(t, next.AddSignature(sig))
		posts = append(posts, next)
	}
	old, moved := canon.At(w.OpeningAt), canon.At(w.OpeningAt.Add(time.Hour))
	binding := encoded(t, w.Binding)
	for _, c := range []struct {
		name, code string
		posts      []pki.Signed[custody.Postponement]
		at         canon.Time
	}{{"none", "", nil, old}, {"no keyholder", "postpone-not-in-force", posts[:1], old}, {"n−t keyholders", "postpone-not-in-force", posts[1:2], old}, {"n−t+1 keyholders", "", posts[2:], moved}} {
		v.InForce = append(v.InForce, inForceCase{c.name, binding, good, encoded(t, c.posts), c.at, c.code})
	}
	releaseVectors(t, &v, w)
	b, err := json.MarshalIndent(v, "", " ")
	ok(t, err)
	goldentest.Write(t, "testdata/vectors/custody.json", append(b, '\n'))
}

func ceremonyVectors(t *testing.T, v *vectors) {
	t.Helper()
	b := newTable(t)
	b.reveal(t)
	b.check(t)
	v.Plan = b.plan
	for _, p := range b.parties {
		v.Certificates = append(v.Certificates, p.Signer.Certificate().DER(), p.Encryption.DER())
		v.Group = append(v.Group, vectorMember{p.Name, p.Print(), p.Encryption.Fingerprint()})
	}
	put := func(name, code string, holder int, change func(c *table)) {
		c := *b
		c.commits, c.reveals, c.checks = append([]pki.Signed[custody.DKGCommit](nil), b.commits...), append([]pki.Signed[custody.DKGReveal](nil), b.reveals...), append([]pki.Signed[custody.DKGCheck](nil), b.checks...)
		change(&c)
		entry := ceremonyCase{Name: name, Commits: encoded(t, c.commits), Reveals: encoded(t, c.reveals), Checks: encoded(t, c.checks), Answers: encoded(t, c.answers), Expect: code, Holder: holder}
		if code == "" {
			record, err := custody.JudgeCeremony(c.plan, c.group, c.commits, c.reveals, c.checks, c.answers)
			ok(t, err)
			h, err := canon.HashOf(record)
			ok(t, err)
			entry.Record = &h
		}
		v.Ceremonies = append(v.Ceremonies, entry)
	}
	put("good", "", 0, func(*table) {})
	put("holder 3 is silent", "ceremony-silent", 3, func(c *table) { c.checks = c.checks[:2] })
	put("holder 2 reveals another thing than it committed to", "ceremony-commit", 2, func(c *table) {
		p, err := tdh2.NewPolynomial(rand.Reader, 2)
		ok(t, err)
		resign(t, c, c.reveals, 2, func(r *custody.DKGReveal) { r.Commitments = p.Commitments() })
	})
	put("holder 2 does not know its secret", "ceremony-proof", 2, func(c *table) {
		resign(t, c, c.reveals, 2, func(r *custody.DKGReveal) { r.Proof.Z = make([]byte, 32) })
		h, err := c.reveals[1].Hash()
		ok(t, err)
		resign(t, c, c.commits, 2, func(m *custody.DKGCommit) { m.Hash = h })
	})
	put("holder 1 accuses holder 3, who does not answer", "ceremony-share", 3, func(c *table) {
		resign(t, c, c.checks, 1, func(m *custody.DKGCheck) { m.Complaints = []int{3} })
	})
	put("holder 1 accuses holder 3 falsely", "ceremony-complaint", 1, func(c *table) {
		resign(t, c, c.checks, 1, func(m *custody.DKGCheck) { m.Complaints = []int{3} })
		a, err := c.members[2].Answer(c.checks)
		ok(t, err)
		c.answers = a
	})
	put("holder 2 saw another transcript", "ceremony-transcript", 2, func(c *table) {
		resign(t, c, c.checks, 2, func(m *custody.DKGCheck) { m.Transcript = canon.Sum(nil) })
	})
	put("holder 1 speaks as holder 2", "ceremony-message", 2, func(c *table) {
		s, err := pki.Sign(c.commits[1].Body, c.parties[0].Signer)
		ok(t, err)
		c.commits[1] = s
	})
}

func releaseVectors(t *testing.T, v *vectors, w *world) {
	t.Helper()
	good := w.bids(t, 2)
	notFrozen := w.bids(t, 1)[0]
	rival := w.bidder(t)
	copied := w.State(t, custodytest.Bid{Bidder: rival, Front: good[0].Front, Content: good[0].Content}, seal.Statement{})
	mixed := w.bids(t, 1)[0]
	mixed.Item.Front = w.Seal(t, mixed.Bidder, w.Purpose(mixed.Bidder)).Front.Bytes()
	p := w.Purpose(rival)
	p.NotBefore = p.NotBefore.Add(time.Hour)
	late := w.Seal(t, rival, p)
	h := good[1].Front.Header
	h.C[tdh2.StanzaSize-1] ^= 1
	flipped := w.resealed(t, good[1].Bidder, h)
	asked := []custodytest.Bid{good[0], notFrozen, copied, mixed, late, flipped, good[1]}
	v.Release.Expect = []string{"", "release-not-in-freeze", "release-bidder", "release-part-not-in-statement", "release-label-mismatch", "stanza-proof", ""}
	r := w.Release(w.Freeze(t, w.OpeningAt, 0, good[0], copied, mixed, late, flipped, good[1]), asked...)
	raw, err := r.Encode()
	ok(t, err)
	v.Release.Request, v.Release.Clock = raw, canon.At(w.OpeningAt.Add(time.Minute))
	v.Release.KeyRecord, v.Release.OfficerKey, v.Release.Binding = encoded(t, w.KeyRecord), encoded(t, w.OfficerKey), encoded(t, w.Binding)
	v.Release.Platform, v.Release.Log, v.Release.Dealer = w.Platform.Print(), w.Log.Party.Print(), w.Dealer.Print()
	a, err := w.officers(t, time.Minute)[0].Release(r)
	ok(t, err)
	for _, it := range a.Batch.Body.Items {
		v.Release.Partials = append(v.Release.Partials, it.Partial)
	}
	if v.Release.Signer, err = w.Officers[0].SigningKey.MarshalPKCS8(); err != nil {
		t.Fatal(err)
	}
	for _, o := range w.Officers {
		der, err := o.Opener.MarshalPKCS8()
		ok(t, err)
		share, err := custody.OpenOfficerShare(w.OfficerKey.Body, o.Print(), o.Opener)
		ok(t, err)
		v.Shares = append(v.Shares, officerShareKey{o.Print(), der, share.Bytes()})
	}
}

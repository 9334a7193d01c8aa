package attacks_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sunbid/bidding"
	"sunbid/bidding/party"
	"sunbid/cmd/sealbid/desk"
	"sunbid/cmd/sunbid/cast"
	"sunbid/cmd/sunbid/stack"
	"sunbid/cmd/sunbid/stack/stacktest"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/seal"
	"sunbid/crypto/sm"
	"sunbid/web/client"
)

// scene is a running Sunbid with two lots: one that opens in hours, for bad input, and one that opens soon.
type scene struct {
	*stacktest.Play
	api
	db          *pgx.Conn // as the administrator
	far, soon   cast.Announced
	farKeys     desk.Lot
	soonKeys    desk.Lot
	farFile     desk.LotFile
	soonFile    desk.LotFile
	soonAt      time.Time
	people      int
	marker      string // stands in every bid's content and nowhere else
	certificate *pki.CA
}

// soonIn is how far ahead the second lot opens.
const soonIn = 25 * time.Second

func newScene(t *testing.T) *scene {
	t.Helper()
	p := stacktest.New(t, "disk")
	s := &scene{Play: p, api: api{p.URL, p.Stage.HTTP}, marker: "独一无二的投标内容" + bidding.NewStreamID().String()}
	var err error
	if s.db, err = pgx.Connect(t.Context(), p.Database.DSN(stack.Database)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.db.Close(context.Background()) })
	if s.certificate, err = p.Authority(); err != nil {
		t.Fatal(err)
	}
	if s.far, err = p.Hosts.Announce(t.Context(), cast.Plan{Number: "A-1", Title: "攻击演练", Region: "441900", Lot: "远标段", OpeningAt: time.Now().Add(3 * time.Hour)}, time.Now); err != nil {
		t.Fatal(err)
	}
	s.soonAt = time.Now().Add(soonIn)
	if s.soon, err = p.Hosts.Announce(t.Context(), cast.Plan{Number: "A-2", Title: "攻击演练", Region: "441900", Lot: "近标段", OpeningAt: s.soonAt}, time.Now); err != nil {
		t.Fatal(err)
	}
	if s.soonFile, s.soonKeys, err = s.soon.Keys(t.Context(), p.Hosts.Tenderer, p.Trust, time.Now); err != nil {
		t.Fatal(err)
	}
	if s.farFile, s.farKeys, err = s.far.Keys(t.Context(), p.Hosts.Tenderer, p.Trust, time.Now); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		p.StartOfficer(t, i, s.soon.Lot)
	}
	return s
}

// bidder is a person with a session of its own for raw requests.
type bidder struct {
	*cast.Person
	token string
	dir   string
}

// person enrols a bidder whose certificates the rehearsal's authority issued until an instant.
func (s *scene) person(t *testing.T, name string, until time.Time) *bidder {
	t.Helper()
	s.people++
	code := cast.Code(s.people)
	subject := pki.Subject{Organisation: name, Name: name, Code: code}
	who := s.identity(t, s.certificate, subject, until)
	c, err := client.New(s.URL, s.Stage.HTTP)
	if err != nil {
		t.Fatal(err)
	}
	enrolled, err := desk.Enrol(t.Context(), c, bidding.Rehearsal, who, party.Named{Name: name, Code: code}, "经办", []bidding.Role{bidding.Bidder}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Login(t.Context(), who.Signer, bidding.Rehearsal, bidding.Bidder); err != nil {
		t.Fatal(err)
	}
	return &bidder{Person: &cast.Person{Client: c, Who: who, Name: name, Code: code, Org: enrolled.Organisation}, token: s.login(t, who.Signer), dir: t.TempDir()}
}

// identity has fresh keys certified by any authority.
func (s *scene) identity(t *testing.T, ca *pki.CA, subject pki.Subject, until time.Time) *desk.Identity {
	t.Helper()
	from := time.Now().Add(-time.Hour)
	var keys [2]*sm.PrivateKey
	var certificates [2]*pki.Certificate
	for i, usage := range []pki.Usage{pki.Signing, pki.Encryption} {
		var err error
		if keys[i], err = sm.GenerateKey(rand.Reader); err != nil {
			t.Fatal(err)
		}
		if certificates[i], err = ca.Issue(keys[i].Public(), subject, usage, from, until); err != nil {
			t.Fatal(err)
		}
	}
	who, err := desk.NewIdentity(keys[0], keys[1], certificates[0], certificates[1])
	if err != nil {
		t.Fatal(err)
	}
	return who
}

// newKey is a signing key with a certificate of any authority.
func newKey(t *testing.T, ca *pki.CA, subject pki.Subject) (*sm.PrivateKey, *pki.Certificate) {
	t.Helper()
	key, err := sm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ca.Issue(key.Public(), subject, pki.Signing, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return key, c
}

// desk prepares the person's own program for a lot.
func (s *scene) desk(b *bidder, keys desk.Lot, file desk.LotFile) *cast.Bidder {
	return cast.NewBidder(b.Person, b.dir, keys, s.Trust, cast.Known(file))
}

// handedIn seals a whole bid and submits it with the bidder's own program.
func (s *scene) handedIn(t *testing.T, b *bidder, keys desk.Lot, file desk.LotFile) error {
	d := s.desk(b, keys, file)
	if err := d.Seal(t.Context(), cast.Offer{Price: 1_234_567, Days: 90, Security: s.marker, Body: []byte(s.marker)}); err != nil {
		return err
	}
	_, err := d.HandIn(t.Context(), seal.ActionSubmit, time.Now())
	return err
}

// state is what the bidder's own program knows of its bid.
func (s *scene) state(t *testing.T, b *bidder, keys desk.Lot) *desk.Bid {
	t.Helper()
	state, err := desk.LoadBid(desk.Home{Dir: b.dir}, keys)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// sealed is a sealed file in memory.
type sealed struct {
	desk.SealedPart
	front  seal.Front
	chunks [][]byte
}

// part seals content for a lot as it is described, which need not be as it is.
func (s *scene) part(t *testing.T, b *bidder, keys desk.Lot, kind seal.Kind, size int) sealed {
	t.Helper()
	content := bytes.Repeat([]byte{'x'}, size)
	p, err := desk.SealTo(t.Context(), keys, b.Who, kind, bytes.NewReader(content), int64(size), t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(p.File)
	if err != nil {
		t.Fatal(err)
	}
	front, err := seal.ReadFront(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	out := sealed{SealedPart: p, front: front}
	for rest := raw[front.Size():]; len(rest) > 0; {
		n := min(len(rest), seal.SealedChunk)
		out.chunks = append(out.chunks, rest[:n:n])
		rest = rest[n:]
	}
	return out
}

// resign is the part with another header, signed by somebody.
func resign(t *testing.T, p sealed, by pki.Signer, change func(h *seal.Header)) []byte {
	t.Helper()
	f := p.front
	change(&f.Header)
	f.Raw = f.Header.Encode()
	id := f.ID()
	var err error
	if f.Sig, err = by.Sign(append(append([]byte("GMTB v1 sealed"), id[:]...), f.Root[:]...)); err != nil {
		t.Fatal(err)
	}
	return f.Bytes()
}

func leavesOf(chunks [][]byte) []canon.Hash {
	list := make([]canon.Hash, len(chunks))
	for i, c := range chunks {
		list[i] = canon.Hash(seal.LeafHash(c))
	}
	return list
}

// text runs a query that gives one text.
func (s *scene) text(t *testing.T, query string, arguments ...any) string {
	t.Helper()
	var out string
	if err := s.db.QueryRow(t.Context(), query, arguments...).Scan(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// attempts counts the recorded refusals of an organisation with a code: in the events, and in the table beside them.
func (s *scene) attempts(t *testing.T, org bidding.OrgID, code string) string {
	t.Helper()
	return s.text(t, `SELECT (SELECT count(*) FROM event WHERE type = 'attempt.refused.v1' AND envelope->'body'->>'bidder' = $1 AND envelope->'body'->>'code' = $2)
		|| '/' || (SELECT count(*) FROM attempt WHERE org = $1 AND code = $2)`, org.String(), code)
}

// accepted is a digest of everything that was accepted of anybody.
func (s *scene) accepted(t *testing.T) string {
	t.Helper()
	return s.text(t, `SELECT md5(coalesce((SELECT string_agg(bid || version || standing || state::text, '' ORDER BY bid) FROM bid), '')
		|| coalesce((SELECT string_agg(encode(statement, 'hex') || signed::text, '' ORDER BY statement) FROM statement), '')
		|| coalesce((SELECT string_agg(receipt || signed::text, '' ORDER BY receipt) FROM receipt WHERE accepted), '')
		|| coalesce((SELECT string_agg(encode(p.digest, 'hex') || p.objects::text, '' ORDER BY p.upload) FROM sealed_part p JOIN upload u USING (upload) WHERE u.used), ''))`)
}

// attack tries something, and holds the answer to the refusal wanted; what was accepted is as before, and the attempt is recorded
// as one at a bid exactly when it is about a lot's bid: not a login, not another's upload.
func (s *scene) attack(t *testing.T, name string, by *bidder, recorded bool, want refusal, do func() answer) answer {
	t.Helper()
	before := s.accepted(t)
	count := s.attempts(t, by.Org, want.code)
	got := do()
	if wrong := want.met(got); wrong != "" {
		t.Errorf("%s: want %+v: %s", name, want, wrong)
		return got
	}
	if now := s.attempts(t, by.Org, want.code); (now != count) != recorded {
		t.Errorf("%s: attempts recorded %s, before it %s", name, now, count)
	}
	if s.accepted(t) != before {
		t.Errorf("%s: something accepted has changed", name)
	}
	return got
}

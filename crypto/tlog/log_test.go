package tlog_test

import (
	"crypto/rand"
	"encoding/json"
	"testing"
	"time"

	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/sm"
	"sunbid/crypto/tlog"
)

func noon() time.Time { return time.Date(2026, 3, 1, 4, 0, 0, 0, time.UTC) }

func newSigner(t testing.TB, ca *pki.CA, name string) pki.Signer {
	t.Helper()
	key, err := sm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ca.Issue(key.Public(), pki.Subject{Name: name}, pki.Signing, noon(), noon().AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	s, err := pki.NewSigner(key, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// journal is a small log with everything a platform keeps.
type journal struct {
	signer pki.Signer
	origin string
	tree   *tlog.Tree
	store  *store
	rounds []*tlog.Round
}

func newJournal(t testing.TB) *journal {
	t.Helper()
	ca, err := pki.NewCA(rand.Reader, pki.Subject{Name: "演练根"}, pki.Rehearsal, noon())
	if err != nil {
		t.Fatal(err)
	}
	s := newSigner(t, ca, "log")
	return &journal{signer: s, origin: tlog.Origin(pki.Rehearsal, s.Certificate()), tree: newTree(t),
		store: &store{map[at]canon.Hash{}, map[tlog.Tile][]canon.Hash{}}}
}

// round closes a round with these commitments and returns their slots.
func (j *journal) round(t testing.TB, commitments ...canon.Hash) []tlog.Slotted {
	t.Helper()
	var seed [32]byte
	if _, err := rand.Read(seed[:]); err != nil {
		t.Fatal(err)
	}
	r, err := tlog.NewRound(seed, commitments, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	j.rounds = append(j.rounds, r)
	j.tree.Append(tlog.LeafHash(r.Root()), func(level uint, index uint64, h canon.Hash) { j.store.nodes[at{level, index}] = h })
	return r.Slots()
}

func (j *journal) checkpoint(t testing.TB) tlog.SignedCheckpoint {
	t.Helper()
	s, err := pki.Sign(tlog.NewCheckpoint(j.origin, j.tree, canon.At(noon())), j.signer)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (j *journal) prove(t testing.TB, round int64, slot int, checkpoint tlog.SignedCheckpoint) tlog.EventProof {
	t.Helper()
	siblings, err := j.rounds[round].Proof(slot)
	if err != nil {
		t.Fatal(err)
	}
	path, err := tlog.InclusionProof(t.Context(), j.store, round, checkpoint.Body.Size)
	if err != nil {
		t.Fatal(err)
	}
	return tlog.EventProof{Round: round, Slot: slot, Siblings: siblings, Size: checkpoint.Body.Size, Path: path, Checkpoint: checkpoint}
}

func envelope() tlog.Envelope {
	return tlog.Envelope{Type: tlog.EnvelopeType, Tender: "td_00000000000000000000000000", Lot: "lt_00000000000000000000000000", Stream: "bd_00000000000000000000000000",
		Seq: 1, Event: "bid.submitted.v1", At: canon.At(noon()), By: tlog.By{Actor: "ps_00000000000000000000000000", Role: "bidder"}, Body: json.RawMessage(`{"statement":"00"}`)}
}

// disclosed is an event in round 3 of a log of 11 rounds, with company.
func disclosed(t testing.TB, j *journal) tlog.Disclosed {
	t.Helper()
	salt := [32]byte{1, 2, 3}
	c, err := envelope().Commitment(salt)
	if err != nil {
		t.Fatal(err)
	}
	var slot int
	for i := range 11 {
		if i == 3 {
			slot = j.round(t, append([]canon.Hash{c}, leaves(5, 1)...)...)[0].Slot
		} else {
			j.round(t, leaves(i%3, uint64(i))...)
		}
	}
	return tlog.Disclosed{Envelope: envelope(), Salt: salt[:], Proof: j.prove(t, 3, slot, j.checkpoint(t))}
}

func TestEventProof(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	good := disclosed(t, j)
	certificate := j.signer.Certificate()
	stranger := newJournal(t)
	resign := func(d *tlog.Disclosed, edit func(*tlog.Checkpoint)) {
		body := d.Proof.Checkpoint.Body
		edit(&body)
		s, err := pki.Sign(body, j.signer)
		if err != nil {
			t.Fatal(err)
		}
		d.Proof.Checkpoint = s
	}
	tests := []struct {
		name string
		edit func(*tlog.Disclosed)
		want string
	}{
		{"good", func(*tlog.Disclosed) {}, ""},
		{"cosigned by a witness", func(d *tlog.Disclosed) {
			if err := d.Proof.Checkpoint.Add(stranger.signer); err != nil {
				t.Error(err)
			}
		}, ""},
		{"event changed", func(d *tlog.Disclosed) { d.Envelope.Seq = 2 }, "proof-path"},
		{"body changed", func(d *tlog.Disclosed) { d.Envelope.Body = json.RawMessage(`{"statement":"01"}`) }, "proof-path"},
		{"body not canonical", func(d *tlog.Disclosed) { d.Envelope.Body = json.RawMessage(`{"a": 1}`) }, "envelope-malformed"},
		{"body no object", func(d *tlog.Disclosed) { d.Envelope.Body = json.RawMessage(`1`) }, "envelope-malformed"},
		{"other type", func(d *tlog.Disclosed) { d.Envelope.Type = "sunbid/event/v2" }, "envelope-malformed"},
		{"salt changed", func(d *tlog.Disclosed) { d.Salt = make([]byte, 32) }, "proof-path"},
		{"salt cut", func(d *tlog.Disclosed) { d.Salt = d.Salt[1:] }, "envelope-salt"},
		{"other slot", func(d *tlog.Disclosed) { d.Proof.Slot ^= 1 }, "proof-path"},
		{"no such slot", func(d *tlog.Disclosed) { d.Proof.Slot = 65536 }, "proof-slot"},
		{"negative slot", func(d *tlog.Disclosed) { d.Proof.Slot = -1 }, "proof-slot"},
		{"other round", func(d *tlog.Disclosed) { d.Proof.Round = 2 }, "proof-path"},
		{"round not closed yet", func(d *tlog.Disclosed) { d.Proof.Round = 11 }, "proof-slot"},
		{"negative round", func(d *tlog.Disclosed) { d.Proof.Round = -1 }, "proof-slot"},
		{"siblings swapped", func(d *tlog.Disclosed) { s := &d.Proof.Siblings; s[0], s[1] = s[1], s[0] }, "proof-path"},
		{"sibling tampered", func(d *tlog.Disclosed) { d.Proof.Siblings[15][31] ^= 1 }, "proof-path"},
		{"path cut", func(d *tlog.Disclosed) { d.Proof.Path = d.Proof.Path[1:] }, "proof-path"},
		{"path longer", func(d *tlog.Disclosed) { d.Proof.Path = append(d.Proof.Path, canon.Hash{}) }, "proof-path"},
		{"path endless", func(d *tlog.Disclosed) { d.Proof.Path = make([]canon.Hash, 1000) }, "proof-path"},
		{"path tampered", func(d *tlog.Disclosed) { d.Proof.Path[0][0] ^= 1 }, "proof-path"},
		{"size unlike the checkpoint's", func(d *tlog.Disclosed) { d.Proof.Size++ }, "proof-path"},
		{"checkpoint altered", func(d *tlog.Disclosed) { d.Proof.Checkpoint.Body.At = canon.At(noon().Add(time.Hour)) }, "checkpoint-signature"},
		{"checkpoint unsigned", func(d *tlog.Disclosed) { d.Proof.Checkpoint.Signatures = nil }, "checkpoint-signature"},
		{"checkpoint signed by another", func(d *tlog.Disclosed) { d.Proof.Checkpoint, _ = pki.Sign(d.Proof.Checkpoint.Body, stranger.signer) }, "checkpoint-signature"},
		{"other root, signed", func(d *tlog.Disclosed) { resign(d, func(c *tlog.Checkpoint) { c.Root[0] ^= 1 }) }, "proof-path"},
		{"other log, signed", func(d *tlog.Disclosed) { resign(d, func(c *tlog.Checkpoint) { c.Origin = stranger.origin }) }, "checkpoint-origin"},
		{"other class, signed", func(d *tlog.Disclosed) {
			resign(d, func(c *tlog.Checkpoint) { c.Origin = tlog.Origin(pki.Production, certificate) })
		}, "checkpoint-origin"},
		{"no class", func(d *tlog.Disclosed) {
			resign(d, func(c *tlog.Checkpoint) { c.Origin = certificate.Fingerprint().String() })
		}, "checkpoint-malformed"},
		{"negative size", func(d *tlog.Disclosed) { resign(d, func(c *tlog.Checkpoint) { c.Size = -1 }) }, "checkpoint-malformed"},
	}
	wire, err := canon.Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range tests {
		d, err := tlog.ParseDisclosed(wire) // a fresh copy through the format
		if err != nil {
			t.Fatal(err)
		}
		c.edit(&d)
		if got := code(d.Verify(certificate, j.origin)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if got := code(good.Verify(stranger.signer.Certificate(), j.origin)); got != "checkpoint-origin" {
		t.Errorf("verified as another log: %q", got)
	}
}

func TestContinues(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	empty := j.checkpoint(t).Body
	var points []tlog.Checkpoint
	for i := range 20 {
		j.round(t, leaves(i%2, uint64(i))...)
		points = append(points, j.checkpoint(t).Body)
	}
	proof := func(from, to int64) []canon.Hash {
		p, err := tlog.ConsistencyProof(t.Context(), j.store, from, to)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	forked, other, foreign := points[6], points[12], points[6]
	forked.Root[0] ^= 1
	other.Root[31] ^= 1
	foreign.Origin = "production/x"
	tests := []struct {
		name  string
		a, b  tlog.Checkpoint
		proof []canon.Hash
		want  string
	}{
		{"later", points[6], points[12], proof(7, 13), ""},
		{"earlier, as a follower may see it", points[12], points[6], proof(7, 13), ""},
		{"the same", points[6], points[6], nil, ""},
		{"from nothing", empty, points[6], nil, ""},
		{"one size, two roots", points[6], forked, nil, "checkpoint-fork"},
		{"another history", points[6], other, proof(7, 13), "checkpoint-inconsistent"},
		{"from another history", forked, points[12], proof(7, 13), "checkpoint-inconsistent"},
		{"proof of other sizes", points[6], points[12], proof(7, 14), "checkpoint-inconsistent"},
		{"no proof", points[6], points[12], nil, "checkpoint-inconsistent"},
		{"proof where none belongs", points[6], points[6], proof(7, 13), "checkpoint-inconsistent"},
		{"another log", points[6], foreign, nil, "checkpoint-origin"},
	}
	for _, c := range tests {
		if got := code(tlog.Continues(c.a, c.b, c.proof)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// The log grows by one leaf a round whatever happens.
func TestSizeTellsTimeOnly(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	for i, n := range []int{0, 1, 300, 0, 4096} {
		j.round(t, leaves(n, uint64(n))...)
		if j.tree.Size() != int64(i+1) {
			t.Fatalf("size %d after %d rounds", j.tree.Size(), i+1)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	j := newJournal(b)
	d := disclosed(b, j)
	line, err := canon.Marshal(d)
	if err != nil {
		b.Fatal(err)
	}
	c, err := d.Commitment()
	if err != nil {
		b.Fatal(err)
	}
	for name, do := range map[string]func() error{
		"disclosed":           func() error { return d.Verify(j.signer.Certificate(), j.origin) },
		"at-known-checkpoint": func() error { return d.Proof.VerifyAt(c, d.Proof.Checkpoint.Body) },
		"parse":               func() error { _, err := tlog.ParseDisclosed(line); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

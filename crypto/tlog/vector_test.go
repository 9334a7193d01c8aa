package tlog_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"sunbid/cmd/dev/goldentest"
	"sunbid/crypto/canon"
	"sunbid/crypto/pki"
	"sunbid/crypto/tlog"
)

// vectors is testdata/vectors/tlog.json.
type vectors struct {
	Source string        `json:"source"`
	Rounds []roundVector `json:"rounds"`
	// Leaves are leaf hashes; Roots[n] is the root of the first n of them.
	Leaves      []canon.Hash        `json:"leaves"`
	Roots       []canon.Hash        `json:"roots"`
	Inclusion   []inclusionVector   `json:"inclusion"`
	Consistency []consistencyVector `json:"consistency"`
	Envelopes   []envelopeVector    `json:"envelopes"`
	// Events are disclosed events verified with Log (DER) as Origin.
	Log    canon.Hex     `json:"log"`
	Origin string        `json:"origin"`
	Events []eventVector `json:"events"`
	// Pairs are two checkpoints and a consistency proof.
	Pairs []pairVector `json:"pairs"`
}

type roundVector struct {
	Name     string             `json:"name"`
	Seed     canon.Hash         `json:"seed"`
	Events   map[int]canon.Hash `json:"events"` // slot: commitment
	Root     canon.Hash         `json:"root"`
	Slot     int                `json:"slot"` // the siblings are this slot's
	Siblings []canon.Hash       `json:"siblings,omitempty"`
	Expect   string             `json:"expect,omitempty"`
}

type inclusionVector struct {
	Name   string       `json:"name"`
	Index  int64        `json:"index"`
	Size   int64        `json:"size"`
	Leaf   canon.Hash   `json:"leaf"`
	Path   []canon.Hash `json:"path"`
	Root   canon.Hash   `json:"root"`
	Expect string       `json:"expect,omitempty"`
}

type consistencyVector struct {
	Name    string       `json:"name"`
	From    int64        `json:"from"`
	To      int64        `json:"to"`
	Path    []canon.Hash `json:"path"`
	OldRoot canon.Hash   `json:"old_root"`
	NewRoot canon.Hash   `json:"new_root"`
	Expect  string       `json:"expect,omitempty"`
}

type envelopeVector struct {
	Name       string     `json:"name"`
	Envelope   string     `json:"envelope"`
	Salt       canon.Hash `json:"salt"`
	Commitment canon.Hash `json:"commitment,omitzero"`
	Expect     string     `json:"expect,omitempty"`
}

type eventVector struct {
	Name   string `json:"name"`
	Event  string `json:"event"`
	Expect string `json:"expect,omitempty"`
}

type pairVector struct {
	Name   string          `json:"name"`
	A      tlog.Checkpoint `json:"a"`
	B      tlog.Checkpoint `json:"b"`
	Path   []canon.Hash    `json:"path"`
	Expect string          `json:"expect,omitempty"`
}

const vectorFile = "../../testdata/vectors/tlog.json"

func load(t *testing.T) vectors {
	t.Helper()
	data, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVectors(t *testing.T) {
	t.Parallel()
	if goldentest.Asked() {
		goldentest.Write(t, "testdata/vectors/tlog.json", makeVectors(t))
		return
	}
	v := load(t)
	for _, c := range v.Rounds {
		r, err := tlog.RestoreRound(c.Seed, c.Events)
		var proof tlog.Siblings
		if err == nil && r.Root() != c.Root {
			t.Errorf("round %s: root %s", c.Name, r.Root())
		}
		if err == nil && len(c.Siblings)+len(c.Expect) > 0 {
			proof, err = r.Proof(c.Slot)
		}
		if code(err) != c.Expect || err == nil && len(c.Siblings) > 0 && proof != tlog.Siblings(c.Siblings) {
			t.Errorf("round %s: %v", c.Name, err)
		}
	}
	tree := newTree(t)
	for i, root := range v.Roots {
		if tree.Root() != root {
			t.Errorf("root of %d leaves", i)
		}
		if i < len(v.Leaves) {
			tree.Append(v.Leaves[i], nil)
		}
	}
	for _, c := range v.Inclusion {
		if err := tlog.VerifyInclusion(c.Leaf, c.Index, c.Size, c.Path, c.Root); code(err) != c.Expect {
			t.Errorf("inclusion %s: %v", c.Name, err)
		}
	}
	for _, c := range v.Consistency {
		if err := tlog.VerifyConsistency(c.From, c.To, c.Path, c.OldRoot, c.NewRoot); code(err) != c.Expect {
			t.Errorf("consistency %s: %v", c.Name, err)
		}
	}
	for _, c := range v.Envelopes {
		e, err := tlog.ParseEnvelope([]byte(c.Envelope))
		var commitment canon.Hash
		if err == nil {
			commitment, err = e.Commitment(c.Salt)
		}
		if code(err) != c.Expect || commitment != c.Commitment {
			t.Errorf("envelope %s: %v", c.Name, err)
		}
	}
	log, err := pki.ParseCertificate(v.Log)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range v.Events {
		d, err := tlog.ParseDisclosed([]byte(c.Event))
		if err == nil {
			err = d.Verify(log, v.Origin)
		}
		if code(err) != c.Expect {
			t.Errorf("event %s: %v, want %q", c.Name, err, c.Expect)
		}
	}
	for _, c := range v.Pairs {
		if err := tlog.Continues(c.A, c.B, c.Path); code(err) != c.Expect {
			t.Errorf("pair %s: %v, want %q", c.Name, err, c.Expect)
		}
	}
}

// makeVectors writes new vectors; the log's key and the slots differ each time.
func makeVectors(t *testing.T) []byte {
	t.Helper()
	v := vectors{Source: "SPEC.md section 6, RFC 6962 section 2.1 with SM3"}
	seed := canon.Sum([]byte("a seed"))
	round := func(name string, slots ...int) {
		c := roundVector{Name: name, Seed: seed, Events: map[int]canon.Hash{}}
		for i, h := range leaves(len(slots), uint64(len(slots))) {
			c.Events[slots[i]] = h
		}
		c.Root = whole(seed, c.Events)
		if len(slots) > 0 {
			r, err := tlog.RestoreRound(seed, c.Events)
			if err != nil {
				t.Fatal(err)
			}
			c.Slot = slots[0]
			s, err := r.Proof(c.Slot)
			if err != nil {
				t.Fatal(err)
			}
			c.Siblings = s[:]
		}
		v.Rounds = append(v.Rounds, c)
	}
	round("no event")
	round("one event", 40_000)
	round("first and last slot", 0, 65_535)
	round("neighbours", 8, 9)
	round("seven events", 1, 2, 3, 1000, 1001, 32_767, 32_768)
	empty := v.Rounds[1]
	empty.Name, empty.Slot, empty.Siblings, empty.Expect = "proof of an empty slot", 40_001, nil, "proof-slot"
	v.Rounds = append(v.Rounds, empty)

	v.Leaves = leaves(13, 5)
	for n := range len(v.Leaves) + 1 {
		v.Roots = append(v.Roots, naive(v.Leaves[:n]))
	}
	s := &store{map[at]canon.Hash{}, map[tlog.Tile][]canon.Hash{}}
	s.grow(t, newTree(t), v.Leaves)
	for _, p := range [][2]int64{{0, 1}, {0, 2}, {4, 7}, {6, 7}, {12, 13}, {5, 13}} {
		path, err := tlog.InclusionProof(t.Context(), s, p[0], p[1])
		if err != nil {
			t.Fatal(err)
		}
		v.Inclusion = append(v.Inclusion, inclusionVector{"good", p[0], p[1], v.Leaves[p[0]], path, v.Roots[p[1]], ""})
	}
	good := v.Inclusion[len(v.Inclusion)-1]
	bad := func(name string, edit func(*inclusionVector)) {
		c := good
		c.Path = append([]canon.Hash(nil), good.Path...)
		edit(&c)
		c.Name, c.Expect = name, "proof-path"
		v.Inclusion = append(v.Inclusion, c)
	}
	bad("other place", func(c *inclusionVector) { c.Index = 4 })
	bad("other size", func(c *inclusionVector) { c.Size = 17 })
	bad("beyond the end", func(c *inclusionVector) { c.Index = 13 })
	bad("other leaf", func(c *inclusionVector) { c.Leaf = v.Leaves[4] })
	bad("swapped", func(c *inclusionVector) { c.Path[0], c.Path[1] = c.Path[1], c.Path[0] })
	bad("cut", func(c *inclusionVector) { c.Path = c.Path[1:] })
	bad("longer", func(c *inclusionVector) { c.Path = append(c.Path, canon.Hash{}) })
	for _, p := range [][2]int64{{0, 5}, {1, 2}, {4, 8}, {6, 13}, {13, 13}} {
		path, err := tlog.ConsistencyProof(t.Context(), s, p[0], p[1])
		if err != nil {
			t.Fatal(err)
		}
		v.Consistency = append(v.Consistency, consistencyVector{"good", p[0], p[1], path, v.Roots[p[0]], v.Roots[p[1]], ""})
	}
	c := v.Consistency[3]
	c.Expect = "checkpoint-inconsistent"
	for name, edit := range map[string]func(*consistencyVector){
		"other old root": func(c *consistencyVector) { c.OldRoot = v.Roots[5] }, "other new root": func(c *consistencyVector) { c.NewRoot = v.Roots[12] },
		"cut": func(c *consistencyVector) { c.Path = c.Path[1:] }, "shrinking": func(c *consistencyVector) { c.From, c.To = c.To, c.From },
	} {
		x := c
		x.Name = name
		edit(&x)
		v.Consistency = append(v.Consistency, x)
	}

	e := envelope()
	text, err := e.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	salt := canon.Sum([]byte("a salt"))
	commitment, err := e.Commitment(salt)
	if err != nil {
		t.Fatal(err)
	}
	if want := canon.Sum(salt[:], text); commitment != want {
		t.Fatal("commitment")
	}
	v.Envelopes = []envelopeVector{
		{"good", string(text), salt, commitment, ""},
		{"other type", strings.Replace(string(text), "event/v1", "event/v2", 1), salt, canon.Hash{}, "envelope-malformed"},
		{"body is a list", strings.Replace(string(text), `{"statement":"00"}`, `[]`, 1), salt, canon.Hash{}, "envelope-malformed"},
		{"space", strings.Replace(string(text), `{"statement":"00"}`, `{ }`, 1), salt, canon.Hash{}, "canon-not-canonical"},
		{"without a lot", strings.Replace(string(text), `"lot":"`+e.Lot+`",`, "", 1), salt, canon.Hash{}, "canon-missing-key"},
	}

	j := newJournal(t)
	d := disclosed(t, j)
	v.Log, v.Origin = j.signer.Certificate().DER(), j.origin
	event := func(name, expect string, edit func(*tlog.Disclosed)) {
		wire, err := canon.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		x, err := tlog.ParseDisclosed(wire)
		if err != nil {
			t.Fatal(err)
		}
		edit(&x)
		if wire, err = canon.Marshal(x); err != nil {
			t.Fatal(err)
		}
		v.Events = append(v.Events, eventVector{name, string(wire), expect})
	}
	event("good", "", func(*tlog.Disclosed) {})
	event("event changed", "proof-path", func(x *tlog.Disclosed) { x.Envelope.Seq++ })
	event("other slot", "proof-path", func(x *tlog.Disclosed) { x.Proof.Slot ^= 1 })
	event("no such slot", "proof-slot", func(x *tlog.Disclosed) { x.Proof.Slot = tlog.Slots })
	event("other round", "proof-path", func(x *tlog.Disclosed) { x.Proof.Round++ })
	event("siblings swapped", "proof-path", func(x *tlog.Disclosed) {
		x.Proof.Siblings[4], x.Proof.Siblings[5] = x.Proof.Siblings[5], x.Proof.Siblings[4]
	})
	event("salt changed", "proof-path", func(x *tlog.Disclosed) { x.Salt[0] ^= 1 })
	event("salt cut", "envelope-salt", func(x *tlog.Disclosed) { x.Salt = x.Salt[1:] })
	event("checkpoint altered", "checkpoint-signature", func(x *tlog.Disclosed) { x.Proof.Checkpoint.Body.Size++; x.Proof.Size++ })
	event("other log", "checkpoint-origin", func(x *tlog.Disclosed) { x.Proof.Checkpoint.Body.Origin = newJournal(t).origin })
	event("15 siblings", "canon-not-canonical", func(*tlog.Disclosed) {})
	short := &v.Events[len(v.Events)-1].Event
	*short = strings.Replace(*short, `"`+d.Proof.Siblings[0].String()+`",`, "", 1)

	a, b := d.Proof.Checkpoint.Body, d.Proof.Checkpoint.Body
	b.Root[0] ^= 1
	v.Pairs = []pairVector{{"same", a, a, nil, ""}, {"fork", a, b, nil, "checkpoint-fork"}}
	b = a
	b.Size++
	v.Pairs = append(v.Pairs, pairVector{"unproven", a, b, nil, "checkpoint-inconsistent"})
	out, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(out, '\n')
}

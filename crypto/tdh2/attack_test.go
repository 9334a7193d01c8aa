package tdh2_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/big"
	"testing"

	"sunbid/crypto/canon/canontest"
	"sunbid/crypto/tdh2"
)

const c1End, cipherEnd, traceEnd = 65, 65 + 32 + 48, 65 + 32 + 48 + 65

// damage is a stanza changed in a way that Check must refuse.
type damage struct {
	name string
	do   func(s *tdh2.Stanza)
	want string
}

func damages(t testing.TB, other tdh2.Stanza) []damage {
	t.Helper()
	p := prime()
	// The x of a point small enough that x + p still has 32 bytes: a second encoding if it were reduced.
	small := smallPoint(t)
	return []damage{
		{"C1 off the curve", func(s *tdh2.Stanza) { s[64] ^= 1 }, "point-invalid"},
		{"C1 all zeros", func(s *tdh2.Stanza) { clear(s[:c1End]) }, "point-invalid"},
		{"C1 at infinity as 04 0 0", func(s *tdh2.Stanza) { clear(s[1:c1End]) }, "point-invalid"},
		{"C1 compressed", func(s *tdh2.Stanza) { s[0] = 2 }, "point-invalid"},
		{"C1 hybrid", func(s *tdh2.Stanza) { s[0] = 6 }, "point-invalid"},
		{"C1 of order 2 on another curve", func(s *tdh2.Stanza) { clear(s[33:c1End]) }, "point-invalid"},
		{"C1 with x above p", func(s *tdh2.Stanza) {
			copy(s[:c1End], encode(new(big.Int).Add(small[0], p), small[1]))
		}, "point-invalid"},
		{"trace off the curve", func(s *tdh2.Stanza) { s[traceEnd-1] ^= 1 }, "point-invalid"},
		{"trace with x above p", func(s *tdh2.Stanza) {
			copy(s[cipherEnd:], encode(new(big.Int).Add(small[0], p), small[1]))
		}, "point-invalid"},
		{"trace at infinity", func(s *tdh2.Stanza) { clear(s[cipherEnd:traceEnd]) }, "point-invalid"},
		{"e is the order", func(s *tdh2.Stanza) { copy(s[traceEnd:], bytes32(order())) }, "stanza-malformed"},
		{"f is the order", func(s *tdh2.Stanza) { copy(s[traceEnd+32:], bytes32(order())) }, "stanza-malformed"},
		{"e and f above the order", func(s *tdh2.Stanza) { fill(s[traceEnd:]) }, "stanza-malformed"},
		{"e flipped", func(s *tdh2.Stanza) { s[traceEnd+31] ^= 1 }, "stanza-proof"},
		{"f flipped", func(s *tdh2.Stanza) { s[traceEnd+63] ^= 1 }, "stanza-proof"},
		{"e and f zero", func(s *tdh2.Stanza) { clear(s[traceEnd:]) }, "stanza-proof"},
		{"C2 flipped", func(s *tdh2.Stanza) { s[cipherEnd-1] ^= 1 }, "stanza-proof"},
		{"C3 flipped", func(s *tdh2.Stanza) { s[c1End] ^= 1 }, "stanza-proof"},
		{"C1 negated", func(s *tdh2.Stanza) {
			y := new(big.Int).Sub(p, new(big.Int).SetBytes(s[33:c1End]))
			y.FillBytes(s[33:c1End])
		}, "stanza-proof"},
		{"C1 of another stanza", func(s *tdh2.Stanza) { copy(s[:c1End], other[:c1End]) }, "stanza-proof"},
		{"ciphertext of another stanza", func(s *tdh2.Stanza) { copy(s[:cipherEnd], other[:cipherEnd]) }, "stanza-proof"},
		{"proof of another stanza", func(s *tdh2.Stanza) { copy(s[cipherEnd:], other[cipherEnd:]) }, "stanza-proof"},
		{"trace is the generator", func(s *tdh2.Stanza) { copy(s[cipherEnd:], tdh2.Generator().Bytes()) }, "stanza-proof"},
	}
}

func fill(b []byte) {
	for i := range b {
		b[i] = 0xff
	}
}

// smallPoint is a point whose x plus p still fits 256 bits.
func smallPoint(t testing.TB) [2]*big.Int {
	t.Helper()
	p := prime()
	b := hexInt("28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93")
	for x := big.NewInt(1); ; x.Add(x, big.NewInt(1)) {
		r := new(big.Int).Exp(x, big.NewInt(3), p)
		r.Sub(r, new(big.Int).Mul(x, big.NewInt(3))).Add(r, b).Mod(r, p)
		if y := new(big.Int).ModSqrt(r, p); y != nil {
			if _, err := tdh2.DecodePoint(encode(x, y)); err != nil {
				t.Fatalf("%x is a point: %v", x, err)
			}
			return [2]*big.Int{x, y}
		}
	}
}

func TestDamagedStanzasAreRefused(t *testing.T) {
	t.Parallel()
	g := newGroup(t, "damage", 2, 3)
	good, _ := wrap(t, g.pub, "one", "label")
	other, _ := wrap(t, g.pub, "two", "label")
	var batch []tdh2.CheckItem
	all := damages(t, other)
	for _, d := range all {
		s := good
		d.do(&s)
		if s == good {
			t.Fatalf("%s: nothing changed", d.name)
		}
		if err := tdh2.Check(g.pub, s, []byte("label")); code(err) != d.want {
			t.Errorf("%s: %v", d.name, err)
		}
		batch = append(batch, tdh2.CheckItem{Pub: g.pub, Stanza: s, Label: []byte("label")},
			tdh2.CheckItem{Pub: g.pub, Stanza: good, Label: []byte("label")})
	}
	for i, err := range tdh2.CheckBatch(batch) {
		want := ""
		if i%2 == 0 {
			want = all[i/2].want
		}
		if code(err) != want {
			t.Errorf("in a batch, %d: %v", i, err)
		}
	}
	for name, err := range map[string]error{
		"another label": tdh2.Check(g.pub, good, []byte("label2")),
		"no label":      tdh2.Check(g.pub, good, nil),
		"another key":   tdh2.Check(tdh2.Generator(), good, []byte("label")),
	} {
		if code(err) != "stanza-proof" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := tdh2.Check(tdh2.Point{}, good, []byte("label")); code(err) != "point-invalid" {
		t.Errorf("no key: %v", err)
	}
}

func TestEveryBitOfAStanzaIsBound(t *testing.T) {
	t.Parallel()
	g := newGroup(t, "bits", 2, 3)
	good, _ := wrap(t, g.pub, "one", "label")
	items := make([]tdh2.CheckItem, 0, 8*len(good))
	for i := range 8 * len(good) {
		s := good
		s[i/8] ^= 1 << (i % 8)
		items = append(items, tdh2.CheckItem{Pub: g.pub, Stanza: s, Label: []byte("label")})
	}
	for i, err := range tdh2.CheckBatch(items) {
		if err == nil {
			t.Errorf("bit %d may be flipped", i)
		}
	}
}

// The attack that the proof is there for: a rival copies a sealed key, blinds its point, has it opened in a tender of
// its own that opens earlier under the same key, and takes the blinding off. Without Check it works.
func TestBlindedReplay(t *testing.T) {
	t.Parallel()
	g := newGroup(t, "replay", 2, 3)
	victim, secret := wrap(t, g.pub, "victim", "lot of the victim")
	delta := three(t)
	c1, err := tdh2.DecodePoint(victim[:c1End])
	if err != nil {
		t.Fatal(err)
	}
	blinded := libraryAdd([]tdh2.Point{c1, tdh2.LibraryBaseMult(delta)})

	// The rival's best stanzas: the victim's, blinded, with the victim's proof or with one of the rival's own.
	copied := victim
	copy(copied[:c1End], blinded.Bytes())
	own, _ := wrap(t, g.pub, "rival", "lot of the rival")
	mixed := own
	copy(mixed[:c1End], blinded.Bytes())
	for _, s := range []tdh2.Stanza{copied, mixed} {
		for _, label := range []string{"lot of the victim", "lot of the rival"} {
			if err := tdh2.Check(g.pub, s, []byte(label)); code(err) != "stanza-proof" {
				t.Errorf("blinded stanza under %q: %v", label, err)
			}
		}
	}

	// Holders that skip Check open it, and the victim's key falls out.
	partials := g.partials(t, []tdh2.Item{item(t, copied, "lot of the rival")}, 1, 3)
	d, err := tdh2.Combine([]int{1, 3}, []tdh2.Point{partials[0][0], partials[1][0]})
	if err != nil {
		t.Fatal(err)
	}
	minus := tdh2.LibraryMult(delta.Neg(), g.pub)
	got, err := tdh2.Unwrap(victim, libraryAdd([]tdh2.Point{d, minus}))
	if err != nil || got != secret {
		t.Fatalf("the attack should succeed without Check: %v", err)
	}
}

func TestVerbatimCopyUnderAnotherLabel(t *testing.T) {
	t.Parallel()
	g := newGroup(t, "copy", 2, 3)
	victim, _ := wrap(t, g.pub, "victim", "lot A")
	if err := tdh2.Check(g.pub, victim, []byte("lot B")); code(err) != "stanza-proof" {
		t.Errorf("copied stanza: %v", err)
	}
}

func TestFalsePartialsAreAttributed(t *testing.T) {
	t.Parallel()
	g := newGroup(t, "false", 2, 3)
	for _, n := range []int{1, 2, 30, 300} {
		items := make([]tdh2.Item, n)
		for i := range items {
			s, _ := wrap(t, g.pub, fmt.Sprint("item", i%7), "label")
			items[i] = item(t, s, "label")
			items[i].Label[0] = byte(i) // one ciphertext may stand in a batch twice
		}
		good, proof, err := tdh2.Partials(newStream("k"), g.shares[0], items)
		if err != nil {
			t.Fatal(err)
		}
		verify := func(change func(items []tdh2.Item, d []tdh2.Point, p *tdh2.Proof)) error {
			items, d, p := append([]tdh2.Item(nil), items...), append([]tdh2.Point(nil), good...), proof
			change(items, d, &p)
			return tdh2.VerifyPartials(g.public[0], items, d, p)
		}
		if err := verify(func([]tdh2.Item, []tdh2.Point, *tdh2.Proof) {}); err != nil {
			t.Fatalf("batch of %d: %v", n, err)
		}
		offset := tdh2.LibraryBaseMult(three(t))
		back := tdh2.LibraryBaseMult(three(t).Neg())
		bad := map[string]func(items []tdh2.Item, d []tdh2.Point, p *tdh2.Proof){
			"first partial false": func(_ []tdh2.Item, d []tdh2.Point, _ *tdh2.Proof) { d[0] = offset },
			"last partial shifted": func(_ []tdh2.Item, d []tdh2.Point, _ *tdh2.Proof) {
				d[n-1] = libraryAdd([]tdh2.Point{d[n-1], offset})
			},
			"partial missing": func(_ []tdh2.Item, d []tdh2.Point, _ *tdh2.Proof) { d[0] = tdh2.Point{} },
			"another label":   func(items []tdh2.Item, _ []tdh2.Point, _ *tdh2.Proof) { items[n/2].Label[31] ^= 1 },
			"another C1":      func(items []tdh2.Item, _ []tdh2.Point, _ *tdh2.Proof) { items[0].C1 = offset },
			"C1 missing":      func(items []tdh2.Item, _ []tdh2.Point, _ *tdh2.Proof) { items[0].C1 = tdh2.Point{} },
			"c flipped":       func(_ []tdh2.Item, _ []tdh2.Point, p *tdh2.Proof) { p[31] ^= 1 },
			"z flipped":       func(_ []tdh2.Item, _ []tdh2.Point, p *tdh2.Proof) { p[63] ^= 1 },
			"z is the order":  func(_ []tdh2.Item, _ []tdh2.Point, p *tdh2.Proof) { copy(p[32:], bytes32(order())) },
			"no proof":        func(_ []tdh2.Item, _ []tdh2.Point, p *tdh2.Proof) { *p = tdh2.Proof{} },
		}
		if n > 1 {
			bad["errors that cancel"] = func(_ []tdh2.Item, d []tdh2.Point, _ *tdh2.Proof) {
				d[0], d[1] = libraryAdd([]tdh2.Point{d[0], offset}), libraryAdd([]tdh2.Point{d[1], back})
			}
			bad["two items swapped"] = func(items []tdh2.Item, d []tdh2.Point, _ *tdh2.Proof) {
				items[0], items[1], d[0], d[1] = items[1], items[0], d[1], d[0]
			}
		}
		for name, change := range bad {
			if err := verify(change); code(err) != "partials-proof" {
				t.Errorf("batch of %d, %s: %v", n, name, err)
			}
		}
		if err := tdh2.VerifyPartials(g.public[1], items, good, proof); code(err) != "partials-proof" {
			t.Errorf("batch of %d as another holder's: %v", n, err)
		}
		// A proof made honestly with another share does not pass for this holder.
		d, p, err := tdh2.Partials(newStream("k"), g.shares[2], items)
		if err != nil {
			t.Fatal(err)
		}
		if err := tdh2.VerifyPartials(g.public[0], items, d, p); code(err) != "partials-proof" {
			t.Errorf("batch of %d with another share: %v", n, err)
		}
	}
}

func TestBatchesAreBounded(t *testing.T) {
	t.Parallel()
	g := newGroup(t, "bounds", 2, 3)
	s, _ := wrap(t, g.pub, "one", "label")
	it := item(t, s, "label")
	many := make([]tdh2.Item, tdh2.MaxBatch+1)
	for i := range many {
		many[i] = it
	}
	for name, items := range map[string][]tdh2.Item{"empty": nil, "4097": many} {
		if _, _, err := tdh2.Partials(newStream("k"), g.shares[0], items); code(err) != "batch-size" {
			t.Errorf("%s: %v", name, err)
		}
		if err := tdh2.VerifyPartials(g.public[0], items, make([]tdh2.Point, len(items)), tdh2.Proof{}); code(err) != "batch-size" {
			t.Errorf("verify %s: %v", name, err)
		}
	}
	if err := tdh2.VerifyPartials(g.public[0], many[:2], make([]tdh2.Point, 1), tdh2.Proof{}); code(err) != "batch-size" {
		t.Errorf("uneven: %v", err)
	}
	if _, _, err := tdh2.Partials(newStream("k"), g.shares[0], []tdh2.Item{{}}); code(err) != "point-invalid" {
		t.Errorf("no point: %v", err)
	}
}

// A bidder that seals garbage is found out: the stanza proves itself, the partials are proven, and C3 fails.
func TestGarbageIsTheSealersFault(t *testing.T) {
	t.Parallel()
	g := newGroup(t, "garbage", 2, 3)
	s := garbage(t, g.pub, "label")
	if err := tdh2.Check(g.pub, s, []byte("label")); err != nil {
		t.Fatalf("garbage passes Check, its proof is good: %v", err)
	}
	partials := g.partials(t, []tdh2.Item{item(t, s, "label")}, 2, 3)
	d, err := tdh2.Combine([]int{2, 3}, []tdh2.Point{partials[0][0], partials[1][0]})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tdh2.Unwrap(s, d); code(err) != "stanza-c3" {
		t.Errorf("garbage opens: %v", err)
	}
}

// garbage is a stanza with a good proof over a ciphertext that does not open: only who knows the nonce can make it.
func garbage(t testing.TB, pub tdh2.Point, label string) tdh2.Stanza {
	t.Helper()
	r := newStream("garbage")
	nonce, _ := tdh2.RandomScalar(r)
	k, _ := tdh2.RandomScalar(r)
	var s tdh2.Stanza
	copy(s[:], tdh2.LibraryBaseMult(nonce).Bytes())
	r.Read(s[c1End:cipherEnd])
	copy(s[cipherEnd:], tdh2.LibraryMult(nonce, tdh2.SecondGenerator()).Bytes())
	w, w2 := tdh2.LibraryBaseMult(k), tdh2.LibraryMult(k, tdh2.SecondGenerator())
	e := tdh2.HashScalar("Sunbid v1 TDH2", pub.Bytes(), s[:cipherEnd], []byte(label), w.Bytes(), s[cipherEnd:traceEnd], w2.Bytes())
	f := k.Add(nonce.Mul(e))
	eb, fb := e.Bytes(), f.Bytes()
	copy(s[traceEnd:], eb[:])
	copy(s[traceEnd+32:], fb[:])
	return s
}

func FuzzDecodePoint(f *testing.F) {
	f.Add(tdh2.Generator().Bytes())
	f.Add(tdh2.SecondGenerator().Bytes())
	f.Add(make([]byte, 65))
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var p tdh2.Point
		var err error
		canontest.Bounded(t, b, func() { p, err = tdh2.DecodePoint(b) })
		if err != nil {
			canontest.Refused(t, b, err)
		}
		if (err == nil) != libraryAccepts(b) {
			t.Fatalf("%x: %v", b, err)
		}
		if err == nil && hex.EncodeToString(b) != p.String() {
			t.Fatalf("%x has two encodings", b)
		}
	})
}

// FuzzScalars: a scalar and a dealer's polynomial have one encoding.
func FuzzScalars(f *testing.F) {
	one := append(make([]byte, 31), 1)
	f.Add(one)
	f.Add(append(bytes.Repeat([]byte{0xff}, 32), one...))
	f.Add(make([]byte, 32))
	f.Fuzz(func(t *testing.T, b []byte) {
		canontest.OneEncoding(t, b, tdh2.DecodeScalar, func(s tdh2.Scalar) ([]byte, error) { x := s.Bytes(); return x[:], nil })
		canontest.OneEncoding(t, b, tdh2.DecodePolynomial, func(p *tdh2.Polynomial) ([]byte, error) { return p.Bytes(), nil })
	})
}

func FuzzCheck(f *testing.F) {
	g := newGroup(f, "fuzz", 2, 3)
	good, _ := wrap(f, g.pub, "one", "label")
	f.Add(good[:], []byte("label"))
	f.Fuzz(func(t *testing.T, b, label []byte) {
		if len(b) != tdh2.StanzaSize {
			return
		}
		if tdh2.Check(g.pub, tdh2.Stanza(b), label) == nil && (string(b) != string(good[:]) || string(label) != "label") {
			t.Fatalf("forged: %x under %x", b, label)
		}
	})
}

// One long key with a public tweak for every tender, P_T = P + h·G, separates nothing: what holders answer in one tender,
// s·C1, opens a stanza of any other after adding a public multiple of C1. Keys of their own do.
func TestTweakedKeysSeparateNothing(t *testing.T) {
	t.Parallel()
	g := newGroup(t, "one long key", 2, 3)
	tweak := three(t)
	later := libraryAdd([]tdh2.Point{g.pub, tdh2.LibraryBaseMult(tweak)}) // of the tender that opens later
	victim, secret := wrap(t, later, "victim", "opens later")
	c1, err := tdh2.DecodePoint(victim[:c1End])
	if err != nil {
		t.Fatal(err)
	}
	answer := func(g group) tdh2.Point { // what the holders give for C1 in the tender that opens now
		p := g.partials(t, []tdh2.Item{item(t, victim, "opens now")}, 1, 2)
		d, err := tdh2.Combine([]int{1, 2}, []tdh2.Point{p[0][0], p[1][0]})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	shift := tdh2.LibraryMult(tweak, c1)
	if got, err := tdh2.Unwrap(victim, libraryAdd([]tdh2.Point{answer(g), shift})); err != nil || got != secret {
		t.Fatalf("by algebra it should open: %v", err)
	}
	apart := newGroup(t, "a key of its own", 2, 3)
	for name, d := range map[string]tdh2.Point{"as it is": answer(apart), "shifted": libraryAdd([]tdh2.Point{answer(apart), shift})} {
		if _, err := tdh2.Unwrap(victim, d); code(err) != "stanza-c3" {
			t.Errorf("another lot's key, %s: %v", name, err)
		}
	}
}

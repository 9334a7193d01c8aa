package tdh2_test

import (
	"fmt"
	"testing"

	"sunbid/crypto/sm"
	"sunbid/crypto/tdh2"
)

// subsets lists the sets of size t among 1 … n.
func subsets(n, t int) [][]int {
	if t == 0 {
		return [][]int{nil}
	}
	var out [][]int
	for last := t; last <= n; last++ {
		for _, s := range subsets(last-1, t-1) {
			out = append(out, append(append([]int(nil), s...), last))
		}
	}
	return out
}

func TestEveryThresholdOfHoldersOpens(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ t, n int }{{1, 1}, {1, 3}, {2, 3}, {3, 5}, {4, 7}} {
		g := newGroup(t, fmt.Sprint("threshold", c.t, c.n), c.t, c.n)
		s, m := wrap(t, g.pub, "message", "label")
		if err := tdh2.Check(g.pub, s, []byte("label")); err != nil {
			t.Fatal(err)
		}
		all := make([]int, c.n)
		for i := range all {
			all[i] = i + 1
		}
		partials := g.partials(t, []tdh2.Item{item(t, s, "label")}, all...)
		open := func(set []int) error {
			var parts []tdh2.Point
			for _, i := range set {
				parts = append(parts, partials[i-1][0])
			}
			d, err := tdh2.Combine(set, parts)
			if err != nil {
				return err
			}
			got, err := tdh2.Unwrap(s, d)
			if err == nil && got != m {
				t.Fatalf("%v of %v opened to something else", set, c)
			}
			return err
		}
		for _, set := range subsets(c.n, c.t) {
			if err := open(set); err != nil {
				t.Errorf("%v of %v: %v", set, c, err)
			}
		}
		for _, set := range subsets(c.n, c.t-1) {
			if err := open(set); err == nil {
				t.Errorf("%v opened a lock of %v", set, c)
			}
		}
		if c.n > c.t {
			if err := open(all); err != nil {
				t.Errorf("all of %v: %v", c, err)
			}
		}
	}
}

func TestFarApartHoldersOpen(t *testing.T) {
	t.Parallel()
	poly, err := tdh2.NewPolynomial(newStream("far"), 12)
	if err != nil {
		t.Fatal(err)
	}
	s, m := wrap(t, poly.Commitments()[0], "message", "label")
	set := []int{255, 3, 250, 17, 99, 101, 128, 200, 201, 64, 2, 1} // coefficients far above 64 bits
	var parts []tdh2.Point
	for _, i := range set {
		share, err := poly.Share(i)
		if err != nil {
			t.Fatal(err)
		}
		d, _, err := tdh2.Partials(newStream("k"), share, []tdh2.Item{item(t, s, "label")})
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, d[0])
	}
	d, err := tdh2.Combine(set, parts)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := tdh2.Unwrap(s, d); err != nil || got != m {
		t.Fatalf("does not open: %v", err)
	}
}

func TestImpossibleSetsAreRefused(t *testing.T) {
	t.Parallel()
	g := tdh2.Generator()
	for _, c := range []struct {
		name     string
		indices  []int
		partials []tdh2.Point
		want     string
	}{
		{"nobody", nil, nil, "holders-invalid"},
		{"one twice", []int{1, 1}, []tdh2.Point{g, g}, "holders-invalid"},
		{"index 0", []int{0, 1}, []tdh2.Point{g, g}, "holders-invalid"},
		{"index 256", []int{1, 256}, []tdh2.Point{g, g}, "holders-invalid"},
		{"uneven", []int{1, 2}, []tdh2.Point{g}, "holders-invalid"},
		{"no point", []int{1, 2}, []tdh2.Point{g, {}}, "point-invalid"},
		{"infinite sum", []int{1, 3}, []tdh2.Point{g, tdh2.LibraryBaseMult(three(t))}, "point-invalid"}, // 3/2·G − 1/2·3G
	} {
		if _, err := tdh2.Combine(c.indices, c.partials); code(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func three(t *testing.T) tdh2.Scalar {
	t.Helper()
	b := make([]byte, 32)
	b[31] = 3
	s, err := tdh2.DecodeScalar(b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A stanza is an ordinary SM2 ciphertext: the whole secret opens it without any of this package.
func TestStanzaIsAnOrdinaryCiphertext(t *testing.T) {
	t.Parallel()
	poly, err := tdh2.NewPolynomial(newStream("ordinary"), 1)
	if err != nil {
		t.Fatal(err)
	}
	key, err := sm.NewPrivateKey(poly.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	pub := poly.Commitments()[0]
	if string(key.Public().Bytes()) != string(pub.Bytes()) {
		t.Fatal("public keys differ")
	}
	s, m := wrap(t, pub, "message", "label")
	got, err := key.Decrypt(s.Ciphertext())
	if err != nil || string(got) != string(m[:]) {
		t.Fatalf("SM2 does not open the stanza: %v", err)
	}
}

func TestSharesFitTheirCommitments(t *testing.T) {
	t.Parallel()
	g, other := newGroup(t, "feldman", 3, 5), newGroup(t, "other", 3, 5)
	for i, s := range g.shares {
		if !tdh2.CheckShare(g.commitments, s) || s.Public() != g.public[i] {
			t.Errorf("share %d does not fit", i+1)
		}
		if tdh2.CheckShare(other.commitments, s) {
			t.Errorf("share %d fits foreign commitments", i+1)
		}
		again, err := tdh2.NewShare(s.Index, s.Bytes())
		if err != nil || !tdh2.CheckShare(g.commitments, again) {
			t.Errorf("share %d does not survive its bytes: %v", i+1, err)
		}
		moved, err := tdh2.NewShare(s.Index%5+1, s.Bytes())
		if err != nil || tdh2.CheckShare(g.commitments, moved) {
			t.Errorf("share %d fits another index", i+1)
		}
	}
	// What several dealers deal adds up, as in the keyholders' ceremony.
	for i := range 5 {
		sum, err := tdh2.SumShares(g.shares[i], other.shares[i])
		if err != nil {
			t.Fatal(err)
		}
		var commitments []tdh2.Point
		for j := range 3 {
			a, err := tdh2.SumPoints(g.commitments[j], other.commitments[j])
			if err != nil {
				t.Fatal(err)
			}
			commitments = append(commitments, a)
		}
		if !tdh2.CheckShare(commitments, sum) {
			t.Errorf("sum of the shares of %d does not fit the sum of the commitments", i+1)
		}
	}
	if _, err := tdh2.SumShares(g.shares[0], g.shares[1]); code(err) != "holders-invalid" {
		t.Errorf("shares of two holders added: %v", err)
	}
}

func TestSharesOutOfRangeAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		index int
		b     []byte
		want  string
	}{
		{"zero", 1, make([]byte, 32), "scalar-invalid"},
		{"order", 1, bytes32(order()), "scalar-invalid"},
		{"short", 1, make([]byte, 31), "scalar-invalid"},
		{"index 0", 0, bytes32(order()), "holders-invalid"},
		{"index 256", 256, bytes32(order()), "holders-invalid"},
	} {
		if _, err := tdh2.NewShare(c.index, c.b); code(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestKnowledgeProofs(t *testing.T) {
	t.Parallel()
	poly, err := tdh2.NewPolynomial(newStream("pok"), 2)
	if err != nil {
		t.Fatal(err)
	}
	a0 := poly.Commitments()[0]
	proof, err := tdh2.ProveKnowledge(newStream("k"), poly, "ceremony", 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := tdh2.VerifyKnowledge(a0, "ceremony", 2, proof); err != nil {
		t.Fatal(err)
	}
	flipped := proof
	flipped[63] ^= 1
	for name, err := range map[string]error{
		"other ceremony": tdh2.VerifyKnowledge(a0, "ceremony 2", 2, proof),
		"other index":    tdh2.VerifyKnowledge(a0, "ceremony", 1, proof),
		"other point":    tdh2.VerifyKnowledge(tdh2.Generator(), "ceremony", 2, proof),
		"no point":       tdh2.VerifyKnowledge(tdh2.Point{}, "ceremony", 2, proof),
		"flipped":        tdh2.VerifyKnowledge(a0, "ceremony", 2, flipped),
		"empty":          tdh2.VerifyKnowledge(a0, "ceremony", 2, tdh2.Proof{}),
	} {
		if code(err) != "knowledge-proof" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	poly, err := tdh2.NewPolynomial(newStream("print"), 2)
	if err != nil {
		t.Fatal(err)
	}
	share, err := poly.Share(1)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := tdh2.RandomScalar(newStream("print"))
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
		for _, v := range []any{poly, *poly, share, *share, secret, &secret} {
			if got := fmt.Sprintf(verb, v); got != "tdh2: redacted" {
				t.Errorf("%s of %T prints %s", verb, v, got)
			}
		}
	}
}

package tdh2_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"sunbid/cmd/dev/goldentest"
	"sunbid/crypto/canon"
	"sunbid/crypto/sm"
	"sunbid/crypto/tdh2"
)

// vector is one case of testdata/vectors/tdh2.json. Do names the operation; the inputs it takes stand in their fields;
// Result is what must come out, Expect the failure that must occur instead.
type vector struct {
	Name       string      `json:"name"`
	Do         string      `json:"do"`
	Domain     string      `json:"domain,omitempty"`
	Parts      []canon.Hex `json:"parts,omitempty"`
	Point      canon.Hex   `json:"point,omitempty"`
	Public     canon.Hex   `json:"public,omitempty"`
	Message    canon.Hex   `json:"message,omitempty"`
	Label      canon.Hex   `json:"label,omitempty"`
	R          canon.Hex   `json:"r,omitempty"`
	K          canon.Hex   `json:"k,omitempty"`
	Stanza     canon.Hex   `json:"stanza,omitempty"`
	Polynomial canon.Hex   `json:"polynomial,omitempty"`
	Index      int         `json:"index,omitempty"`
	Share      canon.Hex   `json:"share,omitempty"`
	Points     []canon.Hex `json:"points,omitempty"`
	Labels     []canon.Hex `json:"labels,omitempty"`
	Partials   []canon.Hex `json:"partials,omitempty"`
	Proof      canon.Hex   `json:"proof,omitempty"`
	Holders    []int       `json:"holders,omitempty"`
	Ceremony   string      `json:"ceremony,omitempty"`
	Result     []canon.Hex `json:"result,omitempty"`
	Expect     string      `json:"expect,omitempty"`
}

func (v vector) point(b []byte) tdh2.Point { p, _ := tdh2.DecodePoint(b); return p }

func (v vector) list(in []canon.Hex) (out []tdh2.Point) {
	for _, b := range in {
		out = append(out, v.point(b))
	}
	return out
}

func (v vector) items() (out []tdh2.Item) {
	for i, p := range v.list(v.Points) {
		out = append(out, tdh2.Item{C1: p, Label: sm.Sum(v.Labels[i])})
	}
	return out
}

// randomness makes RandomScalar give these scalars: 64 bytes each, the value in the lower half.
func randomness(scalars ...[]byte) *bytes.Reader {
	var b []byte
	for _, s := range scalars {
		b = append(append(b, make([]byte, 32)...), s...)
	}
	return bytes.NewReader(b)
}

// run does what the vector says and gives its results or its failure.
func (v vector) run(t *testing.T) (out []canon.Hex, err error) {
	t.Helper()
	switch v.Do {
	case "second-generator":
		return []canon.Hex{tdh2.SecondGenerator().Bytes()}, nil
	case "hash-to-scalar":
		var parts [][]byte
		for _, p := range v.Parts {
			parts = append(parts, p)
		}
		s := tdh2.HashScalar(v.Domain, parts...).Bytes()
		return []canon.Hex{s[:]}, nil
	case "decode-point":
		_, err := tdh2.DecodePoint(v.Point)
		return nil, err
	case "wrap":
		s, err := tdh2.Wrap(randomness(v.R, v.K), v.point(v.Public), [48]byte(v.Message), v.Label)
		return []canon.Hex{s[:]}, err
	case "check":
		return nil, tdh2.Check(v.point(v.Public), tdh2.Stanza(v.Stanza), v.Label)
	case "deal":
		p, err := tdh2.DecodePolynomial(v.Polynomial)
		if err != nil {
			return nil, err
		}
		share, err := p.Share(v.Index)
		if err != nil {
			return nil, err
		}
		public, err := tdh2.VerificationShare(p.Commitments(), v.Index)
		out = []canon.Hex{share.Bytes(), public.Bytes()}
		for _, c := range p.Commitments() {
			out = append(out, c.Bytes())
		}
		return out, err
	case "partials":
		share, err := tdh2.NewShare(v.Index, v.Share)
		if err != nil {
			return nil, err
		}
		d, proof, err := tdh2.Partials(randomness(v.K), share, v.items())
		for _, p := range d {
			out = append(out, p.Bytes())
		}
		return append(out, proof[:]), err
	case "verify-partials":
		return nil, tdh2.VerifyPartials(v.point(v.Public), v.items(), v.list(v.Partials), tdh2.Proof(v.Proof))
	case "open":
		d, err := tdh2.Combine(v.Holders, v.list(v.Partials))
		if err != nil {
			return nil, err
		}
		m, err := tdh2.Unwrap(tdh2.Stanza(v.Stanza), d)
		return []canon.Hex{d.Bytes(), m[:]}, err
	case "prove-knowledge":
		p, err := tdh2.DecodePolynomial(v.Polynomial)
		if err != nil {
			return nil, err
		}
		proof, err := tdh2.ProveKnowledge(randomness(v.K), p, v.Ceremony, v.Index)
		return []canon.Hex{proof[:]}, err
	case "verify-knowledge":
		return nil, tdh2.VerifyKnowledge(v.point(v.Public), v.Ceremony, v.Index, tdh2.Proof(v.Proof))
	}
	t.Fatalf("%s: no operation %q", v.Name, v.Do)
	return nil, nil
}

func TestVectors(t *testing.T) {
	t.Parallel()
	if goldentest.Asked() {
		writeVectors(t)
		return
	}
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "vectors", "tdh2.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []vector
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&cases); err != nil {
		t.Fatal(err)
	}
	for _, v := range cases {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			got, err := v.run(t)
			if code(err) != v.Expect {
				t.Fatalf("%v, not %q", err, v.Expect)
			}
			if err != nil {
				return
			}
			if len(got) != len(v.Result) {
				t.Fatalf("%d results, not %d", len(got), len(v.Result))
			}
			for i := range got {
				if !bytes.Equal(got[i], v.Result[i]) {
					t.Errorf("result %d is %x, not %x", i, got[i], v.Result[i])
				}
			}
		})
	}
}

// writeVectors makes the cases from fixed streams and lets this implementation fill in the results.
func writeVectors(t *testing.T) {
	t.Helper()
	random := newStream("tdh2 vectors")
	scalarBytes := func() canon.Hex {
		s, err := tdh2.RandomScalar(random)
		if err != nil {
			t.Fatal(err)
		}
		b := s.Bytes()
		return b[:]
	}
	var cases []vector
	add := func(v vector) vector {
		got, err := v.run(t)
		if v.Expect = code(err); err == nil {
			v.Result = got
		}
		cases = append(cases, v)
		return v
	}
	add(vector{Name: "second generator", Do: "second-generator"})
	add(vector{Name: "hash without parts", Do: "hash-to-scalar", Domain: "Sunbid v1 TDH2"})
	add(vector{Name: "hash of parts", Do: "hash-to-scalar", Domain: "Sunbid v1 DLEQ", Parts: []canon.Hex{[]byte("ab"), []byte("c")}})
	add(vector{Name: "hash of the same bytes in other parts", Do: "hash-to-scalar", Domain: "Sunbid v1 DLEQ", Parts: []canon.Hex{[]byte("a"), []byte("bc")}})

	small := smallPoint(t)
	for _, p := range []struct {
		name  string
		point []byte
	}{
		{"the generator", tdh2.Generator().Bytes()},
		{"a point with small x", encode(small[0], small[1])},
		{"the same with x + p", encode(small[0].Add(small[0], prime()), small[1])},
		{"infinity as one zero byte", []byte{0}},
		{"infinity as 04 and zeros", append([]byte{4}, make([]byte, 64)...)},
		{"compressed", append([]byte{2}, tdh2.Generator().Bytes()[1:33]...)},
		{"hybrid", append([]byte{6}, tdh2.Generator().Bytes()[1:]...)},
		{"off the curve", append(tdh2.Generator().Bytes()[:64], 0)},
		{"one byte more", append(tdh2.Generator().Bytes(), 0)},
	} {
		add(vector{Name: "point: " + p.name, Do: "decode-point", Point: p.point})
	}

	polynomial := append(append(append(canon.Hex{}, scalarBytes()...), scalarBytes()...), scalarBytes()...)
	var deals []vector
	for i := 1; i <= 5; i++ {
		deals = append(deals, add(vector{Name: "share " + string(rune('0'+i)) + " of 3 of 5", Do: "deal", Polynomial: polynomial, Index: i}))
	}
	add(vector{Name: "share 0", Do: "deal", Polynomial: polynomial, Index: 0})
	public := deals[0].Result[2]

	message := make(canon.Hex, 48)
	random.Read(message)
	var stanzas []tdh2.Stanza
	labels := []canon.Hex{[]byte("label one"), []byte("label two"), {}}
	for i, l := range labels {
		w := add(vector{Name: "wrap under label " + hex.EncodeToString(l), Do: "wrap", Public: public, Message: message, Label: l, R: scalarBytes(), K: scalarBytes()})
		stanzas = append(stanzas, tdh2.Stanza(w.Result[0]))
		add(vector{Name: "check under label " + hex.EncodeToString(l), Do: "check", Public: public, Stanza: stanzas[i][:], Label: l})
	}
	add(vector{Name: "check under another label", Do: "check", Public: public, Stanza: stanzas[0][:], Label: labels[1]})
	add(vector{Name: "check under another key", Do: "check", Public: tdh2.Generator().Bytes(), Stanza: stanzas[0][:], Label: labels[0]})
	c1, _ := tdh2.DecodePoint(stanzas[0][:c1End])
	blinded := stanzas[0]
	copy(blinded[:], libraryAdd([]tdh2.Point{c1, tdh2.LibraryBaseMult(three(t))}).Bytes())
	add(vector{Name: "blinded replay", Do: "check", Public: public, Stanza: blinded[:], Label: labels[0]})
	for _, d := range damages(t, stanzas[1]) {
		s := stanzas[0]
		d.do(&s)
		add(vector{Name: "stanza: " + d.name, Do: "check", Public: public, Stanza: s[:], Label: labels[0]})
	}

	var points []canon.Hex
	for _, s := range stanzas {
		points = append(points, s[:c1End])
	}
	var partials []vector
	for i, d := range deals {
		p := add(vector{Name: "partials of holder " + string(rune('1'+i)), Do: "partials", Index: i + 1, Share: d.Result[0], K: scalarBytes(), Points: points, Labels: labels})
		partials = append(partials, p)
		good := vector{Name: "verify partials of holder " + string(rune('1'+i)), Do: "verify-partials", Public: d.Result[1], Points: points, Labels: labels,
			Partials: p.Result[:3], Proof: p.Result[3]}
		add(good)
		if i == 0 {
			bad := good
			bad.Name, bad.Partials = "a false partial", []canon.Hex{p.Result[0], tdh2.Generator().Bytes(), p.Result[2]}
			add(bad)
			bad = good
			bad.Name, bad.Labels = "partials under another label", []canon.Hex{labels[1], labels[1], labels[2]}
			add(bad)
			bad = good
			bad.Name, bad.Public = "partials of another holder", deals[1].Result[1]
			add(bad)
			bad = good
			bad.Name, bad.Proof = "a proof above the order", append(append(canon.Hex{}, p.Result[3][:32]...), bytes32(order())...)
			add(bad)
			bad = good
			bad.Name, bad.Points, bad.Labels, bad.Partials = "an empty batch", nil, nil, nil
			add(bad)
		}
	}
	one := add(vector{Name: "a batch of one", Do: "partials", Index: 1, Share: deals[0].Result[0], K: scalarBytes(), Points: points[:1], Labels: labels[:1]})
	add(vector{Name: "verify a batch of one", Do: "verify-partials", Public: deals[0].Result[1], Points: points[:1], Labels: labels[:1], Partials: one.Result[:1], Proof: one.Result[1]})

	for _, set := range [][]int{{1, 2, 3}, {1, 3, 5}, {5, 2, 4}, {1, 2, 3, 4, 5}, {1, 2}, {2, 2, 3}} {
		v := vector{Name: "open with holders", Do: "open", Holders: set, Stanza: stanzas[0][:]}
		for _, i := range set {
			v.Name += " " + string(rune('0'+i))
			v.Partials = append(v.Partials, partials[i-1].Result[0])
		}
		add(v)
	}
	wrong := vector{Name: "open with the partial of another stanza", Do: "open", Holders: []int{1, 2, 3}, Stanza: stanzas[0][:],
		Partials: []canon.Hex{partials[0].Result[0], partials[1].Result[1], partials[2].Result[0]}}
	add(wrong)
	bad := garbage(t, vector{}.point(public), "label")
	add(vector{Name: "garbage passes the check", Do: "check", Public: public, Stanza: bad[:], Label: []byte("label")})

	k := add(vector{Name: "prove knowledge", Do: "prove-knowledge", Polynomial: polynomial, K: scalarBytes(), Ceremony: "ky_00000000000000000000000000", Index: 2})
	verify := vector{Name: "verify knowledge", Do: "verify-knowledge", Public: public, Ceremony: k.Ceremony, Index: 2, Proof: k.Result[0]}
	add(verify)
	verify.Name, verify.Index = "knowledge of another dealer", 3
	add(verify)

	b, err := json.MarshalIndent(cases, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	goldentest.Write(t, "testdata/vectors/tdh2.json", append(b, '\n'))
}
